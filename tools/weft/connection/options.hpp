#pragma once

#include "tools/weft/command_line.hpp"
#include "tools/weft/connection/bus_url.hpp"

#include <proton/connection_options.hpp>

#include <chrono>
#include <optional>
#include <string>

namespace weft::tools {

/// How to reach and enter a router; the flags that all commands share.
/// Threading: not shared (a value).
struct ConnectionOptions {
    BusUrl url;
    /// The host that the connection names, by which a router finds vhost and tenant; over TLS the
    /// one that the certificate is to be of, too.
    std::string vhost;
    /// For connecting, and for each answer of the router.
    std::chrono::milliseconds timeout{5000};
    /// TLS and SASL, as Proton takes them; without SASL flags and a certificate of ours the bare
    /// AMQP header is sent.
    proton::connection_options amqp;
};

/// A number of seconds, with fractions, in (0, 10^6]. Throws Failure that names `flag`.
std::chrono::milliseconds parse_seconds(const std::string& flag, double seconds);

/// Declares -b, -t and the TLS and SASL flags. `timeout_meaning` explains -t.
void add_connection_flags(CommandLine& line, const std::string& timeout_meaning);

/// Reads what `add_connection_flags` declared. Throws Failure on flags that contradict.
ConnectionOptions connection_options(const CommandLine& line);

}  // namespace weft::tools
