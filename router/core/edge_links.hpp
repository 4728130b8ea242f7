#pragma once

#include "router/core/address_table.hpp"
#include "router/core/delivery.hpp"
#include "router/core/link.hpp"
#include "router/core/outlet.hpp"

#include <boost/container/small_vector.hpp>
#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace weft::router {

/// The consumers that the connection to one edge router has: what it brings goes to none of them.
/// It delivers among its own clients itself, and what came back would go around for ever.
///
/// As a rule there is one for each address that its clients receive from. All are O(1).
/// Threading: loop-confined.
class EdgeLinks {
public:
    void add(Link& consumer) { consumers_[consumer.address].push_back(&consumer); }
    void remove(const Link& consumer);
    /// Those of the address.
    std::span<Link* const> at(const Address& address) const {
        const auto found = consumers_.find(&address);
        return found == consumers_.end() ? std::span<Link* const>{} : std::span{found->second};
    }

private:
    using Consumers = boost::container::small_vector<Link*, 1>;
    boost::unordered_flat_map<const Address*, Consumers> consumers_;
};

/// Of the consumers in `own`, how many are active.
[[nodiscard]] std::uint32_t active_among(std::span<Link* const> own);

/// Of what `connection` brings for `address`, whom it does not go to; none, unless it is an edge
/// router's.
[[nodiscard]] inline std::span<Link* const> own_consumers(const Connection& connection,
                                                          const Address& address) {
    return connection.edge == nullptr ? std::span<Link* const>{} : connection.edge->at(address);
}
/// The same of a delivery that came in before; its producer's link may be gone.
[[nodiscard]] std::span<Link* const> own_consumers(const Delivery& delivery,
                                                   const Address& address);

/// The consumer's connection is the edge router's that brought the delivery.
[[nodiscard]] inline bool is_echo(const Delivery& delivery, const Link& consumer) {
    return consumer.connection.edge != nullptr && delivery.share == consumer.connection.share.get();
}

/// The consumer leads to an edge router, or to the mesh of one: it gets all but what came from
/// there.
[[nodiscard]] inline bool gets_all_others(const Link& consumer) {
    return consumer.outlet.uplink || consumer.connection.edge != nullptr;
}
[[nodiscard]] inline bool may_get(const Link& consumer, const Delivery& delivery) {
    return !(consumer.outlet.uplink && delivery.provenance.stays_down) &&
           !is_echo(delivery, consumer);
}

/// Somebody gets what the edge router behind `connection` sends to `address`: others than itself.
[[nodiscard]] bool reaches_others(const Connection& connection, const Address& address);

/// As long as it is there, the choice of a consumer passes over some of an address.
class PassedOver {
public:
    PassedOver(Address& address, std::span<Link* const> consumers);
    ~PassedOver();
    PassedOver(const PassedOver&) = delete;
    PassedOver& operator=(const PassedOver&) = delete;

private:
    Address& address_;
    boost::container::small_vector<std::pair<Outlet*, std::uint32_t>, 1> passed_;  // their credit
};

/// Who sends over `producer`, an edge router, hears whether others receive, if it does not know.
void tell_reach(Link& producer);

}  // namespace weft::router
