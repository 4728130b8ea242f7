#include "common/daemon/exposure.hpp"

#include "common/security/bearer.hpp"
#include "common/security/mechanisms.hpp"
#include "common/security/plain.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstdint>
#include <string>

namespace weft::daemon {
namespace {

constexpr std::string_view kKey = "host";

bool is_loopback(const in_addr& address) {
    constexpr std::uint32_t kNet = 127;
    return ntohl(address.s_addr) >> 24U == kNet;
}

/// Nobody gets in who speaks no TLS: it is asked for, or only a certificate lets in.
bool lets_in_plain(const ListenerConfig& listener) {
    const std::vector<std::string>& mechanisms = listener.connection.sasl_mechanisms;
    const bool external = mechanisms.size() == 1 && mechanisms.front() == security::kExternal;
    const auto takes = [&](std::string_view mechanism) {
        return std::ranges::find(mechanisms, mechanism) != mechanisms.end();
    };
    const bool web = listener.http && !listener.websockets_alone && !takes(security::kPlain) &&
                     !takes(security::kBearer);
    return !listener.requires_tls() && !(listener.authenticate_peer && (external || web));
}

/// "A", "A and B", "A, B and C"
void add(std::string& list, std::string_view item, bool last) {
    list.append(list.empty() ? "" : last ? " and " : ", ").append(item);
}

std::string remedy_of(const ListenerConfig& listener, bool plain, bool unknown) {
    std::string keys;
    if (plain && !listener.connection.ssl_profile) {
        add(keys, "\"sslProfile\"", false);
    }
    if (plain) {
        add(keys, "\"requireSsl\": true", !unknown);
    }
    if (unknown) {
        add(keys, "\"authenticatePeer\": true", true);
    }
    return keys;
}

}  // namespace

bool is_loopback(std::string_view host) {
    const std::string text{host};
    in_addr v4{};
    in6_addr v6{};
    if (::inet_pton(AF_INET, text.c_str(), &v4) == 1) {
        return is_loopback(v4);
    }
    if (::inet_pton(AF_INET6, text.c_str(), &v6) == 1) {
        return IN6_IS_ADDR_LOOPBACK(&v6);
    }
    return host == "localhost";
}

void check_exposure(const config::Entity& entity,
                    const ListenerConfig& listener,
                    config::Faults& faults) {
    const bool plain = lets_in_plain(listener);
    const bool unknown = !listener.authenticate_peer;
    const bool said = entity.given("insecure") != nullptr;
    const bool conf = entity.dialect() == config::Dialect::qdrouterd;
    if (is_loopback(listener.connection.host) || (!plain && !unknown) ||
        (listener.connection.insecure && (said || !conf))) {
        return;
    }
    const std::string lacks = plain && unknown ? "TLS and without authentication"
                              : plain          ? "TLS"
                                               : "authentication";
    const std::string fault = "lets peers of other machines in without " + lacks + ": ";
    const std::string remedy = "set " + remedy_of(listener, plain, unknown) +
                               ", or the host to 127.0.0.1, or, if only friends reach it, "
                               "\"insecure\": true";
    if (listener.connection.insecure) {
        key_warning(entity, kKey,
                    "OPEN TO THE NETWORK: " + fault +
                        "whoever reaches it may read and send what "
                        "this listener's clients may; a qdrouterd.conf starts all the same; " +
                        remedy,
                    faults);
    } else {
        key_error(entity, kKey, fault + remedy, faults);
    }
}

}  // namespace weft::daemon
