#include "mqtt-gateway/mgmt/management_connection.hpp"

#include "common/base/conditions.hpp"

#include <utility>

namespace weft::gateway_mgmt {

ManagementConnection::ManagementConnection(
    io::Transport& transport,
    std::shared_ptr<const endpoint::ConnectionProfile> profile,
    daemon::Connections& connections,
    mgmt::Agent& agent)
    : Connection{transport, std::move(profile)},
      connections_{connections},
      management_{agent, {.who = [this] { return daemon::requester_of(*this); }}} {
    start(connections_.add(*this));
}

void ManagementConnection::on_attach(amqp::Link& link, const amqp::Attach& attach) {
    if (!management_.attach(link, attach)) {
        link.refuse({.condition = kNotFound,
                     .description = "an MQTT gateway has no addresses but $management: clients of "
                                    "AMQP attach to a router"});
    }
}

}  // namespace weft::gateway_mgmt
