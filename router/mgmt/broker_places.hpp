#pragma once

#include "common/wire/value.hpp"
#include "router/core/address_rules.hpp"

#include <string>
#include <string_view>

namespace weft::node {
class Containers;
class Mesh;
}  // namespace weft::node

namespace weft::router_mgmt {

/// Where the brokers of addresses are. Threading: loop-confined (home's loop).
class BrokerPlaces {
public:
    /// `self` is this router's id, `mesh` null if it is alone. All must outlive it.
    BrokerPlaces(std::string_view self, const node::Containers& containers, const node::Mesh* mesh)
        : self_{self}, containers_{containers}, mesh_{mesh} {}

    /// By broker, the ids of the routers that it is connected to.
    wire::Map of(const router::Storage& storage) const;
    /// What EXPLAIN says of who keeps an address: `type`, whether all links are passed on, and of
    /// each of the `brokers` its `routers` and the `links` here, with their status. Null: nobody
    /// keeps it.
    wire::Value explain(const router::AddressRule* rule) const;

private:
    wire::List routers_with(const std::string& broker) const;
    wire::List links_to(const router::AddressRule& rule, std::string_view broker) const;

    std::string_view self_;
    const node::Containers& containers_;
    const node::Mesh* mesh_;
};

}  // namespace weft::router_mgmt
