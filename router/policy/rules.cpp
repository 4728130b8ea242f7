#include "router/policy/rules.hpp"

#include "common/base/conditions.hpp"

#include <algorithm>
#include <utility>

namespace weft::policy {
namespace {

Result<std::vector<HostRule>> hosts_of(const GroupConfig& group) {
    std::vector<HostRule> hosts;
    for (const std::string& text : group.remote_hosts) {
        if (!text.empty()) {
            WEFT_TRY(HostRule rule, HostRule::parse(text));
            hosts.push_back(std::move(rule));
        }
    }
    return hosts;
}

Result<NameSet> addresses_of(const std::vector<std::string>& names,
                             const std::vector<std::string>& patterns,
                             std::string_view kind) {
    if (!names.empty() && !patterns.empty()) {
        return fail(kInvalidField, "both \"" + std::string{kind} + "s\" and \"" +
                                       std::string{kind} + "Pattern\" are given; keep one of them");
    }
    return patterns.empty() ? NameSet::of_names(names) : NameSet::of_patterns(patterns);
}

}  // namespace

Result<std::shared_ptr<const Rules>> Rules::compile(const std::string& vhost,
                                                    GroupConfig group,
                                                    std::uint64_t max_message_size,
                                                    const HostAddresses& addresses) {
    auto rules = std::make_shared<Rules>();
    WEFT_TRY(rules->hosts_, hosts_of(group));
    HostRule::resolve(rules->hosts_, addresses);
    WEFT_TRY(rules->sources_, addresses_of(group.sources, group.source_patterns, "source"));
    WEFT_TRY(rules->targets_, addresses_of(group.targets, group.target_patterns, "target"));
    rules->vhost_ = vhost;
    rules->max_message_size_ = group.max_message_size.value_or(max_message_size);
    rules->group_ = std::move(group);
    return std::shared_ptr<const Rules>{std::move(rules)};
}

bool Rules::lets_in_from(std::string_view host) const {
    if (std::ranges::any_of(hosts_, &HostRule::is_any)) {
        return true;
    }
    const auto address = IpAddress::parse(host);
    return address && std::ranges::any_of(
                          hosts_, [&](const HostRule& rule) { return rule.matches(*address); });
}

Result<std::vector<std::string>> host_names(const VhostConfig& vhost) {
    std::vector<std::string> names;
    for (const GroupConfig& group : vhost.groups) {
        WEFT_TRY(const std::vector<HostRule> hosts, hosts_of(group));
        for (const HostRule& rule : hosts) {
            if (!rule.name().empty()) {
                names.push_back(rule.name());
            }
        }
    }
    return names;
}

}  // namespace weft::policy
