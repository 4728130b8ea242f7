#pragma once

#include "common/io/loop.hpp"
#include "mqtt-gateway/mapping/shared_row.hpp"
#include "mqtt-gateway/node/queue_browser.hpp"
#include "mqtt-gateway/node/uplink.hpp"
#include "mqtt-gateway/session/actions.hpp"
#include "mqtt-gateway/store/session_record.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace weft::gateway {

/// Sessions in a queue of the mesh, a row for each, which all gateways share that name it. The
/// gateway browses the queue, and so knows all rows; those of its own sessions it writes.
///
///   another's ──claim: its next version is written──▶ own ──changed──▶ written ──accepted──▶ own
///       ▲                                              └── another wrote the next version: lost
///       └──────────────────────────────────────────────────────────────┘
///
/// Invariants:
///   O1  who writes a row gives it the version after the one that it knows: of two gateways that
///       do, the queue takes one, and the other hears that the session is not its own any more
///   O2  nobody acts for a session before it has written a version of its row
///   O3  a gateway that has not said for kLease that it lives has no sessions: others claim them,
///       if all that time the queue took what they said themselves
///   O4  a gateway that the queue does not take at its word that it lives takes no devices, and
///       claims nothing: others would take its sessions as O3 says
///
/// Threading: loop-confined.
class SessionRows {
public:
    /// How often a gateway says that it lives, and how long others believe it.
    static constexpr Duration kBeat = std::chrono::seconds{2};
    static constexpr Duration kLease = std::chrono::seconds{10};

    struct Options {
        std::string address;                         // of the queue
        std::string gateway;                         // its id
        std::size_t row_max = std::size_t{1} << 20;  // bytes of a session that gateways take
        /// Milliseconds since 1970: of two gateways that have one id the later one counts.
        std::uint64_t boot = 0;
        Duration beat = kBeat;
        Duration lease = kLease;
    };
    struct Events {
        /// All that the session asked for up to the ticket is in the queue.
        std::function<void(DeviceId device, session::StoreTicket ticket)> stored;
        /// The session is not the gateway's any more, or never can be.
        std::function<void(const std::string& client_id)> lost;
        /// It has claimed a session, with all that is left of it: `record`, `fired`.
        std::function<void(const std::string& client_id)> inherited;
        /// Another gateway has written a row of that key (mapping/shared_row.hpp).
        std::function<void(const std::string& key)> met;
        std::function<void()> told;
    };
    struct Counters {
        std::uint64_t claimed = 0;  // that another gateway had
        std::uint64_t lost = 0;     // that another gateway claimed
        std::uint64_t refused = 0;  // that the queue did not take
        std::uint64_t unreadable = 0;
    };

    /// How long the row of a session lives that has ended: what was sent before it and comes late
    /// is older.
    static constexpr Duration kGoneLife = std::chrono::minutes{10};
    static constexpr Duration kForgetPeriod = std::chrono::minutes{1};
    /// How often a session is claimed that another gateway writes meanwhile.
    static constexpr std::size_t kClaimsMax = 10;
    static constexpr Duration kClaimAgain = std::chrono::milliseconds{50};
    /// All rows are looked at for gateways that are gone, from a place on that follows from the
    /// gateway's id, so that two of them meet late: so many of the table's places in a turn, and
    /// turns follow each other so closely. A session is claimed if fewer writes are under way:
    /// 4,000 a second at most, and no more than the queue takes.
    static constexpr std::size_t kPlacesAtOnce = 10'000;
    static constexpr Duration kLookOn = std::chrono::milliseconds{50};
    static constexpr std::size_t kWritesMax = 200;

    /// All must outlive it.
    SessionRows(io::Loop& loop, Uplink& uplink, Options options, Events events);

    QueueBrowser& browser() { return browser_; }
    const QueueBrowser& browser() const { return browser_; }
    /// Devices may come: all rows are known, and the queue has it that this gateway lives (O4).
    bool may_serve() const { return browser_.is_current() && is_heard(); }
    /// Why sessions are not kept, or devices may not come; empty: all is well.
    std::string problem() const;
    const Counters& counters() const { return counters_; }
    std::size_t own() const { return own_.size(); }

