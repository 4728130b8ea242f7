#include "router/config/sections.hpp"

namespace weft::router_config {

namespace {

using config::Entity;
using config::Faults;

/// Keys that only mean something to clients, or to other routers.
void check_role_keys(const Entity& entity, Faults& faults) {
    const std::string role = entity.text("role");
    const bool inter_router = role == "inter-router";
    if (!inter_router && role != "edge" && entity.integer("cost") != 1) {
        key_warning(entity, "cost", "has no effect without \"role\": \"inter-router\"", faults);
    }
    if ((inter_router || role == "edge") && entity.given("stripAnnotations") != nullptr &&
        entity.text("stripAnnotations") != "no") {
        key_warning(
            entity, "stripAnnotations",
            "has no effect with \"role\": " + config::quote(role) + "; annotations are kept",
            faults);
    }
}

Role role_of(std::string_view name) {
    for (const Role role : {Role::route_container, Role::inter_router, Role::edge}) {
        if (name == name_of(role)) {
            return role;
        }
    }
    return Role::normal;
}

/// Tenants are clients and containers, and no more.
void check_tenants_listener(const Entity& entity, Faults& faults) {
    const std::string role = entity.text("role");
    if (role == "inter-router" || role == "edge") {
        key_error(entity, "multiTenant",
                  "means nothing with \"role\": " + config::quote(role) +
                      ": other routers are no tenants; give those and tenants a listener each",
                  faults);
    }
    if (entity.boolean("http")) {
        key_error(entity, "multiTenant",
                  "can't be with \"http\": true: tenants could manage the router there; give the "
                  "web a listener of its own",
                  faults);
    }
}

PeerConfig read_peer(const Entity& entity, Faults& faults) {
    check_role_keys(entity, faults);
    PeerConfig peer;
    peer.role = role_of(entity.text("role"));
    peer.cost = static_cast<int>(entity.integer("cost"));
    const bool of_router = peer.role == Role::inter_router || peer.role == Role::edge;
    const std::string strip = of_router ? "no" : entity.text("stripAnnotations");
    peer.strip_in = strip == "in" || strip == "both";
    peer.strip_out = strip == "out" || strip == "both";
    peer.policy_vhost = entity.text("policyVhost");
    peer.link_capacity = static_cast<std::uint16_t>(entity.integer("linkCapacity"));
    return peer;
}

}  // namespace

const char* name_of(Role role) {
    constexpr const char* kNames[] = {"normal", "route-container", "inter-router", "edge"};
    return kNames[static_cast<int>(role)];
}

ListenerConfig read_listener(const Entity& entity,
                             const daemon::ConnectionContext& context,
                             Faults& faults) {
    if (entity.boolean("http") && entity.text("role") != "normal") {
        key_error(entity, "role", "must be \"normal\" with \"http\": true", faults);
    }
    ListenerConfig listener{daemon::read_listener(entity, context, faults),
                            read_peer(entity, faults)};
    listener.peer.multi_tenant = entity.boolean("multiTenant");
    if (listener.peer.multi_tenant) {
        check_tenants_listener(entity, faults);
        listener.peer.strip_in = true;
    }
    return listener;
}

ConnectorConfig read_connector(const Entity& entity,
                               const daemon::ConnectionContext& context,
                               Faults& faults) {
    return {daemon::read_connector(entity, context, faults), read_peer(entity, faults)};
}

}  // namespace weft::router_config
