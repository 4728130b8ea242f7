#include "tools/weft/up/plan.hpp"

namespace weft::tools {
namespace {

constexpr const char* kHost = "127.0.0.1";

std::uint16_t at(std::uint16_t first, int index) {
    return static_cast<std::uint16_t>(first + index);
}

Json listener(const std::string& name, std::uint16_t port, Json more = Json::object()) {
    Json one{{"name", name}, {"host", kHost}, {"port", port}};
    one.update(more);
    return one;
}

Json web(std::uint16_t port) {
    return listener("web", port, {{"http", true}});
}

/// A listener for those who show a certificate of the mesh, where there are such.
Json inner(const std::string& name, std::uint16_t port, Json more, bool certified) {
    if (certified) {
        more.update(Json{{"sslProfile", "mesh"}, {"requireSsl", true}, {"authenticatePeer", true}});
    }
    return listener(name, port, std::move(more));
}

Json connector(const std::string& name, std::uint16_t port, Json more, bool certified) {
    Json one = listener(name, port, std::move(more));
    if (certified) {
        one["sslProfile"] = "mesh";
    }
    return one;
}

Json profiles(const std::string& name) {
    return Json::array({{{"name", "mesh"},
                         {"certFile", "pki/" + name + ".pem"},
                         {"privateKeyFile", "pki/" + name + ".key"},
                         {"caCertFile", "pki/ca.pem"}}});
}

Json addresses() {
    return Json::array({{{"address", "alerts/#"}, {"type", "multicast"}},
                        {{"address", "orders"}, {"type", "queue"}, {"brokers", {"broker"}}},
                        {{"address", "telemetry/#"}, {"type", "anycast"}}});
}

std::string router_name(int index) {
    return "router-" + std::to_string(index + 1);
}

UpDaemon router(int index, const UpWish& wish, const UpInnerPorts& ports) {
    const bool meshed = wish.routers > 1;
    const std::string name = router_name(index);
    Json config{{"router", {{"id", name}, {"mode", meshed ? "interior" : "standalone"}}}};
    Json listeners =
        Json::array({listener("clients", at(wish.amqp, index)), web(at(wish.web, index))});
    Json connectors = Json::array();
    const auto mesh_port = [&](int of) { return ports.routers[static_cast<std::size_t>(of)]; };
    if (meshed) {
        config["sslProfiles"] = profiles(name);
        listeners.push_back(inner("mesh", mesh_port(index), {{"role", "inter-router"}}, true));
        if (index > 0) {
            connectors.push_back(connector("to-" + router_name(index - 1), mesh_port(index - 1),
                                           {{"role", "inter-router"}}, true));
        }
        if (index > 1 && index + 1 == wish.routers) {
            connectors.push_back(
                connector("to-" + router_name(0), mesh_port(0), {{"role", "inter-router"}}, true));
        }
    }
    if (index == 0) {
        listeners.push_back(inner("gateways", ports.gateways, Json::object(), meshed));
    }
    if (index + 1 == wish.routers) {
        listeners.push_back(inner("brokers", ports.brokers, {{"role", "route-container"}}, meshed));
    }
    config["listeners"] = std::move(listeners);
    config["connectors"] = std::move(connectors);
    config["addresses"] = addresses();
    return {name, "weft-router", meshed, std::move(config)};
}

UpDaemon broker(const UpWish& wish, const UpInnerPorts& ports) {
    const bool certified = wish.routers > 1;
    Json config{{"broker", {{"id", "broker"}}},
                {"store", {{"path", "broker"}}},
                {"listeners", Json::array({web(at(wish.web, wish.routers))})},
                {"connectors",
                 Json::array({connector("router", ports.brokers, Json::object(), certified)})}};
    if (certified) {
        config["sslProfiles"] = profiles("broker");
    }
    return {"broker", "weft-broker", certified, std::move(config)};
}

UpDaemon gateway(const UpWish& wish, const UpInnerPorts& ports) {
    const bool certified = wish.routers > 1;
    Json config{{"gateway", {{"id", "gateway"}}},
                {"store", {{"path", "gateway"}}},
                {"listeners",
                 Json::array({listener("mqtt", wish.mqtt), web(at(wish.web, wish.routers + 1))})},
                {"connectors",
                 Json::array({connector("router", ports.gateways, Json::object(), certified)})},
                {"addresses", addresses()}};
    if (certified) {
        config["sslProfiles"] = profiles("gateway");
    }
    return {"gateway", "weft-mqtt-gateway", certified, std::move(config)};
}

}  // namespace

std::vector<UpDaemon> plan_of(const UpWish& wish, const UpInnerPorts& inner_ports) {
    std::vector<UpDaemon> daemons;
    for (int index = 0; index < wish.routers; ++index) {
        daemons.push_back(router(index, wish, inner_ports));
    }
    daemons.push_back(broker(wish, inner_ports));
    daemons.push_back(gateway(wish, inner_ports));
    return daemons;
}

std::vector<std::pair<std::string, std::uint16_t>> outer_ports(const UpWish& wish) {
    std::vector<std::pair<std::string, std::uint16_t>> ports;
    for (int index = 0; index < wish.routers; ++index) {
        ports.emplace_back("--amqp", at(wish.amqp, index));
    }
    ports.emplace_back("--mqtt", wish.mqtt);
    for (int index = 0; index < wish.routers + 2; ++index) {
        ports.emplace_back("--web", at(wish.web, index));
    }
    return ports;
}

}  // namespace weft::tools
