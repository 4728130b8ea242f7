#include "router/config/sections.hpp"
#include "router/config/storage_setting.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

namespace weft::router_config {

namespace {

using config::Entity;
using config::Faults;
using Grammar = router::AddressPattern::Grammar;

struct RuleKey {
    std::string_view key;
    Grammar grammar;
};

constexpr std::array kRuleKeys{RuleKey{"address", Grammar::address},
                               RuleKey{"prefix", Grammar::prefix},
                               RuleKey{"pattern", Grammar::pattern}};

/// First levels that name routers, not addresses of users.
constexpr std::array<std::string_view, 3> kStructural{"_local", "_topo", "_edge"};

/// Those of the keys that the entity's section has.
std::vector<RuleKey> possible_rules(const Entity& entity) {
    std::vector<RuleKey> possible;
    std::ranges::copy_if(kRuleKeys, std::back_inserter(possible), [&entity](const RuleKey& rule) {
        return std::ranges::find(entity.section().keys, rule.key, &config::Key::name) !=
               entity.section().keys.end();
    });
    return possible;
}

std::vector<RuleKey> given_rules(const Entity& entity) {
    std::vector<RuleKey> given = possible_rules(entity);
    std::erase_if(given,
                  [&entity](const RuleKey& rule) { return entity.given(rule.key) == nullptr; });
    return given;
}

/// "\"address\", \"prefix\" and \"pattern\""
std::string names_of_rules(const Entity& entity) {
    const std::vector<RuleKey> possible = possible_rules(entity);
    std::string names;
    for (const RuleKey& rule : possible) {
        const bool last = &rule == &possible.back();
        names += (names.empty() ? "" : last ? " and " : ", ") + config::quote(rule.key);
    }
    return names;
}

/// Calls `visit` with each level of a rule.
template <class Visit>
void visit_levels(Grammar grammar, std::string_view text, Visit visit) {
    const bool slashes = grammar == Grammar::address && text.find('/') != std::string_view::npos;
    const std::string_view separators = slashes ? "/" : "/.";
    for (bool more = true; more;) {
        const std::size_t end = text.find_first_of(separators);
        more = end != std::string_view::npos;
        visit(text.substr(0, end));
        text.remove_prefix(more ? end + 1 : text.size());
    }
}

/// Wildcards that stand where they are none.
void check_wildcards(const Entity& entity, const RuleKey& rule, Faults& faults) {
    const std::string_view wild = rule.grammar == Grammar::address ? "+*#" : "*#";
    const std::string text = entity.text(rule.key);
    visit_levels(rule.grammar, text, [&](std::string_view level) {
        if (level.find_first_of(wild) == std::string_view::npos) {
            return;
        }
        const std::string shown = config::quote(level);
        if (rule.grammar == Grammar::prefix) {
            key_error(entity, rule.key, shown + " is a wildcard; use \"pattern\"", faults);
        } else if (level.size() > 1 && rule.grammar == Grammar::address) {
            key_error(entity, rule.key, shown + ": a wildcard must be a whole level", faults);
        } else if (level.size() > 1) {
            key_warning(entity, rule.key,
                        shown + " is taken literally: a wildcard is a whole level", faults);
        }
    });
}

bool names_router(std::string_view text) {
    const std::string_view first = text.substr(0, text.find('/'));
    return std::ranges::find(kStructural, first) != kStructural.end();
}

bool names_brokers(std::string_view text) {
    text.remove_prefix(std::min(text.find_first_not_of("/."), text.size()));
    return text.substr(0, text.find_first_of("/.")) == "$broker";
}

void check_rule(const Entity& entity, const RuleKey& rule, Faults& faults) {
    const std::string text = entity.text(rule.key);
    const auto parsed = router::AddressPattern::parse(rule.grammar, text);
    if (!parsed) {
        key_error(entity, rule.key, parsed.error().text, faults);
        return;
    }
    check_wildcards(entity, rule, faults);
    if (names_router(text)) {
        key_error(entity, rule.key, "_local, _topo and _edge name routers and can't be configured",
                  faults);
    }
    check_not_brokers(entity, rule.key, faults);
}

router::Distribution read_distribution(const Entity& entity, Faults& faults) {
    const std::string type = entity.text("type");
    const std::string distribution = entity.text("distribution");
    if (entity.given("distribution") == nullptr) {
        return distribution_of(type == "multicast" ? type : distribution);
    }
    if (!type.empty() && (type == "multicast") != (distribution == "multicast")) {
        key_error(entity, "distribution",
                  config::quote(distribution) + " contradicts the type " + config::quote(type) +
                      "; leave one of them out",
                  faults);
    }
    return distribution_of(distribution);
}

std::uint8_t read_phase(const Entity& entity, std::string_view key, std::uint8_t fallback) {
    return entity.given(key) != nullptr ? static_cast<std::uint8_t>(entity.integer(key)) : fallback;
}

router::Treatment read_treatment(const Entity& entity, Faults& faults) {
    router::Treatment treatment;
    treatment.distribution = read_distribution(entity, faults);
    if (entity.text("slowConsumer") == "drop") {
        treatment.slow_consumer = router::SlowConsumer::drop;
        if (treatment.distribution != router::Distribution::multicast) {
            key_error(entity, "slowConsumer", "must be \"block\" unless the address is multicast",
                      faults);
        }
    }
    if (entity.given("priority") != nullptr) {
        treatment.priority = static_cast<std::int8_t>(entity.integer("priority"));
    }
    treatment.ingress_phase = read_phase(entity, "ingressPhase", 0);
    const bool through_broker = entity.boolean("waypoint") || is_stored(entity.text("type"));
    treatment.egress_phase = read_phase(entity, "egressPhase", through_broker ? 1 : 0);
    treatment.fallback = entity.boolean("enableFallback");
    if (treatment.fallback && (treatment.ingress_phase > 0 || treatment.egress_phase > 0)) {
        key_error(entity, "enableFallback",
                  "can't be with \"waypoint\" or phases other than 0: what the waypoint brings has "
                  "no fallback",
                  faults);
    }
    return treatment;
}

}  // namespace

void check_not_brokers(const Entity& entity, std::string_view key, Faults& faults) {
    if (names_brokers(entity.text(key))) {
        key_error(entity, key,
                  "$broker leads to the brokers of \"addresses\" and can't be configured", faults);
    }
}

void check_rules(const Entity& entity, Faults& faults) {
    const std::vector<RuleKey> given = given_rules(entity);
    if (given.size() != 1) {
        faults.error(
            entity.place(), entity.pointer(),
            (given.empty() ? "needs one of " : "must have only one of ") + names_of_rules(entity));
    }
    for (const RuleKey& rule : given) {
        check_rule(entity, rule, faults);
    }
}

std::optional<router::AddressPattern> address_pattern(const Entity& entity) {
    const std::vector<RuleKey> given = given_rules(entity);
    if (given.size() != 1) {
        return std::nullopt;
    }
    auto parsed =
        router::AddressPattern::parse(given.front().grammar, entity.text(given.front().key));
    return parsed ? std::optional{*std::move(parsed)} : std::nullopt;
}

std::optional<AddressConfig> read_address(const Entity& entity, Faults& faults) {
    check_rules(entity, faults);
    const router::Treatment treatment = read_treatment(entity, faults);
    auto pattern = address_pattern(entity);
    if (!pattern) {
        return std::nullopt;
    }
    auto storage = read_storage(entity, *pattern, treatment, faults);
    return AddressConfig{.name = entity.text("name"),
                         .pattern = *std::move(pattern),
                         .treatment = treatment,
                         .mesh_wide = entity.text("scope") == "mesh",
                         .storage = std::move(storage)};
}

}  // namespace weft::router_config
