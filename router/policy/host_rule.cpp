#include "router/policy/host_rule.hpp"

#include "common/base/conditions.hpp"
#include "router/policy/words.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace weft::policy {
namespace {

/// The form of an address of version 4 within version 6.
constexpr std::array<std::uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

bool is_in_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_';
}

/// "10.1" and "1.2.3.4.5" are mistakes, not names: no top-level domain is a number.
bool is_name(std::string_view text) {
    const std::string_view last = text.substr(text.rfind('.') + 1);
    return !text.empty() && text.size() <= 253 && std::ranges::all_of(text, is_in_name) &&
           std::ranges::any_of(last, [](char c) { return c < '0' || c > '9'; });
}

}  // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
    const std::string plain{text.substr(0, text.find('%'))};
    IpAddress address;
    if (inet_pton(AF_INET, plain.c_str(), &address.bytes[12]) == 1) {
        address.is_v4 = true;
        return address;
    }
    if (inet_pton(AF_INET6, plain.c_str(), address.bytes.data()) != 1) {
        return std::nullopt;
    }
    if (std::equal(kMapped.begin(), kMapped.end(), address.bytes.begin())) {
        std::fill_n(address.bytes.begin(), kMapped.size(), std::uint8_t{0});
        address.is_v4 = true;
    }
    return address;
}

std::string host_of(std::string_view peer) {
    std::string_view host = peer.substr(0, std::min(peer.rfind(':'), peer.size()));
    if (host.starts_with('[') && host.ends_with(']')) {
        host = host.substr(1, host.size() - 2);
    }
    return std::string{host};
}

Result<HostRule> HostRule::parse(std::string_view text) {
    HostRule rule;
    if (text == "*") {
        rule.kind_ = Kind::any;
        return rule;
    }
    if (const auto address = IpAddress::parse(text)) {
        rule.from_ = rule.to_ = *address;
        return rule;
    }
    const std::string shown = quoted(text);
    const std::size_t dash = text.find('-');
    if (dash != std::string_view::npos) {
        const auto trimmed = [](std::string_view part) {
            const std::size_t first = part.find_first_not_of(' ');
            return first == std::string_view::npos
                       ? std::string_view{}
                       : part.substr(first, part.find_last_not_of(' ') - first + 1);
        };
        const auto from = IpAddress::parse(trimmed(text.substr(0, dash)));
        const auto to = IpAddress::parse(trimmed(text.substr(dash + 1)));
        if (from && to) {
            if (from->is_v4 != to->is_v4 || *to < *from) {
                return fail(kInvalidField,
                            shown +
                                " is no range of addresses: both ends are of one version of "
                                "IP, the lower one first");
            }
            rule.from_ = *from;
            rule.to_ = *to;
            return rule;
        }
    }
    if (!is_name(text)) {
        return fail(kInvalidField,
                    shown +
                        " is not a host: write an address (\"10.1.1.1\"), a range "
                        "(\"10.0.0.0-10.0.255.255\"), a host's name, or \"*\" for all hosts");
    }
    rule.kind_ = Kind::name;
    rule.name_ = text;
    return rule;
}

void HostRule::resolve(std::vector<HostRule>& rules, const HostAddresses& addresses) {
    std::vector<HostRule> resolved;
    for (HostRule& rule : rules) {
        if (rule.kind_ != Kind::name) {
            resolved.push_back(std::move(rule));
            continue;
        }
        const auto known = addresses.find(rule.name_);
        if (known == addresses.end()) {
            continue;
        }
        for (const IpAddress& address : known->second) {
            HostRule one;
            one.from_ = one.to_ = address;
            resolved.push_back(std::move(one));
        }
    }
    rules = std::move(resolved);
}

}  // namespace weft::policy
