#pragma once

#include "common/amqp/link.hpp"
#include "common/base/bytes.hpp"
#include "common/base/result.hpp"
#include "common/base/time.hpp"
#include "common/daemon/messages.hpp"
#include "common/io/loop.hpp"
#include "common/wire/transfer.hpp"
#include "mqtt-gateway/node/publications.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

namespace weft::gateway {

class UplinkConnection;

/// The number of a link that messages come on, never used twice; 0 is none.
using ReceptionId = std::uint64_t;

/// What a link is to receive.
struct Interest {
    std::string address;
    Buffer filter{};         // an encoded filter set; empty: none
    bool exclusive = false;  // a competing consumer: what it gets waits for one device's word
    /// It looks at a queue's messages, and takes none out; a filter is to hold.
    bool copies = false;
    bool wildcards = false;  // the router must know what the address means, or nothing would come
    /// Not empty: a subscription to a topic, which a broker keeps without a link, too, for whoever
    /// comes by that name, of one at a time.
    std::string subscription{};
    /// How long it keeps it so; nullopt: for ever.
    std::optional<std::uint32_t> seconds{};
    /// It is there already: a broker that is away is waited for.
    bool stands = false;
};

/// One delivery that came in, while the link lasts that it came on.
struct Arrival {
    ReceptionId reception = 0;
    std::uint64_t connection = 0;
    std::uint32_t link = 0;  // Reception::links as it came
    wire::DeliveryId delivery = 0;
    bool settled = false;  // nothing is to be said of it
};

/// Who has the messages. Called in the order of events; it may call the uplink from any of these.
class UplinkUser {
public:
    virtual ~UplinkUser() = default;

    /// A router is there, or none is any more. All receptions are attached anew by themselves.
    virtual void on_up() = 0;
    virtual void on_down() = 0;
    /// What has become of a publication that is not settled. It is put aside: `forget` it, or
    /// `publish_again`. `state`: of `decided`, what the mesh said.
    enum class Fate : std::uint8_t {
        decided,
        no_credit,  // the mesh takes nothing now
        too_late,   // it is on its way for too long
        lost,       // the connection was lost, and nobody knows
    };
    virtual void on_fate(PublicationId id, Fate fate, Bytes state) = 0;
    /// The router takes the link: for the first time, or again.
    virtual void on_attached(ReceptionId id) = 0;
    /// It stood, and does not now; it is attached again by itself.
    virtual void on_detached(ReceptionId id) = 0;
    /// It does not: the reception is gone.
    virtual void on_refused(ReceptionId id, const Error& why) = 0;
    /// After `drain`: the messages that it had credit for have come (`to_end` false), or all that
    /// there are.
    virtual void on_drained(ReceptionId id, bool to_end) = 0;
    /// A message, whole; the view dies with the call.
    virtual void on_message(const Arrival& arrival, Bytes message) = 0;
    /// What messages have cost so far, as Engine::spend counts it.
    virtual std::uint64_t steps() const { return 0; }
};

/// The way to the mesh: publications go out, receptions bring messages in, over the first
/// connection to a router that stands. When it is lost the next one takes over: what was in flight
/// is sent again, links are attached anew.
///
/// Threading: loop-confined.
class Uplink {
public:
    /// Messages that a link which many devices share may have on the way.
    static constexpr std::uint32_t kSharedCredit = 250;
    /// When a link that the router took away is attached again.
    static constexpr Duration kReattachAfter = std::chrono::seconds{1};
    /// Publications that waited too long which are told in a turn.
    static constexpr std::size_t kLateAtOnce = 500;
    static constexpr Duration kEndLater = std::chrono::seconds{2};
    /// A router that has not answered for all links by then is published to nevertheless.
    static constexpr Duration kAttachMax = std::chrono::seconds{5};

    struct Limits {
        Publications::Limits publications{};
        std::size_t message_max = std::size_t{1} << 20;  // bytes of one that comes in
    };

    struct Counters {
        std::uint64_t published = 0;  // given to the mesh
        std::uint64_t received = 0;
        std::uint64_t again = 0;         // tried again, for each time
        std::uint64_t dropped = 0;       // settled ones that waited too long
        std::uint64_t refused_full = 0;  // no room for its bytes
        std::uint64_t too_large = 0;     // came in with more bytes than are taken
        std::uint64_t takeovers = 0;  // connections that the messages went over, one after another
    };

    Uplink(io::Loop& loop, UplinkUser& user, const Limits& limits);
    ~Uplink();
    Uplink(const Uplink&) = delete;
    Uplink& operator=(const Uplink&) = delete;

