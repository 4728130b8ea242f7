#pragma once

#include "common/base/ip_address.hpp"
#include "common/base/result.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace weft::policy {

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
    bool matches(const IpAddress& address) const { return is_any() || range_.contains(address); }

    /// The rules for the addresses of a name; without one there, none: it lets nobody in.
    static void resolve(std::vector<HostRule>& rules, const HostAddresses& addresses);

private:
    enum class Kind : std::uint8_t { any, range, name };

    Kind kind_ = Kind::range;
    IpRange range_{};
    std::string name_;
};

}  // namespace weft::policy
