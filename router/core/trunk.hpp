#pragma once

#include "router/core/link.hpp"
#include "router/core/outlet.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

/// What the core knows of the mesh: neighbours and the ways to other routers.
namespace weft::router {

inline constexpr std::size_t kPriorities = 10;
/// Of which this much has come in, a message that still goes on is a stream: it gets a link of its
/// own to the next router, or another loop, so that its producer's pace holds back nobody.
inline constexpr std::size_t kStreamFrom = std::size_t{64} * 1024;
/// So much of one message may wait without counting against the link of a neighbour that carries
/// other messages too.
inline constexpr std::size_t kUnchargedMax = std::size_t{1024} * 1024;
/// Links for streams to one neighbour; what comes then shares one.
inline constexpr std::size_t kStreamsMax = 200;

/// The data links to one neighbour. Threading: loop-confined.
struct Trunk {
    Trunk(Connection& its_connection, bool is_weft) : connection{its_connection}, weft{is_weft} {}

    Connection& connection;
    bool weft;              // else an original, which is to be sent nothing that is only ours
    bool streaming = true;  // accepts links for streams
    /// Knows subscriptions with wildcards: takes one copy for all who mean its address.
    bool expands = false;
    bool strayed = false;  // what is queued may have to go elsewhere: paths have changed
    bool lost = false;     // its links are being taken away: the neighbour is gone
    std::array<Link*, kPriorities> out{};  // null: none of that priority
    std::vector<Link*> streams;
    std::size_t next_stream = 0;
    std::uint64_t chosen_in = 0;  // the last round of Routes in which it was chosen for all
    /// Links whose queues are still to be searched for strays: nothing begins on any until all are.
    std::vector<Link*> unsearched;
    Branch* searched_next = nullptr;  // on the last of them; null: its first
    /// The last one put before younger ones on one of its links, or the next after it; may be null.
    Branch* late = nullptr;

    /// There is a link for messages.
    bool carries() const { return for_priority(kPriorities - 1) != nullptr; }
    /// The link for messages of `priority`: its own, or that of the next lower one there is. Not
    /// null while a path leads over the trunk.
    Link* for_priority(std::uint8_t priority) const;
    void remove(const Link& link);

    bool is_searched() const { return !unsearched.empty(); }
    /// Begins a search of all links.
    void search();
    /// It goes on behind `branch`, on the link that is searched.
    void search_behind(Branch& branch);
    void mark_late(Branch* branch);
};

/// True if who is behind it speaks as cores like this one do: another loop's, another Weft
/// router's, or this router's exchanges.
inline bool is_ours(const Connection& connection) {
    return connection.traits.is_loop || connection.traits.is_exchange ||
           (connection.trunk != nullptr && connection.trunk->weft);
}

/// True of a link to a neighbour on which nothing may begin: what waits there may have strayed.
inline bool is_searched(const Link& link) {
    const Trunk* const trunk = link.connection.trunk;
    return trunk != nullptr && trunk->is_searched();
}

/// A neighbour as a way out for the messages of an address.
struct Route {
    Address* address = nullptr;
    Trunk* trunk = nullptr;
    std::uint32_t outstanding = 0;  // deliveries on their way there and not settled
    std::uint32_t unsent = 0;       // of those, of which no byte has left
    /// The routers with consumers behind it, and what it costs to get there.
    std::vector<std::pair<RouterIndex, std::uint32_t>> destinations{};
};

/// One copy serves both, of a message that is for those, too, who subscribed to its address with
/// wildcards.
inline bool is_one_way(const Route& one, const Route& other) {
    return one.trunk == other.trunk && (one.address == other.address || one.trunk->expands);
}

/// Where messages of some origin may go through this router: [r] tells of router r; false behind
/// the end.
using Destinations = std::vector<bool>;

/// The lowest cost of a route to a destination that is allowed; nothing if none is.
[[nodiscard]] std::optional<std::uint32_t> cost_of(const Route& route, const Destinations& allowed);

/// Chooses the route for one anycast delivery: closest the cheapest one, balanced the one with the
/// least outstanding plus cost. `start` is where to begin to look, so that equals take turns.
/// Pure; O(routes × destinations).
struct RouteChoice {
    Route* route = nullptr;  // none
    std::uint64_t burden = 0;
};
[[nodiscard]] RouteChoice choose_route(std::span<const std::unique_ptr<Route>> routes,
                                       Distribution distribution,
                                       std::size_t start,
                                       const Destinations& allowed);

/// What the core asks of the link-state machine.
class Topology {
public:
    virtual ~Topology() = default;
    virtual RouterIndex index_of(std::string_view router_id) const = 0;
    virtual const Destinations& valid_destinations(RouterIndex origin) = 0;
    /// False: messages of `origin` should not come here over that neighbour.
    virtual bool leads_here(RouterIndex origin, const Trunk& trunk) = 0;
};

}  // namespace weft::router
