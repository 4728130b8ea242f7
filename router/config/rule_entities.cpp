#include "router/config/rule_entities.hpp"

#include "router/config/sections.hpp"

namespace weft::router_config {

RuleEntities::RuleEntities(const std::vector<const config::Entity*>& entities) {
    for (const config::Entity* entity : entities) {
        const auto pattern = address_pattern(*entity);
        if (!pattern) {
            continue;
        }
        if (const auto added = rules_.add(  // else one means the same
                {.name = {}, .pattern = *pattern, .treatment = {}})) {
            entities_.emplace(*added, entity);
        }
    }
}

const config::Entity* RuleEntities::find(std::string_view address) const {
    const router::AddressRule* const rule = rules_.find(address);
    return rule == nullptr ? nullptr : entities_.at(rule->id);
}

}  // namespace weft::router_config
