#include "common/daemon/connection_keys.hpp"
#include "router/config/router_keys.hpp"

#include <array>

namespace weft::router_config {
namespace {

using config::Key;
using config::Support;
using config::Type;

constexpr std::array kSslProfileKeys{
    Key{.name = "ciphers", .meaning = "Ciphers allowed, as OpenSSL writes them."},
    Key{.name = "protocols", .meaning = "Versions of TLS allowed, separated by spaces."},
    Key{.name = "caCertFile",
        .type = Type::path,
        .meaning = "Certificates of the authorities that are trusted (PEM).",
        .old_name = "certDb"},
    Key{.name = "certFile", .type = Type::path, .meaning = "Certificate to show to peers (PEM)."},
    Key{.name = "privateKeyFile",
        .type = Type::path,
        .meaning = "Private key of that certificate (PEM).",
        .old_name = "keyFile"},
    Key{.name = "passwordFile",
        .type = Type::path,
        .meaning = "File that holds the key's password; prefer `password` with `file:PATH`."},
    Key{.name = "password", .type = Type::secret, .meaning = "Password of the key."},
    Key{.name = "uidFormat",
        .meaning = "Parts of a client's certificate that make up its user name."},
    Key{.name = "uidNameMappingFile",
        .meaning = "File that maps such user names to names for display.",
        .old_name = "displayNameFile"},
};

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

config::Section ssl_profile_section() {
    return {.name = "sslProfiles",
            .entity = "sslProfile",
            .meaning = "Certificates and keys.",
            .keys = kSslProfileKeys,
            .support = Support::conf_only,
            .reason = daemon::kNoTls};
}

config::Section auth_service_section() {
    return {.name = "authServicePlugins",
            .entity = "authServicePlugin",
            .meaning = "External authentication.",
            .keys = kAuthServiceKeys,
            .support = Support::conf_only,
            .reason = daemon::kNoSasl};
}

}  // namespace weft::router_config
