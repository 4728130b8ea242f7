#include "router/config/router_keys.hpp"

#include <array>
#include <cstddef>

namespace weft::router {

namespace {

using config::Choice;
using config::Key;
using config::Support;
using config::Type;

constexpr std::array kRoles{Choice{"normal"}, Choice{"inter-router"},
                            Choice{"route-container", kNoWaypoints}, Choice{"edge", kNoEdge}};

constexpr std::array kFamilies{Choice{"IPv4"}, Choice{"IPv6"}};

constexpr std::array kStrips{Choice{"both"}, Choice{"in"}, Choice{"out"}, Choice{"no"}};

/// What both ends of a connection have.
constexpr std::array kConnectionKeys{
    Key{.name = "role",
        .type = Type::choice,
        .default_value = "normal",
        .meaning = "Who is at the other end: `normal` stands for clients, `inter-router` for "
                   "another router of the mesh, which needs mode `interior`.",
        .choices = kRoles},
    Key{.name = "cost",
        .type = Type::integer,
        .default_value = "1",
        .meaning = "Of a connection with role `inter-router`, for which the greater of both ends' "
                   "costs holds. Messages take the path with the lowest sum.",
        .min = 1},
    Key{.name = "saslMechanisms",
        .default_value = "ANONYMOUS",
        .meaning = "Mechanisms offered, in order of preference, separated by spaces or commas. "
                   "Only `ANONYMOUS` may be."},
    Key{.name = "maxFrameSize",
        .type = Type::size,
        .default_value = "16384",
        .meaning = "The largest frame the peer may send.",
        .min = 512,
        .clamped_in_conf = true},
    Key{.name = "maxSessions",
        .type = Type::integer,
        .default_value = "32768",
        .unit = "sessions",
        .meaning = "The most sessions the peer may begin on one connection.",
        .min = 1,
        .max = 32768},
    Key{.name = "maxSessionFrames",
        .type = Type::integer,
        .unit = "frames",
        .meaning = "The most transfer frames the peer may have in flight on one session; by "
                   "default what the memory kept for it holds.",
        .min = 1},
    Key{.name = "idleTimeoutSeconds",
        .type = Type::seconds,
        .default_value = "16",
        .meaning = "A peer that is silent for so long is disconnected; 0: never.",
        .max = 86400},
    Key{.name = "stripAnnotations",
        .type = Type::choice,
        .default_value = "both",
        .meaning = "Where the router's own message annotations are removed: from messages that "
                   "come `in`, that go `out`, `both` or `no`. Between routers they are always "
                   "kept.",
        .choices = kStrips},
    Key{.name = "linkCapacity",
        .type = Type::integer,
        .default_value = "250",
        .unit = "messages",
        .meaning = "The most unsettled messages of one link.",
        .min = 1,
        .max = 10000},
    Key{.name = "openProperties",
        .type = Type::map,
        .meaning = "Connection properties sent to the peer besides the router's own."},
    Key{.name = "sslProfile", .support = Support::refused, .reason = kNoTls},
    Key{.name = "policyVhost", .support = Support::conf_only, .reason = kNoPolicy},
    Key{.name = "messageLoggingComponents",
        .default_value = "none",
        .old_name = "logMessage",
        .support = Support::conf_only,
        .reason = "messages are not logged"},
};

constexpr std::array kListenerOnlyKeys{
    Key{.name = "name", .meaning = "By default made of host and port."},
    Key{.name = "host",
        .default_value = "127.0.0.1",
        .conf_default = "",
        .meaning = "Host name or address to listen on; an empty text stands for all interfaces."},
    Key{.name = "port",
        .type = Type::port,
        .default_value = "5672",
        .meaning = "0 takes a free one, which is logged."},
    Key{.name = "socketAddressFamily",
        .type = Type::choice,
        .meaning = "By default whatever `host` resolves to.",
        .old_name = "protocolFamily",
        .choices = kFamilies},
    Key{.name = "http",
        .type = Type::boolean,
        .default_value = "false",
        .meaning = "Whether it speaks HTTP instead of AMQP."},
    Key{.name = "websockets",
        .type = Type::boolean,
        .default_value = "true",
        .meaning = "With `http`: whether AMQP may be spoken over WebSocket."},
    Key{.name = "healthz",
        .type = Type::boolean,
        .default_value = "true",
        .meaning = "With `http`: whether `/healthz` answers."},
    Key{.name = "metrics",
        .type = Type::boolean,
        .default_value = "true",
        .meaning = "With `http`: whether `/metrics` answers."},
    Key{.name = "allowedOrigins",
        .type = Type::texts,
        .meaning = "With `http`: the origins of pages whose scripts may use it from a browser, as "
                   "`https://shop.example`; `*` stands for all. Without it, pages of the host that "
                   "they ask; clients that are no browsers always may."},
    Key{.name = "httpRootDir",
        .type = Type::path,
        .old_name = "httpRoot",
        .support = Support::conf_only,
        .reason = "this version serves no files"},
    Key{.name = "initialHandshakeTimeoutSeconds",
        .type = Type::seconds,
        .default_value = "0",
        .meaning = "A peer that has not opened its connection by then is disconnected; 0: never.",
        .max = 86400},
    Key{.name = "maxMessageSize",
        .type = Type::size,
        .default_value = "0",
        .meaning = "The largest message a client may send; 0: any.",
        .max = std::int64_t{1} << 50},
    Key{.name = "failoverUrls",
        .meaning = "Where clients may go when this router is gone: `amqp://host:port`, separated "
                   "by commas.",
        .old_name = "failoverList"},
    refused_flag("authenticatePeer", "it needs mechanisms that come with TLS"),
    refused_flag("requireEncryption", kNoTls),
    refused_flag("requireSsl", kNoTls),
    Key{.name = "trustedCertsFile",
        .type = Type::path,
        .old_name = "trustedCerts",
        .support = Support::refused,
        .reason = kNoTls},
    Key{.name = "saslPlugin", .support = Support::refused, .reason = kNoSasl},
    refused_flag("multiTenant", "this version has no tenants"),
};

constexpr std::array kConnectorOnlyKeys{
    Key{.name = "name", .meaning = "By default made of host and port."},
    Key{.name = "host",
        .default_value = "127.0.0.1",
        .meaning = "Host name or address to connect to."},
    Key{.name = "port", .type = Type::port, .default_value = "5672", .meaning = "Not 0."},
    Key{.name = "protocolFamily",
        .type = Type::choice,
        .meaning = "By default whatever `host` resolves to.",
        .choices = kFamilies},
    Key{.name = "saslUsername", .support = Support::refused, .reason = kNoSasl},
    Key{.name = "saslPassword",
        .type = Type::secret,
        .support = Support::refused,
        .reason = kNoSasl},
    Key{.name = "verifyHostname",
        .type = Type::boolean,
        .default_value = "true",
        .old_name = "verifyHostName",
        .support = Support::conf_only,
        .reason = kNoTls},
    Key{.name = "allowRedirect",
        .type = Type::boolean,
        .default_value = "false",
        .conf_default = "true",
        .support = Support::conf_only,
        .reason = "redirections by the peer are not followed"},
    Key{.name = "failoverUrls",
        .old_name = "failoverList",
        .support = Support::conf_only,
        .reason = "they are learned from the peer: the failoverUrls of its listener"},
};

template <std::size_t N>
constexpr auto with_connection_keys(const std::array<Key, N>& own) {
    std::array<Key, N + kConnectionKeys.size()> all{};
    for (std::size_t i = 0; i < N; ++i) {
        all[i] = own[i];
    }
    for (std::size_t i = 0; i < kConnectionKeys.size(); ++i) {
        all[N + i] = kConnectionKeys[i];
    }
    return all;
}

constexpr auto kListenerKeys = with_connection_keys(kListenerOnlyKeys);
constexpr auto kConnectorKeys = with_connection_keys(kConnectorOnlyKeys);

}  // namespace

config::Section listener_section() {
    return {.name = "listeners",
            .entity = "listener",
            .meaning = "Where clients and other routers come in.",
            .keys = kListenerKeys};
}

config::Section connector_section() {
    return {.name = "connectors",
            .entity = "connector",
            .meaning = "Connections the router itself makes and keeps.",
            .keys = kConnectorKeys};
}

}  // namespace weft::router
