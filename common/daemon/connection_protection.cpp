#include "common/daemon/connection_protection.hpp"

#include "common/base/conditions.hpp"
#include "common/config/secret.hpp"
#include "common/security/bearer.hpp"
#include "common/security/plain.hpp"
#include "common/tls/context.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace weft::daemon {
namespace {

using config::Entity;
using config::Faults;

/// A peer that does not answer in this time is given up.
constexpr Duration kConnectorHandshakeMax = std::chrono::seconds{10};

bool has(const ConnectionConfig& connection, std::string_view mechanism) {
    return std::ranges::find(connection.sasl_mechanisms, mechanism) !=
           connection.sasl_mechanisms.end();
}

/// Whether its peers are to show a certificate, and nothing else does: those of MQTT and HTTP may
/// be known by a password or token, where that is taken.
bool by_certificate_alone(const ListenerConfig& listener, std::string_view spoken) {
    const bool by_password =
        has(listener.connection, security::kPlain) || has(listener.connection, security::kBearer);
    return listener.authenticate_peer && spoken != kSpeaksAmqp && !by_password;
}

tls::ClientCertificate wanted(const ListenerConfig& listener, std::string_view spoken) {
    const bool external = has(listener.connection, security::kExternal);
    const bool alone = external && listener.connection.sasl_mechanisms.size() == 1;
    const bool must = spoken == kSpeaksAmqp ? alone : by_certificate_alone(listener, spoken);
    if (must) {
        return tls::ClientCertificate::required;
    }
    return external ? tls::ClientCertificate::asked : tls::ClientCertificate::not_asked;
}

/// Who speaks no TLS shows no certificate.
io::Plain plain_at(const ListenerConfig& listener, std::string_view spoken) {
    return listener.requires_tls() || by_certificate_alone(listener, spoken) ? io::Plain::refused
                                                                             : io::Plain::taken;
}

tls::Profile profile_of(const ListenerConfig& listener) {
    tls::Profile profile = listener.connection.ssl_profile->tls;
    if (!listener.trusted_certs.empty()) {
        profile.authorities = listener.trusted_certs;
    }
    return profile;
}

/// What only means something with TLS.
void check_without_tls(const Entity& entity, Faults& faults) {
    for (const std::string_view key : {"requireSsl", "requireEncryption"}) {
        if (entity.boolean(key)) {
            key_error(entity, key, "needs an \"sslProfile\", else nobody could connect", faults);
        }
    }
}

}  // namespace

void read_protection(const Entity& entity,
                     const config::FileReader& reader,
                     ListenerConfig& listener,
                     Faults& faults) {
    listener.require_ssl = entity.boolean("requireSsl");
    listener.require_encryption = entity.boolean("requireEncryption");
    listener.trusted_certs_file = entity.text("trustedCertsFile");
    if (auto read = read_trusted(listener, reader); !read) {
        key_error(entity, "trustedCertsFile", std::move(read).error().text, faults);
    }
    if (!listener.connection.ssl_profile) {
        if (entity.text("sslProfile").empty()) {  // else its name is the fault
            check_without_tls(entity, faults);
        }
        return;
    }
    const tls::Use use{
        .server = true, .client_certificate = wanted(listener, kSpeaksAmqp), .spoken = {}};
    const auto tried = tls::Context::make(profile_of(listener), use);
    const bool told = faults.failed();  // of the profile itself, in all likelihood
    if (!tried && !told) {
        key_error(entity, "sslProfile",
                  config::quote(listener.connection.ssl_profile->name) +
                      " can't be used by this listener: its " +
                      std::string{key_of(tried.error().part)} + " " + tried.error().text,
                  faults);
    }
}

Result<void> read_trusted(ListenerConfig& listener, const config::FileReader& reader) {
    if (listener.trusted_certs_file.empty()) {
        return {};
    }
    auto text = config::read_pem(listener.trusted_certs_file, reader);
    if (!text) {
        return fail(kInvalidField, std::move(text).error());
    }
    listener.trusted_certs = *std::move(text);
    return {};
}

Result<io::Security> protection_of(const ListenerConfig& listener, std::string_view spoken) {
    const SslProfilePtr& profile = listener.connection.ssl_profile;
    if (!profile) {
        return io::Security::none();
    }
    const tls::Use use{.server = true,
                       .client_certificate = wanted(listener, spoken),
                       .spoken = {std::string{spoken}}};
    auto context = tls::Context::make(profile_of(listener), use);
    if (!context) {
        return fail(kInvalidField, "listener " + listener.connection.name + ": the sslProfile " +
                                       profile->name + " can't be used: its " +
                                       std::string{key_of(context.error().part)} + " " +
                                       context.error().text);
    }
    return io::Security::tls(*std::move(context), plain_at(listener, spoken),
                             listener.initial_handshake_timeout);
}

Result<io::Security> protection_of(const ConnectionConfig& connector) {
    const SslProfilePtr& profile = connector.ssl_profile;
    if (!profile) {
        return io::Security::none();
    }
    const tls::Use use{.server = false,
                       .verify_host = connector.verify_hostname,
                       .spoken = {std::string{kSpeaksAmqp}}};
    auto context = tls::Context::make(profile->tls, use);
    if (!context) {
        return fail(kInvalidField, "connector " + connector.name + ": the sslProfile " +
                                       profile->name + " can't be used: its " +
                                       std::string{key_of(context.error().part)} + " " +
                                       context.error().text);
    }
    return io::Security::tls(*std::move(context), io::Plain::refused, kConnectorHandshakeMax);
}

}  // namespace weft::daemon
