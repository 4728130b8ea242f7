#include "router/node/look_ups.hpp"

#include "router/core/address.hpp"
#include "router/node/link_routing.hpp"

#include <string>

namespace weft::node {
namespace {

/// Links to the address go to a broker whole.
bool passes_to_broker(const router::AddressRules& rules, std::string_view name) {
    if (!rules.have_storage() || router::is_routers_own(name)) {
        return false;
    }
    const router::AddressRule* const rule = rules.find(name);
    return rule != nullptr && rule->storage && rule->storage->passes_links;
}

}  // namespace

edge::LookUpReply answer_to(const edge::LookUp& question,
                            const LinkRouting& routing,
                            const router::AddressRules& rules,
                            std::string_view router_id) {
    edge::LookUpReply reply{.to = question.reply_to, .correlation = question.correlation};
    const router::AddressKey key = router::parse_address(question.address, router_id);
    const router::Direction direction =
        question.in ? router::Direction::in : router::Direction::out;
    std::string memory;
    if (key.address_class() == 'M') {
        const auto area =
            routing.routes().area_for(direction, router::mobile_address(key.name(), memory));
        reply.is_link_route = area || passes_to_broker(rules, key.name());
        reply.has_destinations =
            area ? area->containers > 0 || !area->routers.empty() : reply.is_link_route;
    }
    reply.status =
        reply.is_link_route ? edge::LookUpReply::Status::ok : edge::LookUpReply::Status::not_found;
    return reply;
}

}  // namespace weft::node
