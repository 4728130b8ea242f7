#pragma once

#include "common/base/time.hpp"
#include "common/config/node.hpp"
#include "common/io/listener.hpp"
#include "common/io/log.hpp"
#include "router/core/address_rules.hpp"

#include <cstdint>
#include <string>
#include <vector>

/// The checked configuration of one router. All values: not shared, no thread.
namespace weft::router {

enum class RouterMode : std::uint8_t { standalone, interior };

/// Who is at the other end of a connection.
enum class Role : std::uint8_t { normal, inter_router };
/// "normal", "inter-router"
inline const char* name_of(Role role) {
    return role == Role::normal ? "normal" : "inter-router";
}

/// The section "router".
struct NodeConfig {
    std::string id;
    RouterMode mode = RouterMode::standalone;
    int worker_threads = 1;
    Distribution default_distribution = Distribution::balanced;
    Duration shutdown{};
    std::string state_dir;  // empty: none
    std::string metadata;
    Duration hello_interval{};
    Duration fast_hello{};  // 0: none
    Duration hello_max_age{};
    Duration ra_interval{};
    Duration ra_interval_flux{};
    Duration remote_ls_max_age{};
};

/// What listeners and connectors have in common.
struct ConnectionConfig {
    std::string name;  // unique among listeners or connectors; never empty
    std::string host;  // of a listener: empty stands for all interfaces
    std::uint16_t port = 0;
    io::Family family = io::Family::any;
    Role role = Role::normal;
    int cost = 1;                          // 1..2^31-1; of the role inter_router only
    std::uint32_t max_frame_size = 0;      // bytes, at least 512
    std::uint32_t max_sessions = 0;        // 1..32768
    std::uint32_t max_session_frames = 0;  // 0: not configured
    Duration idle_timeout{};               // zero: none
    // Whether the router's own message annotations are removed from what comes in, goes out; never
    // between routers.
    bool strip_in = true;
    bool strip_out = true;
    std::uint16_t link_capacity = 0;  // messages, 1..10000
    config::Object open_properties;   // without names that are the router's own
};

/// One entry of the failover list that clients are told.
struct FailoverUrl {
    std::string scheme;  // "amqp", "amqps"
    std::string host;
    std::uint16_t port = 0;

    bool operator==(const FailoverUrl&) const = default;
};

struct ListenerConfig {
    ConnectionConfig connection;
    bool http = false;
    bool websockets = true;
    bool healthz = true;
    bool metrics = true;
    /// Of pages that may open WebSockets, "*" for all; empty: those of the same origin.
    std::vector<std::string> allowed_origins;
    Duration initial_handshake_timeout{};    // zero: none
    std::uint64_t max_message_size = 0;      // bytes; 0: any
    std::vector<FailoverUrl> failover_urls;  // in order
};

struct ConnectorConfig {
    ConnectionConfig connection;
};

/// One entry of "addresses".
struct AddressConfig {
    std::string name;  // may be empty
    AddressPattern pattern;
    Treatment treatment;
    bool mesh_wide = false;  // told to all routers
};

struct LogConfig {
    io::Module module = io::Module::default_;
    io::Log::Settings settings;
};

struct RouterConfig {
    NodeConfig router;
    std::vector<ListenerConfig> listeners;
    std::vector<ConnectorConfig> connectors;
    std::vector<AddressConfig> addresses;
    std::vector<LogConfig> log;
};

}  // namespace weft::router
