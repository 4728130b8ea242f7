#pragma once

#include "tools/weft/values/json.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace weft::tools {

/// Most routers that `weft up` starts.
inline constexpr int kUpRoutersMax = 16;

/// What `weft up` was asked for: ports of the first of each kind, the others have those behind it.
struct UpWish {
    int routers = 1;
    std::uint16_t amqp = 5672;
    std::uint16_t mqtt = 1883;
    std::uint16_t web = 8672;
};

/// Ports that nobody has to know: those by which the daemons meet, any that are free.
struct UpInnerPorts {
    std::vector<std::uint16_t> routers;  // one each
    std::uint16_t brokers = 0;
    std::uint16_t gateways = 0;
};

/// A daemon to start, with its configuration. Its certificate is pki/NAME.pem, if it has one.
struct UpDaemon {
    std::string name;     // "router-1", "broker", "gateway"
    std::string program;  // "weft-router"
    bool certified = false;
    Json config;
};

/// Routers in a ring (two have one link, one has none), a broker at the last of them and a gateway
/// at the first, in the order of starting; all on loopback. More than one router show each other,
/// the broker and the gateway certificates of one authority. Pure.
[[nodiscard]] std::vector<UpDaemon> plan_of(const UpWish& wish, const UpInnerPorts& inner);

/// All ports that others are to reach, by the name of who has them.
[[nodiscard]] std::vector<std::pair<std::string, std::uint16_t>> outer_ports(const UpWish& wish);

}  // namespace weft::tools
