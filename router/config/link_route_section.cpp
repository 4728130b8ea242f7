#include "router/config/sections.hpp"

#include <string>

namespace weft::router_config {

std::optional<LinkRouteConfig> read_link_route(const config::Entity& entity,
                                               config::Faults& faults) {
    check_rules(entity, faults);
    check_own_name(entity, faults);
    const std::optional<ContainerChoice> container = read_container(entity, faults);
    if (!container) {
        faults.warn(entity.place(), entity.pointer(),
                    "names no container: its links are refused unless another router has one");
    }
    const auto pattern = address_pattern(entity);
    if (!pattern) {
        return std::nullopt;
    }
    if (const auto fits = linkroute::read_pattern(pattern->grammar(), pattern->text()); !fits) {
        faults.error(entity.place(), entity.pointer(), fits.error().text);
        return std::nullopt;
    }
    const bool by_connection = !container || container->by_connection;
    const bool in = entity.text("direction") == "in";
    return LinkRouteConfig{
        .name = entity.text("name"),
        .text = pattern->text(),
        .grammar = pattern->grammar(),
        .direction = in ? router::Direction::in : router::Direction::out,
        .by = by_connection ? linkroute::Finds::connection : linkroute::Finds::container,
        .container = container ? container->name : std::string{},
        .prefixes = {.add = entity.text("addExternalPrefix"),
                     .del = entity.text("delExternalPrefix")}};
}

}  // namespace weft::router_config
