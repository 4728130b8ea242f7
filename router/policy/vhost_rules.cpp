#include "router/policy/vhost_rules.hpp"

#include "common/base/conditions.hpp"
#include "router/policy/words.hpp"

#include <algorithm>
#include <initializer_list>
#include <unordered_set>
#include <utility>

namespace weft::policy {
namespace {

Result<void> check_size(std::size_t entries, std::string_view of) {
    if (entries > kEntriesMax) {
        return fail(kInvalidField, std::string{of} + " has " + std::to_string(entries) +
                                       " entries; at most " + std::to_string(kEntriesMax) +
                                       " are allowed");
    }
    return {};
}

Result<void> check_aliases(const VhostConfig& config) {
    if (auto sized = check_size(config.aliases.size(), "\"aliases\""); !sized) {
        return sized;
    }
    std::unordered_set<std::string_view> seen;
    for (const std::string& alias : config.aliases) {
        if (alias == config.hostname) {
            return fail(kInvalidField, "the alias " + quoted(alias) + " is the vhost's own name");
        }
        if (!seen.insert(alias).second) {
            return fail(kInvalidField, "the alias " + quoted(alias) + " is given twice");
        }
    }
    return {};
}

}  // namespace

Result<VhostRules> VhostRules::compile(VhostConfig config,
                                       std::uint64_t max_message_size,
                                       const HostAddresses& addresses) {
    const auto in_vhost = [&](const Error& error) {
        return fail(error.condition, "vhost " + quoted(config.hostname) + ": " + error.text);
    };
    VhostRules rules;
    if (const auto checked = check_aliases(config); !checked) {
        return in_vhost(checked.error());
    }
    const std::uint64_t size = config.max_message_size.value_or(max_message_size);
    for (const GroupConfig& group : config.groups) {
        rules.config_.hostname = config.hostname;
        if (const auto added = rules.add(group, size, addresses); !added) {
            return in_vhost({added.error().condition,
                             "group " + quoted(group.name) + ": " + added.error().text});
        }
    }
    if (config.allow_unknown_user && !rules.groups_.contains(kDefaultGroup)) {
        return in_vhost({kInvalidField,
                         "\"allowUnknownUser\" is true, and there is no group \"$default\" with "
                         "the rules for those users: add it"});
    }
    rules.config_ = std::move(config);
    return rules;
}

Result<void> VhostRules::add(const GroupConfig& group,
                             std::uint64_t max_message_size,
                             const HostAddresses& addresses) {
    for (const std::size_t entries :
         {group.users.size(), group.remote_hosts.size(), group.sources.size(), group.targets.size(),
          group.source_patterns.size(), group.target_patterns.size()}) {
        if (auto sized = check_size(entries, "a list"); !sized) {
            return sized;
        }
    }
    WEFT_TRY(std::shared_ptr<const Rules> rules,
             Rules::compile(config_.hostname, group, max_message_size, addresses));
    for (const std::string& user : group.users) {
        if (user.empty()) {
            continue;
        }
        const auto [at, is_new] = users_.try_emplace(user, rules);
        if (!is_new && at->second != rules) {
            return fail(kInvalidField, "the user " + quoted(user) + " is in the group " +
                                           quoted(at->second->group().name) +
                                           ", too; a user is in one group");
        }
    }
    groups_[group.name] = std::move(rules);
    return {};
}

std::shared_ptr<const Rules> VhostRules::of_user(std::string_view user) const {
    for (const std::string_view name : {user, std::string_view{"*"}}) {
        if (const auto known = users_.find(name); known != users_.end()) {
            return known->second;
        }
    }
    return config_.allow_unknown_user ? of_group(kDefaultGroup) : nullptr;
}

std::shared_ptr<const Rules> VhostRules::of_group(std::string_view name) const {
    const auto known = groups_.find(name);
    return known == groups_.end() ? nullptr : known->second;
}

}  // namespace weft::policy
