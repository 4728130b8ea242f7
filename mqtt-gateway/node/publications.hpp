#pragma once

#include "common/base/bytes.hpp"
#include "common/base/time.hpp"
#include "common/wire/transfer.hpp"
#include "mqtt-gateway/mapping/address_space.hpp"
#include "mqtt-gateway/mapping/kept_message.hpp"
#include "mqtt-gateway/session/actions.hpp"
#include "mqtt-gateway/session/kept_will.hpp"
#include "mqtt-gateway/store/records.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace weft::gateway {

/// A publication's number, never used twice; 0 is none.
using PublicationId = std::uint64_t;

/// Who published: the number of a device; 0: nobody who waits.
using DeviceId = std::uint64_t;

/// What one device has in Publications; it may outlive the device.
/// Threading: loop-confined.
struct PublishAccount {
    std::size_t bytes = 0;
};

/// A message of a device for the mesh, or a row of the queue of retained messages.
struct Publication {
    std::string address;
    Buffer message;        // encoded
    bool settled = false;  // nobody waits for its outcome
    bool is_once = false;  // QoS 2: in flight it is waited for however long that takes
    bool is_will = false;  // taken whatever waits already: `will_bytes` bound it
    bool is_row = false;   // likewise, of retained messages: RetainedWriter bounds them
    mqtt_mapping::AddressType type = mqtt_mapping::AddressType::anycast;
    DeviceId device = 0;
    session::PublishTicket ticket{};
    std::shared_ptr<PublishAccount> account{};  // of the device; null: nobody's
    session::WillBytes will_bytes{};            // of a will
    mqtt_mapping::SharedMessage retained{};  // kept for its topic once the mesh has it; may be null
    mqtt_store::WillNumber will{};           // what the store has of it; 0: nothing
    Instant give_up{};  // of a will: until then it is sent again if nobody takes it

    /// What bounds it is not Publications.
    bool is_bounded_elsewhere() const { return is_will || is_row; }
};

/// What devices published and the mesh has not decided: in which order it goes out, and what has
/// waited too long.
///
///   waiting ──started──▶ in flight ──forget──▶ gone
///    ▲   └─ too long ─┐      └─ put aside, or the link is lost ─┐
///    ├──── again ── aside ◀─────────────────────────────────────┘
///    └── after a pause ── resting ◀──rest── aside
///
/// Those of one address go out in the order in which they came, also when they are tried again. An
/// address whose consumers settle has no more in flight than credit is left to others, and one of
/// which nobody knows, or that was late, an eighth: consumers that don't settle leave some.
///
/// Invariants:
///   P1  a lane is in line exactly if it has something waiting and fewer in flight than the limit
///   P2  `bytes` is the sum over all that is not gone but wills and rows, whatever its stage, and
///       an account that over those of its device
///   P3  each call costs a constant or a logarithm, not what waits; `next` also costs the addresses
///       that have used up their share, of which there are fewer than credit
///
/// Threading: not shared (a value).
class Publications {
public:
    struct Limits {
        /// QoS 0 has half of it; of each a device has its share (session::has_share).
        std::size_t bytes_max = std::size_t{64} * 1024 * 1024;
        std::size_t in_flight_max = 100;                 // of an address
        Duration wait_max = std::chrono::seconds{1};     // for credit; then its device decides
        Duration flight_max = std::chrono::seconds{10};  // for an outcome; then it is given up
    };
    /// What one takes besides its message, about.
    static constexpr std::size_t kOverhead = 256;
    /// Before one that rests goes out again.
    static constexpr Duration kRest = std::chrono::seconds{1};

    /// One that has waited too long.
    struct Late {
        PublicationId id = 0;
        bool in_flight = false;  // it was sent, and may still be delivered
        wire::DeliveryId delivery = 0;
    };

    explicit Publications(Limits limits) : limits_{limits} {}
    Publications(const Publications&) = delete;
    Publications& operator=(const Publications&) = delete;

