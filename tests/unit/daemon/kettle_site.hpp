#pragma once

#include "common/daemon/catalogue.hpp"
#include "common/daemon/common_entities.hpp"
#include "common/daemon/connections.hpp"
#include "common/daemon/web.hpp"
#include "tests/unit/daemon/kettle_service.hpp"
#include "tests/unit/daemon/kettle_table.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace weft::daemon::test {

inline const std::string kUpgrade =
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n";
inline const std::string kAmqp = "Sec-WebSocket-Protocol: amqp\r\n";

inline ListenerConfig on_loopback() {
    name_modules();
    return {.connection = place("web"), .http = true};
}

/// A kettle with one http listener, and a browser.
struct KettleSite {
    explicit KettleSite(const ListenerConfig& config = on_loopback())
        : listener{must_open(listeners, config, service)} {}

    std::string exchange(const std::string& request) {
        return io::ask_http(loop, listener.listener->bound_port(), request);
    }
    std::string ask(const std::string& method,
                    const std::string& target,
                    const std::string& headers = "") {
        return exchange(method + " " + target + " HTTP/1.1\r\nHost: localhost\r\n" + headers +
                        "\r\n");
    }
    /// What a page of `origin` hears that asks for AMQP under the name `host`.
    std::string upgrade(const std::string& host, const std::string& origin) {
        return exchange("GET / HTTP/1.1\r\nHost: " + host + "\r\nOrigin: " + origin + "\r\n" +
                        kUpgrade + kAmqp + "\r\n");
    }
    std::string status(const std::string& host, const std::string& origin) {
        return upgrade(host, origin).substr(9, 3);
    }

    io::Record record;
    io::Loop loop;
    mgmt::Agent agent{common_catalogue(kettle_table())};
    std::vector<std::string> unready;
    std::string role = "cold";
    Web web{loop,
            {.agent = agent,
             .health = {{"kettle", "K"}},
             .role = [this] { return role; },
             .unready = [this] { return unready; },
             .metrics = [](const TakePage& take) { take("kettle_litres 2\n"); }}};
    Listeners listeners{loop, [this](const OpenListener& from, io::Socket socket) {
                            web.accept(from, std::move(socket));
                        }};
    Connectors connectors{loop};
    Connections connections{loop};
    SslProfiles profiles;
    Gate gate{loop, {}};
    CommonEntities entities{agent, listeners, web, connectors, connections, profiles, gate, {}};
    std::shared_ptr<KettleService> service = std::make_shared<KettleService>(loop, record);
    const OpenListener& listener;
};

}  // namespace weft::daemon::test
