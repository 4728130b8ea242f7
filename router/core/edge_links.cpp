#include "router/core/edge_links.hpp"

#include "router/core/port.hpp"

#include <algorithm>

namespace weft::router {

Connection::Connection(Port& its_port, const Traits& its_traits, security::Identity its_identity)
    : port{its_port},
      traits{its_traits},
      identity{std::move(its_identity)},
      edge{traits.is_edge ? std::make_unique<EdgeLinks>() : nullptr} {
    share->edge = edge.get();
}

Connection::~Connection() {
    share->edge = nullptr;
}

void EdgeLinks::remove(const Link& consumer) {
    const auto found = consumers_.find(consumer.address);
    Consumers& own = found->second;
    own.erase(std::ranges::find(own, &consumer));
    if (own.empty()) {
        consumers_.erase(found);
    }
}

std::uint32_t active_among(std::span<Link* const> own) {
    return static_cast<std::uint32_t>(
        std::ranges::count_if(own, [](const Link* link) { return link->outlet.attached; }));
}

std::span<Link* const> own_consumers(const Delivery& delivery, const Address& address) {
    const EdgeLinks* const edge = delivery.share->edge;
    return edge == nullptr ? std::span<Link* const>{} : edge->at(address);
}

bool reaches_others(const Connection& connection, const Address& address) {
    const auto receives = [&](const Address& one) {
        return one.routable || one.active_consumers > active_among(own_consumers(connection, one));
    };
    if (receives(address)) {
        return true;
    }
    if (address.wildcards == nullptr || !address.reachable()) {
        return false;
    }
    return std::ranges::any_of(
        address.wildcards->meaning(const_cast<Address&>(address)).by,
        [&](const Address* subscription) { return receives(*subscription); });
}

PassedOver::PassedOver(Address& address, std::span<Link* const> consumers) : address_{address} {
    for (const Link* const link : consumers) {
        Outlet& outlet = const_cast<Link*>(link)->outlet;
        if (outlet.attached) {
            passed_.emplace_back(&outlet, outlet.credit);
            outlet.attached = false;
            outlet.credit = 0;
            outlet.changed();
        }
    }
    address_.active_consumers -= static_cast<std::uint32_t>(passed_.size());
    address_.active_here -= static_cast<std::uint32_t>(passed_.size());
}

PassedOver::~PassedOver() {
    for (const auto& [outlet, credit] : passed_) {
        outlet->attached = true;
        outlet->credit = credit;
        outlet->changed();
    }
    address_.active_consumers += static_cast<std::uint32_t>(passed_.size());
    address_.active_here += static_cast<std::uint32_t>(passed_.size());
}

void tell_reach(Link& producer) {
    Address* const address = producer.address;
    if (producer.connection.edge == nullptr || address == nullptr ||
        address->key.address_class() != 'M') {
        return;
    }
    const bool reached = reaches_others(producer.connection, *address);
    if (reached != producer.told_reach) {
        producer.told_reach = reached;
        producer.port().tell_reach(producer, reached);
    }
}

}  // namespace weft::router