    /// Takes one; 0 if there is no room for its bytes, or its device has its share.
    PublicationId add(Publication publication, Instant now);
    /// The one that is to be sent next if the link has so much credit; 0: none can be now.
    PublicationId next(std::size_t credit) const;
    /// Null if it is gone.
    const Publication* find(PublicationId id) const;
    /// The first one that waits in its lane is on its way.
    void started(PublicationId id, wire::DeliveryId delivery, Instant now);
    /// What it is called on the link, while it is in flight.
    std::optional<wire::DeliveryId> delivery_of(PublicationId id) const;
    /// It is not sent now, but may be `again`.
    void put_aside(PublicationId id);
    void again(PublicationId id, Instant now);
    /// It is put aside, and goes out again by itself after kRest.
    void rest(PublicationId id, Instant now);
    /// A new time for Publication::give_up.
    void try_until(PublicationId id, Instant give_up);
    /// Those whom its address is of take messages.
    bool is_served(PublicationId id) const;
    /// Nothing more is to be done for it.
    void forget(PublicationId id);
    /// The link is gone: what was in flight is put aside, and appended to `ids` in its old order.
    void lost(std::vector<PublicationId>& ids);

    /// Puts aside those that have waited too long, and appends them, up to `most` in all (of QoS 2
    /// in flight: appends them only, each time that they have waited so long again); those
    /// that have rested wait again. If there are more, `deadline` is over.
    void tick(Instant now, std::size_t most, std::vector<Late>& late);
    /// When `tick` has something to do.
    Instant deadline() const;

    std::size_t size() const { return all_.size(); }
    std::size_t bytes() const { return bytes_; }
    std::size_t in_flight() const { return in_flight_; }
    /// How often a lane or a number was looked at, ever: P3.
    std::uint64_t steps() const { return steps_; }

private:
    enum class Stage : std::uint8_t { waiting, in_flight, aside, resting };
    /// What there is of one address.
    struct Lane {
        std::string address;
        std::deque<PublicationId> fresh;  // never put aside, in order; the first one still waits
        std::set<PublicationId> older;    // that wait again
        std::size_t waiting = 0;          // of both
        std::size_t in_flight = 0;
        std::size_t members = 0;
        bool ready = false;
        bool alive = false;                // what was sent last had an outcome in time
        std::list<Lane*>::iterator place;  // in `ready_` or `unready_`
    };
    struct Entry {
        Publication publication;
        Lane* lane;
        Stage stage = Stage::waiting;
        bool fresh = true;
        wire::DeliveryId delivery = 0;  // once it was sent
        Instant since{};                // it has this stage
    };
    using Ages = std::deque<std::pair<Instant, PublicationId>>;  // of which some are out of date

    static std::size_t weight_of(const Publication& publication) {
        return publication.message.size() + kOverhead;
    }
    bool has_room(const Publication& publication) const;
    void count(const Publication& publication);
    void discount(const Publication& publication);
    Lane& lane_of(const std::string& address);
    static PublicationId first_of(const Lane& lane);
    void wait(PublicationId id, Entry& entry, Instant now);
    void leave_stage(PublicationId id, Entry& entry);
    void drop_stale(Lane& lane);
    void look_at(Lane& lane);
    void collect(Ages& ages,
                 Stage stage,
                 Duration most_age,
                 std::size_t most,
                 Instant now,
                 std::vector<Late>& late);
    void prune(Ages& ages, Stage stage);

    Limits limits_;
    std::unordered_map<PublicationId, Entry> all_;
    std::map<std::string, Lane, std::less<>> lanes_;
    std::list<Lane*> ready_;  // P1; the first is the next one
    std::list<Lane*> unready_;
    Ages waits_;
    Ages flights_;
    Ages rests_;
    std::size_t bytes_ = 0;          // P2
    std::size_t settled_bytes_ = 0;  // of these, QoS 0
    std::size_t in_flight_ = 0;
    mutable std::uint64_t steps_ = 0;
    PublicationId last_ = 0;
};

}  // namespace weft::gateway
