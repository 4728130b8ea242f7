#include "router/policy/vhosts.hpp"

#include "common/base/assert.hpp"
#include "common/base/conditions.hpp"
#include "common/keys/key.hpp"
#include "router/policy/words.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace weft::policy {
namespace {

bool is_pattern(std::string_view name) {
    return name.find_first_of("*#") != std::string_view::npos;
}

std::vector<std::string> names_of(const VhostRules& vhost) {
    std::vector<std::string> names{vhost.config().hostname};
    names.insert(names.end(), vhost.config().aliases.begin(), vhost.config().aliases.end());
    return names;
}

/// "#.#.a" is "#.a".
Result<std::string> normal_pattern(std::string name) {
    std::ranges::replace(name, '/', '.');
    return keys::normal_key(keys::MatchMethod::amqp, name);
}

}  // namespace

Result<void> Vhosts::put(VhostRules vhost) {
    const auto known = all_.find(vhost.config().hostname);
    const std::shared_ptr<const VhostRules> before = known == all_.end() ? nullptr : known->second;
    if (before != nullptr) {
        leave(*before);
    }
    if (auto entered = enter(vhost); !entered) {
        if (before != nullptr) {
            WEFT_CHECK(enter(*before));  // it was there
        }
        return entered;
    }
    std::string name = vhost.config().hostname;
    all_.insert_or_assign(std::move(name), std::make_shared<const VhostRules>(std::move(vhost)));
    return {};
}

bool Vhosts::remove(std::string_view hostname) {
    const auto known = all_.find(hostname);
    if (known == all_.end()) {
        return false;
    }
    leave(*known->second);
    all_.erase(known);
    return true;
}

Result<void> Vhosts::enter(const VhostRules& vhost) {
    for (const std::string& name : names_of(vhost)) {
        if (auto entered = enter(name, vhost.config().hostname); !entered) {
            leave(vhost);
            return entered;
        }
    }
    return {};
}

Result<void> Vhosts::enter(const std::string& name, const std::string& vhost) {
    std::string normal = name;
    const bool wild = name_patterns_ && is_pattern(name);
    if (wild) {
        WEFT_TRY(normal, normal_pattern(name));
    }
    const auto taken = names_.find(normal);
    if (taken != names_.end()) {  // V1, V2
        const std::string what =
            wild ? "the optimized pattern conflicts with that of" : "the name is one of";
        return fail(kPreconditionFailed, "vhost " + quoted(vhost) + ": " + quoted(name) + ": " +
                                             what + " vhost " + quoted(taken->second.vhost) +
                                             "; keep one of them");
    }
    std::uint64_t rule = 0;
    if (wild) {
        WEFT_TRY(auto pattern,
                 router::AddressPattern::parse(router::AddressPattern::Grammar::pattern, normal));
        WEFT_TRY(rule, patterns_.add({.name = {}, .pattern = std::move(pattern), .treatment = {}}));
        by_rule_.emplace(rule, vhost);
    }
    names_.emplace(std::move(normal), Name{vhost, rule});
    return {};
}

/// What of it has entered.
void Vhosts::leave(const VhostRules& vhost) {
    for (const std::string& name : names_of(vhost)) {
        std::string normal = name;
        if (name_patterns_ && is_pattern(name)) {
            normal = normal_pattern(name).value_or(name);
        }
        const auto known = names_.find(normal);
        if (known == names_.end() || known->second.vhost != vhost.config().hostname) {
            continue;
        }
        if (known->second.rule != 0) {
            patterns_.remove(known->second.rule);
            by_rule_.erase(known->second.rule);
        }
        names_.erase(known);
    }
}

std::shared_ptr<const VhostRules> Vhosts::named(std::string_view hostname) const {
    const auto known = all_.find(hostname);
    return known == all_.end() ? nullptr : known->second;
}

std::shared_ptr<const VhostRules> Vhosts::meant_by(std::string_view host) const {
    if (const auto known = names_.find(host); known != names_.end() && known->second.rule == 0) {
        return named(known->second.vhost);
    }
    const router::AddressRule* const rule =
        by_rule_.empty() || host.empty() ? nullptr : patterns_.find(host);
    return rule == nullptr ? nullptr : named(by_rule_.at(rule->id));
}

}  // namespace weft::policy
