#pragma once

#include "router/core/address_table.hpp"
#include "router/core/link_table.hpp"
#include "router/core/trunk.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace weft::router {

/// The ways out of this router: its neighbours, the paths to other routers, and the choice among
/// the consumers here and the neighbours behind which there are others.
///
/// Invariants:
///   I1  a route's destinations are the address's remotes that have a path over its neighbour, once
///       the route is as new as the paths (Address::routes_version)
///   I2  a route that deliveries still refer to is kept, though nothing is behind it any more
///
/// Threading: loop-confined.
class Routes {
public:
    /// A consumer, or a neighbour on the way to some; neither: nobody can take it now.
    struct Way {
        Link* link = nullptr;
        Route* route = nullptr;
    };

    explicit Routes(LinkTable& links) : links_{links} {}

    // --- neighbours ------------------------------------------------------------------------------
    /// The data links to a neighbour, of a connection of that kind; `weft`: it is no original.
    Trunk& add_trunk(Connection& connection, bool weft);
    /// After its links were detached, and no path leads over it.
    void remove_trunk(Connection& connection);
    const std::vector<std::unique_ptr<Trunk>>& trunks() const { return trunks_; }
    /// A data link to or from a neighbour; `priority` from kPriorities on: one for streams.
    Link& attach(Trunk& trunk,
                 Direction direction,
                 std::uint8_t priority,
                 std::uint16_t capacity,
                 std::uintptr_t port_link);
    /// The link to the next router for a delivery: one of its own if it is a stream.
    Link& link_for(const Delivery& delivery, Route& route, std::uint8_t priority);
    /// A link to where `exit` leads, another loop, for a delivery that is not whole; null: there
    /// can be none.
    Link* stream_beside(Link& exit);

    // --- paths -----------------------------------------------------------------------------------
    /// Who knows the paths; null: this router is alone. Must outlive the core.
    void set_topology(Topology* topology) { topology_ = topology; }
    bool know_paths() const { return topology_ != nullptr; }
    /// kNoRouter of a router that nobody knows.
    RouterIndex index_of(std::string_view router_id) const;
    /// Originals send multicasts along every path. One copy comes by the way that all routers take
    /// for the origin; the others are duplicates.
    bool is_detour(const Link& in, RouterIndex origin) const;
    /// Returns the neighbour before.
    Trunk* set_path(RouterIndex router, Trunk* trunk, std::uint32_t cost);
    bool has_path(RouterIndex router) const;
    /// The addresses of which `router` is known to have consumers, its own included.
    const std::vector<Address*>& addresses_of(RouterIndex router) const {
        return paths_[router].addresses;
    }
    /// `router` has consumers of the address, or has none any more.
    void set_remote(Address& address, RouterIndex router, bool has);

    // --- the choice ------------------------------------------------------------------------------
    /// The routes of an address, made anew if paths have changed since.
    const std::vector<std::unique_ptr<Route>>& of(Address& address) {
        if (address.routes_version != version_) {
            refresh(address);
        }
        return address.routes;
    }
    void refresh(Address& address);
    /// Where messages that entered the mesh at `origin` may go through this router.
    const Destinations& allowed_from(RouterIndex origin) const;
    /// The neighbours over which messages of `origin` go: each gets a copy of a multicast one.
    /// Valid until the next call.
    const std::vector<Route*>& reached_from(Address& address, RouterIndex origin);
    /// The same of a message that is for those, too, who subscribed to its address with wildcards:
    /// over a neighbour that knows such subscriptions one for all, over another one for each.
    const std::vector<Route*>& reached_for_all(const SentTo& sent_to, RouterIndex origin);
    /// By which exit a message that is for those, too, goes to another loop; null: nobody there
    /// wants it any more.
    Link* exit_for_all(const SentTo& sent_to, std::uint32_t loop);
    /// Where an anycast message of `origin` goes now; neither link nor route: nowhere yet.
    Way choose(Address& address, Scope scope, RouterIndex origin) {
        const std::uint32_t turn = ++address.turn;
        if (!address.routable) [[likely]] {
            return choose_consumer(address, scope, turn);
        }
        of(address);
        return choice(address, scope, origin, turn);
    }
    /// Either of these for a message that stays down (Provenance): `bytes` as in choose_for, or 0.
    Way choose_below(std::uint64_t bytes, Address& address, Scope scope);
    /// The same for a message of so many bytes, which not every consumer takes.
    Way choose_for(std::uint64_t bytes, Address& address, Scope scope, RouterIndex origin);
    /// Decides; the routes are up to date.
    Way choice(const Address& address, Scope scope, RouterIndex origin, std::uint32_t turn) const;

private:
    struct Path {
        Trunk* trunk = nullptr;
        std::uint32_t cost = 0;
        std::vector<Address*> addresses;
    };

