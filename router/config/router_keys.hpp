#pragma once

#include "common/config/keys.hpp"

#include <array>

namespace weft::router_config {

/// All that the configuration of weft-router may say. What is not available yet is refused here,
/// with the reason, so that a feature that comes is let in at one place.
/// Threading: any thread.
const config::KeyTable& router_table();

// Its larger sections.
config::Section node_section();
config::Section listener_section();
config::Section connector_section();
config::Section address_section();
config::Section policy_section();
config::Section vhost_section();
config::Section tenant_section();
config::Section link_route_section();
config::Section auto_link_section();
config::Section exchange_section();
config::Section binding_section();

// What a configuration has no section of its own for: management alone says it.
/// One group of a vhost's `groups`.
config::Section user_group_section();
/// The `quota` of a tenant.
config::Section quota_section();
/// A link route that a connection makes for itself.
config::Section connection_link_route_section();

/// How messages are spread: one table of names for addresses and for the router's default.
inline constexpr std::array kDistributions{config::Choice{"balanced"}, config::Choice{"closest"},
                                           config::Choice{"multicast"},
                                           config::Choice{"unavailable"}};

}  // namespace weft::router_config
