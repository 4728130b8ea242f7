#pragma once

#include "common/config/cli.hpp"
#include "common/config/fault.hpp"
#include "common/config/keys.hpp"
#include "common/daemon/load.hpp"
#include "mqtt-gateway/access/access_list.hpp"
#include "mqtt-gateway/mapping/address_space.hpp"
#include "mqtt-gateway/session/settings.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace weft::gateway_config {

/// What is spoken at a listener.
enum class Speaks : std::uint8_t { mqtt, amqp };

/// What a gateway is told to be. Threading: not shared (a value).
struct GatewayConfig {
    std::string id;
    session::Settings mqtt{};
    std::string store_path{};  // empty: nothing is kept on disk
    std::uint64_t store_bytes_max = 0;
    std::string retained_address{};  // of the queue of retained messages; empty: they are its own
    std::string session_address{};   // of the queue of sessions; empty: they are its own
    std::size_t connections_max = 0;
    std::uint32_t connects_per_second = 0;
    std::uint32_t accepts_per_second = 0;
    std::size_t sessions_max = 0;
    std::size_t publish_bytes_max = 0;  // that wait for the mesh
    std::size_t retained_max = 0;
    std::size_t retained_bytes_max = 0;
    std::vector<mqtt_mapping::DeclaredAddress> addresses{};
    std::vector<mqtt_mapping::TopicMap> maps{};
    mqtt_mapping::AddressSpace::Options mapping{};
    mqtt_access::AccessList access{};
    daemon::CommonConfig common{};
    std::vector<Speaks> speaks{};  // of each listener
};

/// The keys of weft-mqtt-gateway.
const config::KeyTable& gateway_table();

/// Reads and checks a configuration; nullopt if it has an error.
[[nodiscard]] std::optional<GatewayConfig> load_gateway_config(const config::CommandLine& command,
                                                               config::Faults& faults);

}  // namespace weft::gateway_config