    static Way choose_consumer(const Address& address,
                               Scope scope,
                               std::uint32_t turn,
                               Sizes sizes = Sizes::all) {
        const std::size_t at =
            address.index == nullptr
                ? choose_outlet(address.outlets, address.treatment.distribution, turn, scope, sizes)
                : choose_outlet(address.outlets, *address.index, turn, scope, sizes);
        return {at < address.outlets.size() ? &link_of(*address.outlets[at]) : nullptr, nullptr};
    }
    static Link* choose_limited_consumer(const Address& address,
                                         std::uint64_t bytes,
                                         Scope scope,
                                         std::uint32_t turn) {
        const std::size_t at = address.index == nullptr
                                   ? choose_limited(address.outlets, bytes,
                                                    address.treatment.distribution, turn, scope)
                                   : address.index->choose_limited(bytes, turn, scope);
        return at < address.outlets.size() ? &link_of(*address.outlets[at]) : nullptr;
    }
    Way or_over_routers(const Way& local,
                        bool waits_here,
                        const Address& address,
                        RouterIndex origin,
                        std::uint32_t turn) const;
    const std::vector<Address*>& meant_by(const SentTo& sent_to);
    Link* stream_link(Trunk& trunk);
    Path& path_of(RouterIndex router);
    static void list(Path& path, Address& address, RouterIndex router);
    static void unlist(Path& path, Address& address, RouterIndex router);
    static Route& route_over(Address& address, Trunk& trunk);

    LinkTable& links_;
    Topology* topology_ = nullptr;
    std::vector<std::unique_ptr<Trunk>> trunks_;
    std::vector<Path> paths_;  // by RouterIndex
    std::uint64_t version_ = 1;
    std::vector<Route*> chosen_;   // of the last multicast
    std::vector<Address*> meant_;  // likewise: its address and the subscriptions that mean it
    std::uint64_t round_ = 0;      // of choices of those for all
};

/// The branches that wait for consumers of an address, of those that came by `scope`; of messages
/// that fit every consumer.
inline WaitingLine& waiting_in(Address& address, Scope scope) {
    return scope == Scope::here ? address.with_loops().waiting : address.waiting;
}

/// The scopes by which deliveries of an address come.
inline std::span<const Scope> scopes_of(const Address& address) {
    static constexpr std::array kScopes{Scope::all, Scope::here};
    return std::span(kScopes).first(address.loops == nullptr ? 1 : 2);
}

/// True if there are consumers that may take a message of the address later.
inline bool has_consumers(const Address& address, Scope scope) {
    return (scope == Scope::here ? address.active_here : address.active_consumers) > 0;
}

/// The same, of a message of that provenance: what stays down an edge router's uplink never takes.
inline bool has_consumers(const Address& address, Scope scope, const Provenance& provenance) {
    const std::uint32_t active =
        scope == Scope::here ? address.active_here : address.active_consumers;
    return active > (provenance.stays_down ? address.active_uplinks : 0);
}

/// What came from another loop waits for consumers here, unless it is let out.
inline Scope scope_of(const Delivery& delivery) {
    return delivery.stays ? Scope::here : Scope::all;
}

/// Between loops a delivery goes so often at most: each may have told of consumers that take no
/// more when it comes.
inline constexpr std::uint8_t kCrossingsMax = 4;

/// True if what no consumer here takes may go to another loop.
inline bool may_cross(const Provenance& provenance) {
    return provenance.crossings < kCrossingsMax;
}

/// No consumer is left here that takes what another loop brought: it waits for those on others,
/// too. False: it went between loops too often already.
inline bool may_return(Delivery& delivery) {
    if (!delivery.stays || !may_cross(delivery.provenance)) {
        return false;
    }
    delivery.stays = false;
    return true;
}

}  // namespace weft::router
