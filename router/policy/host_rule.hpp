#pragma once

#include "common/base/result.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weft::policy {

/// An address of IP. One of version 4 within version 6 is one of version 4.
/// Threading: not shared (a value).
struct IpAddress {
    std::array<std::uint8_t, 16> bytes{};  // of version 4 the last four
    bool is_v4 = false;

    /// "10.0.0.1", "::1", "fe80::1%eth0" (the zone is left out).
    static std::optional<IpAddress> parse(std::string_view text);
    auto operator<=>(const IpAddress&) const = default;
};

/// The address in "127.0.0.1:5672" or "[::1]:5672".
std::string host_of(std::string_view peer);

/// What addresses host names have: those of the entries that are names, found out by the caller.
using HostAddresses = std::map<std::string, std::vector<IpAddress>, std::less<>>;

/// One entry of `remoteHosts`: any host, an address, a range, or a host by its name.
/// Threading: immutable after construction (a value).
class HostRule {
public:
    /// Errors: amqp:invalid-field, a range whose ends do not fit, or a text that is no host.
    [[nodiscard]] static Result<HostRule> parse(std::string_view text);

    bool is_any() const { return kind_ == Kind::any; }
    /// Empty: it is not a host's name.
    const std::string& name() const { return name_; }
    bool matches(const IpAddress& address) const {
        return is_any() || (from_ <= address && address <= to_ && from_.is_v4 == address.is_v4);
    }

    /// The rules for the addresses of a name; without one there, none: it lets nobody in.
    static void resolve(std::vector<HostRule>& rules, const HostAddresses& addresses);

private:
    enum class Kind : std::uint8_t { any, range, name };

    Kind kind_ = Kind::range;
    IpAddress from_{};
    IpAddress to_{};
    std::string name_;
};

}  // namespace weft::policy
