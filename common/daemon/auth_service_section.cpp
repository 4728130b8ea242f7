#include "common/daemon/auth_service_section.hpp"

#include "common/daemon/connection_sections.hpp"
#include "common/daemon/exposure.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace weft::daemon {
namespace {

using config::Entity;
using config::Faults;
using config::Key;
using config::Type;

constexpr std::array kKeys{
    Key{.name = "name", .meaning = "What listeners call it (`saslPlugin`).", .required = true},
    Key{.name = "host", .meaning = "Host name or address of the service."},
    Key{.name = "port",
        .type = Type::port,
        .default_value = "amqp",
        .meaning = "A number, or `amqp` (5672) or `amqps` (5671)."},
    Key{.name = "realm",
        .meaning = "The host as which the service is asked, in SASL and in the open; by default "
                   "`host`.",
        .old_name = "saslInitHostname"},
    Key{.name = "sslProfile",
        .meaning = "Name of the entry of `sslProfiles` with which TLS is spoken to the service. "
                   "Without it, what peers say, passwords among it, can be read on the way.",
        .old_name = "authSslProfile"},
    Key{.name = "authService", .meaning = "Old form of `host` and `port` in one: `host:port`."},
};

/// "auth.example:5671" where the newer keys are not given.
void read_old_form(const Entity& entity, AuthServiceConfig& service, Faults& faults) {
    const std::string text = entity.text("authService");
    if (text.empty() || !service.host.empty()) {
        return;
    }
    const std::size_t colon = text.rfind(':');
    service.host = text.substr(0, colon);
    if (colon == std::string::npos) {
        return;
    }
    const char* const end = text.data() + text.size();
    const auto [at, error] = std::from_chars(text.data() + colon + 1, end, service.port);
    if (error != std::errc{} || at != end || service.port == 0) {
        key_error(entity, "authService", "must be HOST:PORT, not " + config::quote(text), faults);
    }
}

AuthServiceConfig read_one(const Entity& entity, const SslProfiles& profiles, Faults& faults) {
    AuthServiceConfig service{.name = entity.text("name"),
                              .host = entity.text("host"),
                              .port = static_cast<std::uint16_t>(entity.integer("port")),
                              .realm = entity.text("realm"),
                              .ssl_profile = find_profile(entity, profiles, faults)};
    read_old_form(entity, service, faults);
    if (service.host.empty()) {
        faults.error(entity.place(), entity.pointer(), "needs \"host\": where the service is");
    } else if (service.port == 0) {
        key_error(entity, "port", "must be the port of the service, not 0", faults);
    } else if (!service.ssl_profile && entity.text("sslProfile").empty() &&
               !is_loopback(service.host)) {
        const std::string text =
            "is not on this machine, and without an \"sslProfile\" passwords can be read on the "
            "way";
        if (entity.dialect() == config::Dialect::qdrouterd) {
            key_warning(entity, "host", text, faults);
        } else {
            key_error(entity, "host", text + ": name one", faults);
        }
    }
    return service;
}

}  // namespace

config::Section auth_service_section() {
    return {.name = "authServicePlugins",
            .entity = "authServicePlugin",
            .meaning =
                "Authentication services, as Qpid Dispatch has them: peers' SASL exchanges "
                "are passed on to them.",
            .keys = kKeys};
}

std::vector<AuthServiceConfig> read_auth_services(const config::Document& document,
                                                  const SslProfiles& profiles,
                                                  Faults& faults) {
    std::vector<AuthServiceConfig> services;
    for (const Entity* const entity : document.all("authServicePlugins")) {
        services.push_back(read_one(*entity, profiles, faults));
    }
    check_unique(document.all("authServicePlugins"), "name", faults);
    return services;
}

const AuthServiceConfig* find_service(const std::vector<AuthServiceConfig>& services,
                                      std::string_view name) {
    const auto found = std::ranges::find(services, name, &AuthServiceConfig::name);
    return found == services.end() ? nullptr : &*found;
}

}  // namespace weft::daemon
