#include "router/expansion/wants.hpp"

#include <algorithm>
#include <iterator>

namespace weft::expansion {
namespace {

linkroute::Finds finds(autolink::Finds by) {
    return by == autolink::Finds::container ? linkroute::Finds::container
                                            : linkroute::Finds::connection;
}

}  // namespace

using router::Direction;

bool Want::operator==(const Want& other) const {
    return broker == other.broker && direction == other.direction && by == other.by &&
           (storage == other.storage || storage->properties == other.storage->properties);
}

std::vector<Want> wants_of(const StoredAddress& address, const Attached& attached) {
    std::vector<Want> wants;
    if (!address.storage || address.storage->passes_links) {
        return wants;
    }
    for (const std::string& broker : address.storage->brokers) {
        const auto by = attached.find(broker);
        if (!by) {
            continue;
        }
        wants.push_back({broker, Direction::out, *by, address.storage});
        if (address.storage->kind == router::Storage::Kind::queue) {
            wants.push_back({broker, Direction::in, *by, address.storage});
        }
    }
    return wants;
}

Difference difference(const std::vector<Want>& have, const std::vector<Want>& want) {
    Difference difference;
    for (std::size_t i = 0; i < have.size(); ++i) {
        if (std::ranges::find(want, have[i]) == want.end()) {
            difference.gone.push_back(i);
        }
    }
    std::ranges::copy_if(want, std::back_inserter(difference.made), [&](const Want& each) {
        return std::ranges::find(have, each) == have.end();
    });
    return difference;
}

std::string made_name(std::string_view address, std::string_view broker, Direction direction) {
    return std::string(kMadeByAddress)
        .append(address)
        .append("/")
        .append(broker)
        .append(direction == Direction::in ? "/in" : "/out");
}

autolink::AutoLinkConfig auto_link_for(const std::string& address, const Want& want) {
    return {.name = made_name(address, want.broker, want.direction),
            .address = address,
            .direction = want.direction,
            .phase = static_cast<std::uint8_t>(want.direction == Direction::in ? 1 : 0),
            .by = want.by,
            .container = want.broker,
            .storage = want.storage};
}

std::array<linkroute::LinkRouteConfig, 2> link_routes_to(const std::string& broker,
                                                         autolink::Finds by) {
    const auto route = [&](Direction direction) {
        const std::string prefix = router::broker_prefix(broker);
        return linkroute::LinkRouteConfig{.name = made_name("$broker", broker, direction),
                                          .text = prefix,
                                          .direction = direction,
                                          .by = finds(by),
                                          .container = broker,
                                          .prefixes = {.add = {}, .del = prefix + "/"},
                                          .source = linkroute::Source::address};
    };
    return {route(Direction::in), route(Direction::out)};
}

linkroute::LinkRouteConfig coordinator_route(const Lead& to) {
    return {.name = made_name(linkroute::kCoordinator, to.broker, Direction::in),
            .text = std::string(linkroute::kCoordinator),
            .direction = Direction::in,
            .by = finds(to.by),
            .container = to.broker,
            .source = linkroute::Source::address};
}

}  // namespace weft::expansion
