#pragma once

#include "common/base/bytes.hpp"
#include "common/base/router_index.hpp"
#include "common/base/time.hpp"
#include "router/linkstate/courier.hpp"
#include "router/linkstate/ground.hpp"
#include "router/linkstate/inquiries.hpp"
#include "router/linkstate/limits.hpp"
#include "router/linkstate/mobile_reading.hpp"
#include "router/linkstate/neighbours.hpp"
#include "router/linkstate/reception.hpp"
#include "router/linkstate/remote_addresses.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>

namespace weft::linkstate {

/// MAUs that are too long to be read and taken at once stand in line, and behind them what their
/// routers say next of their addresses, so that nothing of a router is overtaken.
///
///     waiting ──first in line──▶ reading ──whole, and good──▶ being taken ──all of it──▶ done
///         └──────────────────────────┴── its router restarted, or the way it came is gone ──▶
///         dropped
///
/// What the output is to know of or to forget at once, because a path came or went, goes before
/// those that are not being taken.
///
/// What is dropped for want of room, or since its way is gone, is asked for again.
///
/// Threading: loop-confined.
class AddressLine {
public:
    static constexpr std::size_t kBytesMax = 2 * kControlMessageMax;
    /// What came over one link has no more of it than all others leave free, but always a part of
    /// so many.
    static constexpr std::size_t kLinkParts = 16;

    /// What it works on. All must outlive it.
    struct Parts {
        Neighbours& neighbours;
        Limits& limits;
        Inquiries& inquiries;
        RemoteAddresses& addresses;
        Courier& courier;
    };
    AddressLine(Ground& ground, const Parts& parts) : ground_{ground}, parts_{parts} {}

    /// Takes a MAU that came over `from`, now or once it is its turn.
    void take(Adjacency& from, Received& received, Instant now);
    bool any() const { return !line_.empty() || parts_.addresses.is_following(); }
    /// Reads and takes a slice. `any` tells whether there is more.
    void work(Instant now);

private:
    struct Item {
        PeerLink from = kNoLink;
        RouterIndex router = kNoRouter;
        std::optional<std::int64_t> instance;  // of the router when it came
        bool is_flood = false;
        bool was_asked_for = false;
        Buffer message;
        std::optional<MobileReading> reading{};  // refers to the message
        bool is_being_taken = false;
        std::size_t size() const { return message.size() + sizeof(Item); }
    };

    bool is_short(const MobileUpdate& update) const;
    bool has_room(PeerLink link, std::size_t size) const;
    void go_on(std::size_t& left, Instant now);
    void begin(Item& item, Adjacency& from, Instant now);
    void done();

    Ground& ground_;
    Parts parts_;
    std::deque<Item> line_;
    std::size_t bytes_ = 0;
    std::map<PeerLink, std::size_t> bytes_of_;  // that came over each link, if any did
};

}  // namespace weft::linkstate
