#include "common/daemon/connection_keys.hpp"
#include "router/config/router_keys.hpp"

#include <array>

namespace weft::router_config {
namespace {

using config::Key;
using config::Support;
using config::Type;

constexpr std::array kAuthServiceKeys{
    Key{.name = "authService", .meaning = "Old form of host and port in one."},
    Key{.name = "host", .meaning = "Host of the authentication service."},
    Key{.name = "port",
        .type = Type::port,
        .default_value = "amqp",
        .meaning = "Port of the authentication service."},
    Key{.name = "realm",
        .meaning = "Host name to give in the SASL exchange.",
        .old_name = "saslInitHostname"},
    Key{.name = "sslProfile",
        .meaning = "Name of the sslProfile for the connection to the service.",
        .old_name = "authSslProfile"},
};

}  // namespace

config::Section auth_service_section() {
    return {.name = "authServicePlugins",
            .entity = "authServicePlugin",
            .meaning = "External authentication.",
            .keys = kAuthServiceKeys,
            .support = Support::conf_only,
            .reason = daemon::kOwnUsers};
}

}  // namespace weft::router_config
