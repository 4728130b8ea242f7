#include "common/daemon/sasl_settings.hpp"

#include "common/daemon/auth_service_section.hpp"
#include "common/security/bearer.hpp"
#include "common/security/login_tally.hpp"
#include "common/security/mechanisms.hpp"
#include "common/security/plain.hpp"
#include "common/security/prepared.hpp"
#include "common/security/verifier.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weft::daemon {
namespace {

using config::Entity;
using config::Faults;
using Mechanisms = std::vector<std::string>;

constexpr std::string_view kKey = "saslMechanisms";

bool has(const Mechanisms& mechanisms, std::string_view mechanism) {
    return std::ranges::find(mechanisms, mechanism) != mechanisms.end();
}

/// What it shows to whoever listens on the way; empty: nothing.
std::string_view shown_by(const Mechanisms& mechanisms) {
    return has(mechanisms, security::kPlain)    ? "PLAIN shows passwords"
           : has(mechanisms, security::kBearer) ? "OAUTHBEARER shows tokens"
                                                : "";
}

bool takes_password(std::string_view mechanism) {
    return mechanism == security::kPlain || security::digest_of_scram(mechanism);
}

std::string known_mechanisms() {
    std::string names;
    for (const std::string_view each : security::kMechanisms) {
        names += (names.empty()                          ? ""
                  : each == security::kMechanisms.back() ? " and "
                                                         : ", ") +
                 std::string{each};
    }
    return names;
}

/// Those that are written there.
Mechanisms words_of(std::string_view rest) {
    Mechanisms words;
    while (!rest.empty()) {
        const std::size_t size = std::min(rest.find_first_of(" ,"), rest.size());
        if (size > 0) {
            words.emplace_back(rest.substr(0, size));
        }
        rest.remove_prefix(std::min(size + 1, rest.size()));
    }
    return words;
}

/// Those of them that are known.
Mechanisms given_mechanisms(const Entity& entity, Faults& faults) {
    Mechanisms mechanisms;
    for (const std::string& mechanism : words_of(entity.text(kKey))) {
        if (std::ranges::find(security::kMechanisms, mechanism) != security::kMechanisms.end()) {
            mechanisms.emplace_back(mechanism);
        } else {
            key_error(entity, kKey,
                      "must be of " + known_mechanisms() + ", not " + config::quote(mechanism),
                      faults);
        }
    }
    if (mechanisms.empty()) {
        mechanisms.emplace_back(security::kAnonymous);
    }
    return mechanisms;
}

Mechanisms scram_mechanisms() {
    return {std::string{scram_of(security::Digest::sha512)},
            std::string{scram_of(security::Digest::sha256)}};
}

/// `culprit`: the key that brought it about. A qdrouterd.conf goes on as with the original.
void check_in_the_clear(const Entity& entity,
                        const ConnectionConfig& connection,
                        std::string_view culprit,
                        Faults& faults) {
    const std::string shown{shown_by(connection.sasl_mechanisms)};
    if (shown.empty() || connection.ssl_profile || !entity.text("sslProfile").empty()) {
        return;
    }
    if (!connection.insecure) {
        key_error(entity, culprit,
                  shown +
                      " to whoever listens on the way: give it an \"sslProfile\", "
                      "or say \"insecure\": true",
                  faults);
    } else if (entity.given("insecure") == nullptr) {
        key_warning(entity, culprit,
                    shown + " to whoever listens on the way, without an sslProfile", faults);
    }
}

/// What a peer can prove, and what that needs.
void check_listener(const Entity& entity,
                    const UserFile& users,
                    const ListenerConfig& listener,
                    std::string_view culprit,
                    Faults& faults) {
    const ConnectionConfig& connection = listener.connection;
    const Mechanisms& mechanisms = connection.sasl_mechanisms;
    const bool shown = !shown_by(mechanisms).empty();  // over HTTP, too
    const bool by_certificate =
        listener.authenticate_peer && listener.http && !listener.websockets_alone && !shown;
    if (listener.authenticate_peer && mechanisms == Mechanisms{std::string{security::kAnonymous}}) {
        key_error(
            entity, culprit,
            "has nothing by which a peer proves who it is, as \"authenticatePeer\" wants: add "
            "EXTERNAL or SCRAM-SHA-256",
            faults);
    } else if ((has(mechanisms, security::kExternal) || by_certificate) &&
               !connection.ssl_profile) {
        key_error(entity, culprit,
                  "needs an \"sslProfile\" whose caCertFile has those who sign the certificates "
                  "of peers",
                  faults);
    } else if (std::ranges::any_of(mechanisms, takes_password) && users.path.empty()) {
        key_error(entity, culprit,
                  mechanisms.front() +
                      " needs users: add the section \"users\": { \"file\": \"users\" }, and "
                      "'weft user add users NAME'",
                  faults);
    } else if (has(mechanisms, security::kBearer) && users.tokens.path.empty()) {
        key_error(entity, culprit,
                  "OAUTHBEARER needs the keys of who signs tokens: add the section \"jwt\": { "
                  "\"jwks\": …, \"issuer\": …, \"audience\": … }",
                  faults);
    } else {
        check_in_the_clear(entity, connection, culprit, faults);
    }
}

/// One of the two texts as the peer must see it; empty: not given, or wrong.
std::string read_text(const Entity& entity,
                      std::string_view key,
                      tl::expected<std::string, std::string> (*prepare)(std::string_view),
                      Faults& faults) {
    const std::string text = entity.text(key);
    auto ready = text.empty() ? std::string{} : prepare(text);
    if (!ready) {
        key_error(entity, key, std::move(ready).error(), faults);
        return {};
    }
    return *std::move(ready);
}

void read_credentials(const Entity& entity, endpoint::Credentials& credentials, Faults& faults) {
    credentials = {
        .user = read_text(entity, "saslUsername", security::prepared, faults),
        .password = read_text(entity, "saslPassword", security::prepared_password, faults)};
    const bool has_user = !entity.text("saslUsername").empty();
    const bool has_password = !entity.text("saslPassword").empty();
    if (has_user != has_password) {
        key_error(entity, has_user ? "saslUsername" : "saslPassword",
                  has_user ? "needs a \"saslPassword\"" : "needs a \"saslUsername\"", faults);
    }
}

/// Peers are who a service says: its mechanisms are not ours to know.
void read_plugin(const Entity& entity,
                 const UserFile& users,
                 ListenerConfig& listener,
                 Faults& faults) {
    listener.sasl_plugin = entity.text("saslPlugin");
    if (find_service(users.services, listener.sasl_plugin) == nullptr) {
        key_error(entity, "saslPlugin", "names none of the authServicePlugins", faults);
    }
    if (listener.http && !listener.websockets_alone) {
        key_error(entity, "saslPlugin",
                  "is for AMQP and MQTT: over HTTP people come in by the section \"users\"",
                  faults);
    }
    if (entity.given(kKey) != nullptr) {
        listener.plugin_mechanisms = words_of(entity.text(kKey));
    }
    if (listener.authenticate_peer) {
        std::erase(listener.plugin_mechanisms, security::kAnonymous);
    }
    Mechanisms& mechanisms = listener.connection.sasl_mechanisms;
    mechanisms = listener.plugin_mechanisms;
    if (mechanisms.empty()) {
        mechanisms.emplace_back(security::kPlain);
    }
    check_in_the_clear(entity, listener.connection, "saslPlugin", faults);
}

}  // namespace

