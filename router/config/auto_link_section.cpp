#include "router/config/sections.hpp"
#include "router/expansion/wants.hpp"

#include <cstdint>
#include <string>

namespace weft::router_config {
namespace {

using config::Entity;
using config::Faults;

void report_no_container(const Entity& entity, Faults& faults) {
    const std::string needs = "needs \"containerId\" or \"connection\"";
    if (entity.dialect() == config::Dialect::qdrouterd) {  // the original takes it, in vain
        faults.warn(entity.place(), entity.pointer(), needs + ": it is never attached");
    } else {
        faults.error(entity.place(), entity.pointer(), needs + ": where it is attached");
    }
}

std::uint8_t phase_of(const Entity& entity, bool in) {
    if (entity.given("phase") != nullptr) {
        return static_cast<std::uint8_t>(entity.integer("phase"));
    }
    return in && !entity.boolean("fallback") ? 1 : 0;
}

}  // namespace

std::optional<ContainerChoice> read_container(const Entity& entity, Faults& faults) {
    const bool container = entity.given("containerId") != nullptr;
    const bool connection = entity.given("connection") != nullptr;
    if (container && connection) {
        faults.error(entity.place(), entity.pointer(),
                     "must have only one of \"containerId\" and \"connection\"");
    }
    if (!container && !connection) {
        return std::nullopt;
    }
    return ContainerChoice{.by_connection = !container,
                           .name = entity.text(container ? "containerId" : "connection")};
}

void check_own_name(const Entity& entity, Faults& faults) {
    if (entity.text("name").starts_with(expansion::kMadeByAddress)) {
        key_error(entity, "name",
                  "begins with \"address/\", as the names of what entries of \"addresses\" make; "
                  "give it another one",
                  faults);
    }
}

AutoLinkConfig read_auto_link(const Entity& entity, Faults& faults) {
    check_own_name(entity, faults);
    check_not_brokers(entity, "address", faults);
    const std::optional<ContainerChoice> container = read_container(entity, faults);
    if (!container) {
        report_no_container(entity, faults);
    }
    const bool in = entity.text("direction") == "in";
    const bool by_connection = !container || container->by_connection;
    return {.name = entity.text("name"),
            .address = entity.text("address"),
            .direction = in ? router::Direction::in : router::Direction::out,
            .phase = phase_of(entity, in),
            .fallback = entity.boolean("fallback"),
            .by = by_connection ? autolink::Finds::connection : autolink::Finds::container,
            .container = container ? container->name : std::string{},
            .external_address = entity.text("externalAddress")};
}

}  // namespace weft::router_config
