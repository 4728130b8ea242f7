#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weft {

/// An address of IP. One of version 4 within version 6 is one of version 4.
/// Threading: not shared (a value).
struct IpAddress {
    std::array<std::uint8_t, 16> bytes{};  // of version 4 the last four
    bool is_v4 = false;

    /// "10.0.0.1", "::1", "fe80::1%eth0" (the zone is left out).
    static std::optional<IpAddress> parse(std::string_view text);
    auto operator<=>(const IpAddress&) const = default;
};

/// Those from one address to another, of one version of IP. Threading: not shared (a value).
struct IpRange {
    IpAddress from{};
    IpAddress to{};  // not below `from`

    /// "10.0.0.1", "10.0.0.0-10.0.255.255", "10.0.0.0/16"; nothing: it is none of these.
    static std::optional<IpRange> parse(std::string_view text);
    bool contains(const IpAddress& address) const {
        return from <= address && address <= to && from.is_v4 == address.is_v4;
    }
};

/// "127.0.0.1:5672", "[::1]:5672".
std::string endpoint_text(const IpAddress& address, std::uint16_t port);
/// The host in such a text.
std::string host_of(std::string_view endpoint);

/// The host that peers are counted by: `address` itself, or the half of an IPv6 address that one
/// customer of a network has. In brackets or not.
std::string counted_host(std::string_view address);

}  // namespace weft
