#pragma once

#include "common/base/time.hpp"
#include "common/config/node.hpp"
#include "common/daemon/ssl_profile.hpp"
#include "common/endpoint/sasl_choices.hpp"
#include "common/io/socket.hpp"
#include "common/security/mechanisms.hpp"

#include <cstdint>
#include <string>
#include <vector>

/// What a daemon's configuration says of its listeners and connectors, checked. All values: not
/// shared, no thread. What a daemon adds stands in structs of its own, beside these.
namespace weft::daemon {

/// What listeners and connectors have in common.
struct ConnectionConfig {
    std::string name{};  // unique among listeners or connectors; never empty
    std::string host{};  // of a listener: empty stands for all interfaces
    std::uint16_t port = 0;
    io::Family family = io::Family::any;
    std::uint32_t max_frame_size = 0;      // bytes, at least 512
    std::uint32_t max_sessions = 0;        // 1..32768
    std::uint32_t max_session_frames = 0;  // 0: not configured
    Duration idle_timeout{};               // zero: none
    config::Object open_properties{};      // without names that are the daemon's own
    SslProfilePtr ssl_profile{};           // null: no TLS
    bool verify_hostname = true;           // of a connector
    /// The best first; never empty once read.
    std::vector<std::string> sasl_mechanisms{std::string{security::kAnonymous}};
    /// PLAIN may be spoken without TLS; a listener may be open to other machines.
    bool insecure = false;
    endpoint::Credentials credentials{};  // of a connector; empty: none
};

/// One entry of the failover list that clients are told.
struct FailoverUrl {
    std::string scheme;  // "amqp", "amqps"; empty: none was given
    std::string host;
    std::uint16_t port = 0;

    bool operator==(const FailoverUrl&) const = default;
};

/// Whether a listener may have WebSockets alone, without `http` and its pages.
enum class Websockets : std::uint8_t { with_http, alone };

struct ListenerConfig {
    ConnectionConfig connection{};
    bool http = false;
    bool websockets_alone = false;  // with http: nothing else is there
    bool websockets = true;
    bool healthz = true;
    bool metrics = true;
    bool console = true;
    /// Of pages that may open WebSockets, "*" for all; empty: those of the same origin.
    std::vector<std::string> allowed_origins{};
    Duration initial_handshake_timeout{};      // zero: none
    std::uint64_t max_message_size = 0;        // bytes; 0: any
    std::vector<FailoverUrl> failover_urls{};  // in order
    /// Who alone may connect, for others, whom they name by the PROXY protocol; empty: that is not
    /// spoken.
    std::vector<std::string> proxy_addresses{};  // each an IpRange
    bool authenticate_peer = false;
    /// The authentication service that its peers' exchanges are passed on to; empty: none.
    std::string sasl_plugin{};
    /// With that: the mechanisms that the configuration names; empty: the service's.
    std::vector<std::string> plugin_mechanisms{};
    bool require_encryption = false;  // both mean the same, and are shown apart
    bool require_ssl = false;
    std::string trusted_certs_file{};  // as it was given
    std::string trusted_certs{};       // what it says; empty: the profile's

    bool requires_tls() const { return require_ssl || require_encryption; }
};

}  // namespace weft::daemon