void read_sasl(const Entity& entity,
               const UserFile& users,
               ListenerConfig& listener,
               Faults& faults) {
    ConnectionConfig& connection = listener.connection;
    Mechanisms& mechanisms = connection.sasl_mechanisms;
    const bool given = entity.given(kKey) != nullptr;
    const std::string_view culprit = given ? kKey : "authenticatePeer";
    connection.insecure = entity.boolean("insecure");
    listener.authenticate_peer = entity.boolean("authenticatePeer");
    if (!entity.text("saslPlugin").empty()) {
        read_plugin(entity, users, listener, faults);
        return;
    }
    mechanisms = given_mechanisms(entity, faults);
    if (listener.authenticate_peer && !given) {
        const bool by_password = !connection.ssl_profile && !listener.http && !users.path.empty();
        mechanisms =
            by_password ? scram_mechanisms() : Mechanisms{std::string{security::kExternal}};
    } else if (listener.authenticate_peer && mechanisms.size() > 1 &&
               std::erase(mechanisms, security::kAnonymous) > 0) {
        key_warning(entity, culprit, "ANONYMOUS is not offered, because of \"authenticatePeer\"",
                    faults);
    }
    check_listener(entity, users, listener, culprit, faults);
}

void read_sasl(const Entity& entity, ConnectionConfig& connector, Faults& faults) {
    Mechanisms& mechanisms = connector.sasl_mechanisms;
    const bool given = entity.given(kKey) != nullptr;
    const bool shows = connector.ssl_profile && !connector.ssl_profile->tls.certificates.empty();
    mechanisms = given_mechanisms(entity, faults);
    connector.insecure = entity.boolean("insecure");
    read_credentials(entity, connector.credentials, faults);
    const bool has_user = !connector.credentials.user.empty();
    if (!given && has_user) {
        mechanisms = scram_mechanisms();
        if (connector.ssl_profile || connector.insecure) {
            mechanisms.emplace_back(security::kPlain);
        }
    }
    if (!given && shows) {
        mechanisms.insert(mechanisms.begin(), std::string{security::kExternal});
    }
    if (has(mechanisms, security::kExternal) && !shows) {
        key_error(entity, kKey,
                  "EXTERNAL needs an \"sslProfile\" with a certFile, which says who this is",
                  faults);
    }
    if (has(mechanisms, security::kBearer)) {
        key_error(entity, kKey, "OAUTHBEARER is for listeners: this version shows no tokens",
                  faults);
    }
    const bool asks = std::ranges::any_of(mechanisms, takes_password);
    if (asks && !has_user && entity.text("saslUsername").empty()) {
        key_error(entity, kKey, "needs a \"saslUsername\" and a \"saslPassword\"", faults);
    } else if (has_user && !asks) {
        key_error(entity, "saslUsername",
                  "is not said by any of the \"saslMechanisms\": add SCRAM-SHA-256", faults);
    }
    check_in_the_clear(entity, connector, given ? kKey : "saslUsername", faults);
}

}  // namespace weft::daemon