    /// `then` runs once the session, if there is one anywhere, is this gateway's; false: another
    /// one was faster.
    void look_up(const std::string& client_id, std::function<void(bool is_ours)> then);
    /// A session of its own that has not ended; null: there is none.
    const mqtt_store::SessionRecord* record(const std::string& client_id) const;
    /// To be changed: it is written soon. Made, if there is none.
    mqtt_store::SessionRecord& change(const std::string& client_id);
    /// `stored` tells it once all that was changed so far is in the queue; perhaps it is.
    void await(const std::string& client_id, DeviceId device, session::StoreTicket ticket);
    /// Wills of the session that were fired, and of which nobody knows whether the mesh has them.
    std::vector<mqtt_store::KnownWill> fired(const std::string& client_id) const;
    mqtt_store::WillNumber add_fired(const std::string& client_id, mqtt_store::FiredWill will);
    void remove_fired(mqtt_store::WillNumber will);

    // Events of the uplink that are its own.
    bool writes(PublicationId id) const { return id == beating_ || writes_.contains(id); }
    void on_message(const Arrival& arrival, Bytes message);
    void on_fate(PublicationId id, UplinkUser::Fate fate, Bytes state);

private:
    struct Waiting {
        DeviceId device = 0;
        session::StoreTicket ticket = 0;
    };
    using Claims = std::vector<std::function<void(bool)>>;
    struct Own {
        mqtt_store::SessionRecord record{};
        std::uint64_t version = 0;    // that the queue has; 0: none
        PublicationId writing = 0;    // 0: nothing is on its way
        bool changed = false;         // since what is on its way
        bool claiming = false;        // it is not the gateway's yet
        Claims claims{};              // who wait for that
        std::vector<Waiting> next{};  // for what was changed
        std::vector<Waiting> under_way{};
    };
    using Owns = std::unordered_map<std::string, Own>;  // by key
    /// As it was read. `body` empty: nothing is there.
    struct Row {
        std::uint64_t version = 0;
        std::string owner{};
        Buffer body{};
        Instant read{};
        bool seen = true;     // since the queue is read anew
        bool unread = false;  // a version of its own that the queue took: `body` is older
    };
    struct Gateway {
        std::string owner{};
        Instant heard{};
    };

    Own& own_of(const std::string& key);
    void look_up_key(const std::string& key, std::size_t claims, std::function<void(bool)> then);
    void claim_again(std::function<void()> look);
    void claim(const std::string& key, std::function<void(bool)> then);
    void mark(const std::string& key, Own& own);
    void write_soon(const std::string& key);
    void write_changed();
    bool write(const std::string& key, Own& own);
    PublicationId publish(const mqtt_mapping::SharedRow& row);
    void on_accepted(const std::string& key);
    void lose(const std::string& key);
    void on_row(const mqtt_mapping::SharedRow& row);
    void on_beat_fate(Bytes state);
    void beat();
    void look_for_orphans();
    void look_on();
    bool is_orphan(const std::string& key, const Row& row) const;
    bool is_alive(std::string_view owner) const;
    bool is_heard() const;
    void restart();
    void caught_up();
    void forget_gone();

    io::Loop& loop_;
    Uplink& uplink_;
    Options options_;
    Events events_;
    std::string self_;  // as owner of rows
    QueueBrowser browser_;
    std::unordered_map<std::string, Row> rows_;
    Owns own_;
    std::unordered_map<PublicationId, std::string> writes_;
    std::unordered_map<std::uint64_t, std::string> wills_;  // keys by number
    std::uint64_t last_will_ = 0;
    std::unordered_map<std::string, Gateway> gateways_;  // others, by id
    std::uint64_t beats_ = 0;
    PublicationId beating_ = 0;
    Instant heard_last_ = kNever;   // that the queue took a beat; kNever: none, or not the last one
    Instant heard_since_ = kNever;  // likewise, and all in time ever since
    std::string why_unheard_;       // why it did not; empty: it has not said
    bool is_doubled_ = false;       // another process has its id
    std::vector<std::string> changed_;           // keys that are written soon
    bool restarted_ = false;                     // the queue is read anew, and not to its end yet
    std::size_t place_ = 0;                      // in rows_, that was looked at last
    std::size_t places_left_ = 0;                // to be looked at; 0: until the next beat
    std::vector<std::function<void()>> barred_;  // claims that are made again soon
    Counters counters_;
    io::Timer writing_;
    io::Timer again_;
    io::Timer looking_on_;
    io::Timer beater_;
    io::Timer forgetter_;
};

}  // namespace weft::gateway
