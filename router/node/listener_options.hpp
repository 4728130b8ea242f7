#pragma once

#include "common/amqp/engine.hpp"
#include "common/io/redial.hpp"
#include "router/config/router_config.hpp"
#include "router/core/link.hpp"

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace weft::router {

/// What all connections of one listener or connector share. Threading: immutable once made.
struct ListenerOptions {
    std::string name;
    Role role = Role::normal;
    std::uint32_t cost = 1;  // of the role inter_router
    amqp::Options engine;
    Stripping strip;
    std::uint16_t link_capacity = 250;
    std::uint64_t max_message_size = 0;  // bytes; 0: any
};

/// The options of a configured listener of the router `router_id`.
ListenerOptions listener_options(const ListenerConfig& config, const std::string& router_id);

/// The options of a configured connector.
ListenerOptions connector_options(const ConnectorConfig& config, const std::string& router_id);

/// Where to go when the peer is gone, as its open's properties (encoded) say; what is odd is left
/// out.
std::vector<io::HostPort> failovers_in(Bytes properties);

/// An encoded array of symbols: capabilities.
Buffer symbols(std::initializer_list<std::string_view> names);

/// The product that open tells clients; management and --version too.
inline constexpr const char* kProduct = "weft-router";
inline constexpr const char* kVersion = "0.1.0";

}  // namespace weft::router
