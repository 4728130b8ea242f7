#pragma once

#include "common/base/bytes.hpp"
#include "common/base/time.hpp"
#include "mqtt-gateway/mapping/address_space.hpp"
#include "mqtt-gateway/mapping/kept_message.hpp"
#include "mqtt-gateway/session/actions.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace weft::gateway {

/// A publication's number, never used twice; 0 is none.
using PublicationId = std::uint64_t;

/// Who published: the number of a device; 0: nobody who waits.
using DeviceId = std::uint64_t;

/// A message of a device for the mesh.
struct Publication {
    std::string address;
    Buffer message;        // encoded
    bool settled = false;  // nobody waits for its outcome
    mqtt_mapping::AddressType type = mqtt_mapping::AddressType::anycast;
    DeviceId device = 0;
    session::PublishTicket ticket{};
    mqtt_mapping::SharedMessage retained{};  // kept for its topic once the mesh has it; may be null
};

/// What devices published and the mesh has not decided: in which order it goes out, and what has
/// waited too long.
///
///   waiting ──started──▶ in flight ──forget──▶ gone
///    ▲   └─ too long ─┐      └─ put aside, or the link is lost ─┐
///    └──── again ── aside ◀─────────────────────────────────────┘
///
/// Those of one address go out in the order in which they came, also when they are tried again. An
/// address has so many in flight that others have room on the link besides.
///
/// Invariants:
///   P1  a lane is listed as ready exactly if it has something waiting and room
///   P2  `bytes` is the sum over all that is not gone, whatever its stage
///
/// Threading: not shared (a value).
class Publications {
public:
    struct Limits {
        std::size_t bytes_max = std::size_t{64} * 1024 * 1024;
        std::size_t in_flight_max = 100;                 // of an address
        Duration wait_max = std::chrono::seconds{1};     // for credit; then its device decides
        Duration flight_max = std::chrono::seconds{10};  // for an outcome; then it is given up
    };
    /// One that has waited too long.
    struct Late {
        PublicationId id = 0;
        bool in_flight = false;  // it was sent, and may still be delivered
    };

    explicit Publications(Limits limits) : limits_{limits} {}
    Publications(const Publications&) = delete;
    Publications& operator=(const Publications&) = delete;

    /// Takes one; 0 if there is no room for its bytes.
    PublicationId add(Publication publication, Instant now);
    /// The one that is to be sent next; 0: none can be now.
    PublicationId next() const { return ready_.empty() ? 0 : ready_.front()->waiting.front(); }
    /// Null if it is gone.
    const Publication* find(PublicationId id) const;
    /// `next` is on its way.
    void started(PublicationId id, Instant now);
    /// It is not sent now, but may be `again`.
    void put_aside(PublicationId id);
    void again(PublicationId id, Instant now);
    /// Nothing more is to be done for it.
    void forget(PublicationId id);
    /// The link is gone: what was in flight is put aside, and appended to `ids` in its old order.
    void lost(std::vector<PublicationId>& ids);

    /// Puts aside those that have waited too long, and appends them.
    void tick(Instant now, std::vector<Late>& late);
    /// When `tick` has something to do.
    Instant deadline() const;

    std::size_t size() const { return all_.size(); }
    std::size_t bytes() const { return bytes_; }
    std::size_t in_flight() const { return in_flight_; }

private:
    enum class Stage : std::uint8_t { waiting, in_flight, aside };
    /// What there is of one address.
    struct Lane {
        std::string address;
        std::deque<PublicationId> waiting;  // in the order of ids
        std::size_t in_flight = 0;
        std::size_t members = 0;
        bool ready = false;
    };
    struct Entry {
        Publication publication;
        Lane* lane;
        Stage stage = Stage::waiting;
        Instant since{};  // it has this stage
    };
    using Ages = std::deque<std::pair<Instant, PublicationId>>;  // of which some are out of date

    void leave_stage(PublicationId id, Entry& entry);
    void look_at(Lane& lane);
    void collect(Ages& ages, Stage stage, Duration most, Instant now, std::vector<Late>& late);
    void prune(Ages& ages, Stage stage);

    Limits limits_;
    std::unordered_map<PublicationId, Entry> all_;
    std::map<std::string, Lane, std::less<>> lanes_;
    std::deque<Lane*> ready_;  // P1
    Ages waits_;
    Ages flights_;
    std::size_t bytes_ = 0;  // P2
    std::size_t in_flight_ = 0;
    PublicationId last_ = 0;
};

}  // namespace weft::gateway