    bool is_up() const { return !connections_.empty(); }
    /// Nothing is published before the router has taken the links of all that stood when it came:
    /// what devices publish would pass by their own subscriptions.
    bool may_publish() const { return is_up() && awaited_.empty() && !held_; }
    const Counters& counters() const { return counters_; }
    const Publications& publications() const { return publications_; }
    std::size_t receptions() const { return receptions_.size(); }

    /// Sends a message as soon as the mesh takes it; 0: there is no room for more.
    PublicationId publish(Publication publication);
    void publish_again(PublicationId id);
    /// The same, after Publications::kRest.
    void publish_later(PublicationId id);
    /// What is in flight is the mesh's, and takes no credit any more.
    void forget(PublicationId id);

    /// Attaches a link, now or when a router is there.
    ReceptionId receive(Interest interest);
    enum class Ending : std::uint8_t {
        settled,  // once all that came on it is settled; its subscription is no more
        later,    // likewise, when kEndLater is over: whoever shares the subscription has left by
                  // then, for nobody ends what others share. No more comes on it
        left,     // at once: what came and is not settled is for whoever comes for it
    };
    /// Detaches it.
    void end(ReceptionId id, Ending ending = Ending::settled);
    /// Of an exclusive one: messages that may come from now on.
    void allow(ReceptionId id, std::uint32_t credit);
    /// All that is there now is to come, as far as its credit goes; on_drained follows, unless its
    /// link is lost. Nothing if it has none.
    void drain(ReceptionId id);
    /// Says what has become of a delivery; nothing if its link is gone.
    void settle(const Arrival& arrival, Bytes state);

    // --- for the connections ----------------------------------------------------------------
    struct Reception {
        enum class Life : std::uint8_t {
            fresh,     // no router has taken it yet
            attached,  // its link stands
            again,     // it stood once, and is to be attached anew
            ending,    // nobody wants more; what came is not all settled
        };

        ReceptionId id = 0;
        Interest interest;
        Life life = Life::fresh;
        amqp::Link* link = nullptr;            // of the connection that is used; null: none
        std::uint32_t links = 0;               // that it had so far
        std::uint32_t credit = 0;              // messages that may come
        std::vector<wire::DeliveryId> held{};  // of an exclusive one: not settled
        std::uint32_t unsettled = 0;           // of a shared one: credit that is not given again
        std::uint32_t drained = 0;  // credit that is being drained, and not used; 0: none is
        bool draining = false;
        daemon::Inbox inbox;
    };
    void opened(UplinkConnection& connection);
    void gone(UplinkConnection& connection);
    bool is_used(const UplinkConnection& connection) const {
        return is_up() && connections_.front() == &connection;
    }
    Publications& queue() { return publications_; }
    void started(PublicationId id, wire::DeliveryId delivery);
    void decided(PublicationId id, Bytes state);
    /// Null if it is gone.
    Reception* find(ReceptionId id);
    void attached(Reception& reception);
    void detached(Reception& reception, const Error& why);
    void drained(Reception& reception);
    /// Returns what it cost, as Engine::spend counts it.
    std::size_t arrived(Reception& reception,
                        std::uint64_t connection,
                        const wire::IncomingTransfer& transfer);

private:
    void take_over();
    void await_no_more(ReceptionId id);
    void begin_publishing();
    void attach(Reception& reception);
    void attach_soon();
    void attach_again();
    void take(Reception& reception, const Arrival& arrival, Bytes message);
    void detach(std::map<ReceptionId, Reception>::iterator at, bool closed = true);
    static void grant_shared(Reception& reception);
    static void forget_link(Reception& reception, std::size_t message_max);
    void plan();
    void end_waits();
    void end_later(ReceptionId id);
    void end_due();

    io::Loop& loop_;
    UplinkUser& user_;
    Limits limits_;
    Publications publications_;
    std::map<ReceptionId, Reception> receptions_;
    std::vector<UplinkConnection*> connections_;  // open, the one that is used first
    std::vector<Publications::Late> late_;
    ReceptionId last_reception_ = 0;
    Counters counters_;
    Instant planned_ = kNever;
    io::Timer timer_;
    io::Timer again_;  // for receptions that a router took away
    bool attaches_soon_ = false;
    std::unordered_set<ReceptionId> awaited_;  // that the router has not answered since it came
    bool held_ = false;                        // publishing begins in a later turn
    io::Timer publishing_;
    std::deque<std::pair<Instant, ReceptionId>> ends_;  // end_later
    io::Timer ender_;
};

}  // namespace weft::gateway
