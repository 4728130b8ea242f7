#pragma once

#include <string>
#include <string_view>

namespace weft::tools {

/// Where a router listens, as `-b` names it.
/// Threading: not shared (a value).
struct BusUrl {
    bool tls = false;
    std::string host;
    std::string port;      // 5672, or 5671 with TLS, unless given; a number or a service name
    std::string user;      // empty: none
    std::string password;  // empty: none

    /// "host:port", with brackets around an IPv6 address.
    std::string endpoint() const;

    bool operator==(const BusUrl&) const = default;
};

/// Takes HOST, HOST:PORT, [V6]:PORT, and either behind amqp:// or amqps:// and USER:PASSWORD@
/// (percent-decoded). Throws Failure, in the words of the flag, on anything else.
BusUrl parse_bus_url(std::string_view text);

}  // namespace weft::tools
