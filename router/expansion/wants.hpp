#pragma once

#include "router/autolink/auto_link.hpp"
#include "router/core/storage.hpp"
#include "router/expansion/attached.hpp"
#include "router/linkroute/link_route.hpp"

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

/// What an address that brokers keep needs on a router. Values and pure functions.
namespace weft::expansion {

/// Names of what addresses make begin with this; nobody else may use them.
inline constexpr std::string_view kMadeByAddress = "address/";

/// An entry of the address list that names brokers.
struct StoredAddress {
    std::string address{};
    std::shared_ptr<const router::Storage> storage{};
};

/// A link that an entry needs: the router attaches it to a broker.
struct Want {
    std::string broker{};
    router::Direction direction = router::Direction::in;  // in: messages come from the broker
    autolink::Finds by = autolink::Finds::container;
    std::shared_ptr<const router::Storage> storage{};  // what the broker is told

    /// The broker is told the same.
    bool operator==(const Want& other) const;
};

/// What the entry needs here: of each of its brokers that is attached, a link out, and for a queue
/// one in. Elsewhere nothing, nor where all links are passed on to the broker.
std::vector<Want> wants_of(const StoredAddress& address, const Attached& attached);

/// How to come from what there is to what is wanted.
struct Difference {
    std::vector<std::size_t> gone{};  // of those there are, by position, ascending
    std::vector<Want> made{};
};
Difference difference(const std::vector<Want>& have, const std::vector<Want>& want);

/// "address/orders/b1/in": says who made it.
std::string made_name(std::string_view address,
                      std::string_view broker,
                      router::Direction direction);
autolink::AutoLinkConfig auto_link_for(const std::string& address, const Want& want);

/// What leads to a broker whatever address it keeps: links that clients send over, and those that
/// they receive over, below "$broker/ID".
std::array<linkroute::LinkRouteConfig, 2> link_routes_to(const std::string& broker,
                                                         autolink::Finds by);

/// A broker that takes coordinators, and by what it is found.
struct Lead {
    std::string broker{};
    autolink::Finds by = autolink::Finds::container;
    bool operator==(const Lead&) const = default;
};
linkroute::LinkRouteConfig coordinator_route(const Lead& to);

}  // namespace weft::expansion
