#include "common/daemon/connection_keys.hpp"

#include <array>

namespace weft::daemon {

namespace {

using config::Choice;
using config::Key;
using config::Support;
using config::Type;

constexpr std::array kFamilies{Choice{"IPv4"}, Choice{"IPv6"}};

/// What both ends of a connection have.
constexpr std::array kConnectionKeys{
    Key{.name = "saslMechanisms",
        .default_value = "ANONYMOUS",
        .meaning =
            "SASL mechanisms, in order of preference, separated by spaces or commas: "
            "`EXTERNAL`, by which the peer's certificate says who it is; `SCRAM-SHA-512` "
            "and `SCRAM-SHA-256`, by which a user proves to know a password; `PLAIN`, by "
            "which it shows it; `OAUTHBEARER`, of listeners alone, by which it shows a token that "
            "is good by the section `jwt`; `ANONYMOUS`. A listener with `authenticatePeer` offers "
            "`EXTERNAL` by default if it has an `sslProfile`, else both of `SCRAM`; passwords "
            "need the file of `users`. A connector that has a certificate takes `EXTERNAL` by "
            "default if the peer offers it, and with `saslUsername` then `SCRAM-SHA-512`, "
            "`SCRAM-SHA-256` or, with an `sslProfile` or `insecure`, `PLAIN`."},
    Key{.name = "maxFrameSize",
        .type = Type::size,
        .default_value = "16384",
        .meaning = "The largest frame the peer may send.",
        .min = 512,
        .out_of_bounds = config::OutOfBounds::clamped_in_conf},
    Key{.name = "maxSessions",
        .type = Type::integer,
        .default_value = "32768",
        .unit = "sessions",
        .meaning = "The most sessions the peer may begin on one connection. 0, or more than there "
                   "can be, is as many as there can be.",
        .min = 1,
        .max = 32768,
        .out_of_bounds = config::OutOfBounds::means_max},
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
    Key{.name = "openProperties",
        .type = Type::properties,
        .meaning = "Connection properties sent to the peer besides the daemon's own."},
    Key{.name = "sslProfile",
        .meaning = "Name of the entry of `sslProfiles` with which TLS is spoken; without it none "
                   "is. A listener takes peers without TLS, too, unless `requireSsl` is set: "
                   "their first byte tells."},
};

constexpr std::array kListenerOnlyKeys{
    Key{.name = "name", .meaning = "By default made of host and port."},
    Key{.name = "host",
        .default_value = "127.0.0.1",
        .conf_default = "",
        .meaning = "Host name or address to listen on; an empty text stands for all interfaces."},
    Key{.name = "port",
        .type = Type::port,
        .default_value = "amqp",
        .meaning = "A number, or `amqp` (5672) or `amqps` (5671); 0 takes a free one, which is "
                   "logged."},
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
    Key{.name = "console",
        .type = Type::boolean,
        .default_value = "true",
        .meaning = "With `http`: whether the web console is at `/console`."},
    Key{.name = "allowedOrigins",
        .type = Type::texts,
        .meaning = "With `http`: the origins of pages whose scripts may use it from a browser, as "
                   "`https://shop.example`; `*` stands for all. Without it, pages of the host that "
                   "they ask; clients that are no browsers always may."},
    Key{.name = "httpRootDir",
        .type = Type::path,
        .meaning = "With `http`: the folder whose files it serves.",
        .old_name = "httpRoot",
        .support = Support::conf_only,
        .reason = "this version serves no files"},
    Key{.name = "initialHandshakeTimeoutSeconds",
        .type = Type::seconds,
        .default_value = "10",
        .conf_default = "0",
        .meaning =
            "A peer that has not opened its connection by then is disconnected. With `http`, "
            "one that has not begun a request by then, or not sent all of one so long after "
            "its beginning. 0: never.",
        .max = 86400},
    Key{.name = "proxyAddresses",
        .type = Type::texts,
        .meaning = "The proxies (load balancers) that connect here for others: addresses, ranges "
                   "(`192.0.2.1-192.0.2.9`) or networks (`192.0.2.0/24`). Each begins with a "
                   "header of the PROXY protocol, version 2, that says for whom; that one is the "
                   "peer that logs, limits and policies see. Others are not let in. By default "
                   "that protocol is not spoken."},
    Key{.name = "maxMessageSize",
        .type = Type::size,
        .default_value = "0",
        .meaning = "The largest message a client may send; 0: any.",
        .max = std::int64_t{1} << 50},
    Key{.name = "failoverUrls",
        .meaning = "Where clients may go when this daemon is gone: `amqp://host:port`, separated "
                   "by commas.",
        .old_name = "failoverList"},
    Key{.name = "authenticatePeer",
        .type = Type::boolean,
        .default_value = "false",
        .meaning = "Whether peers must prove who they are, by a SASL mechanism other than "
                   "`ANONYMOUS`. Where no SASL is spoken (HTTP, MQTT): by a certificate, so that "
                   "TLS is required, as by `requireSsl`; in MQTT by user name and password, too, "
                   "if `saslMechanisms` has `PLAIN`."},
    Key{.name = "insecure",
        .type = Type::boolean,
        .default_value = "false",
        .conf_default = "true",
        .meaning =
            "Whether it may be open to strangers: listen on other interfaces than those of this "
            "machine alone (127.0.0.1, ::1, localhost) without both TLS (`requireSsl`) and "
            "`authenticatePeer`, and take `PLAIN` without TLS, whose passwords are read by "
            "whoever listens on the way. A listener that is open and does not say so does not "
            "start; that of a `qdrouterd.conf` does, with a warning."},
    Key{.name = "requireEncryption",
        .type = Type::boolean,
        .default_value = "false",
        .meaning = "Whether connections that are not encrypted are refused; as `requireSsl`, since "
                   "TLS alone encrypts."},
    Key{.name = "requireSsl",
        .type = Type::boolean,
        .default_value = "false",
        .meaning = "Whether connections without TLS are refused."},
    Key{.name = "trustedCertsFile",
        .type = Type::pem,
        .meaning = "Certificates of the authorities that may sign those of clients of this "
                   "listener, instead of the sslProfile's `caCertFile`.",
        .old_name = "trustedCerts"},
    Key{.name = "saslPlugin",
        .meaning = "Name of the entry of `authServicePlugins` that says who peers are: what they "
                   "say by SASL is passed on to it. `saslMechanisms` then leaves out what is not "
                   "to be offered of what the service has."},
};

constexpr std::array kConnectorOnlyKeys{
    Key{.name = "name", .meaning = "By default made of host and port."},
    Key{.name = "host",
        .default_value = "127.0.0.1",
        .meaning = "Host name or address to connect to."},
    Key{.name = "port",
        .type = Type::port,
        .default_value = "amqp",
        .meaning = "A number but 0, or `amqp` (5672) or `amqps` (5671)."},
    Key{.name = "protocolFamily",
        .type = Type::choice,
        .meaning = "By default whatever `host` resolves to.",
        .choices = kFamilies},
    Key{.name = "saslUsername",
        .meaning = "Name of the user that the peer is told to be, by a SASL mechanism with a "
                   "password."},
    Key{.name = "saslPassword", .type = Type::secret, .meaning = "Password of that user."},
    Key{.name = "insecure",
        .type = Type::boolean,
        .default_value = "false",
        .conf_default = "true",
        .meaning =
            "Whether `PLAIN` may be spoken without TLS: whoever listens on the way then reads "
            "the password."},
    Key{.name = "verifyHostname",
        .type = Type::boolean,
        .default_value = "true",
        .meaning =
            "Whether the peer's certificate must be for `host`, or whichever host is dialled "
            "when that fails over. Without it any certificate does that a trusted "
            "authority signed.",
        .old_name = "verifyHostName"},
    Key{.name = "failoverUrls",
        .meaning = "Where the peer may be found, in the order in which it is tried.",
        .old_name = "failoverList",
        .support = Support::conf_only,
        .reason = "they are learned from the peer: the failoverUrls of its listener"},
};

std::vector<Key> joined(std::span<const Key> first, std::span<const Key> own) {
    std::vector<Key> keys{first.begin(), first.end()};
    keys.insert(keys.end(), kConnectionKeys.begin(), kConnectionKeys.end());
    keys.insert(keys.end(), own.begin(), own.end());
    return keys;
}

}  // namespace

std::vector<Key> listener_keys(std::span<const Key> own) {
    return joined(kListenerOnlyKeys, own);
}

std::vector<Key> connector_keys(std::span<const Key> own) {
    return joined(kConnectorOnlyKeys, own);
}

config::Section listener_section(std::span<const Key> keys) {
    return {.name = "listeners",
            .entity = "listener",
            .meaning = "Where clients and other daemons come in.",
            .keys = keys};
}

config::Section connector_section(std::span<const Key> keys) {
    return {.name = "connectors",
            .entity = "connector",
            .meaning = "Connections that the daemon itself makes and keeps.",
            .keys = keys};
}

}  // namespace weft::daemon
