#include "router/policy/host_rule.hpp"

#include "common/base/conditions.hpp"
#include "router/policy/words.hpp"

#include <algorithm>
#include <utility>

namespace weft::policy {
namespace {

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

Result<HostRule> HostRule::parse(std::string_view text) {
    HostRule rule;
    if (text == "*") {
        rule.kind_ = Kind::any;
        return rule;
    }
    if (const auto range = IpRange::parse(text)) {
        rule.range_ = *range;
        return rule;
    }
    if (!is_name(text)) {
        return fail(kInvalidField,
                    quoted(text) +
                        " is not a host: write an address (\"10.1.1.1\"), a range, the lower "
                        "end first (\"10.0.0.0-10.0.255.255\"), a network (\"10.0.0.0/16\"), a "
                        "host's name, or \"*\" for all hosts");
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
            one.range_ = {address, address};
            resolved.push_back(std::move(one));
        }
    }
    rules = std::move(resolved);
}

}  // namespace weft::policy
