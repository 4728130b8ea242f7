#include "router/node/entity_rules.hpp"

#include "common/base/assert.hpp"
#include "common/mgmt/status.hpp"
#include "router/node/entity_rows.hpp"
#include "router/node/entity_settings.hpp"
#include "router/node/router.hpp"

#include <algorithm>

namespace weft::router {
namespace {

using mgmt::Attributes;
using mgmt::Row;

std::string_view name_of(AddressPattern::Grammar grammar) {
    switch (grammar) {
        case AddressPattern::Grammar::prefix:
            return "prefix";
        case AddressPattern::Grammar::pattern:
            return "pattern";
        case AddressPattern::Grammar::address:
            return "address";
    }
    return {};
}

Row rule_row(const AddressRule& rule) {
    const Treatment& treatment = rule.treatment;
    const bool drops = treatment.slow_consumer == SlowConsumer::drop;
    return {.identity = std::to_string(rule.id),
            .name = rule.name,
            .attributes = {{name_of(rule.pattern.grammar()), rule.pattern.text()},
                           {"distribution", router::name_of(treatment.distribution)},
                           {"waypoint", false},
                           {"ingressPhase", std::int64_t{0}},
                           {"egressPhase", std::int64_t{0}},
                           {"priority", std::int64_t{treatment.priority}},
                           {"enableFallback", false},
                           {"slowConsumer", drops ? "drop" : "block"}}};
}

}  // namespace

std::size_t AddressRuleSource::size() const {
    return router_.core().rules().all().size();
}

void AddressRuleSource::read(std::size_t offset, std::size_t count, const Visit& visit) const {
    show_page(router_.core().rules().all(), offset, count, visit, rule_row);
}

Result<Row> AddressRuleSource::create(std::string_view name, Attributes attributes) {
    WEFT_TRY(const RouterConfig config,
             read_settings(router_.config(), type_, "addresses", name, attributes));
    const AddressConfig& address = config.addresses.front();
    WEFT_TRY(const std::uint64_t id, router_.add_rule({.name = address.name,
                                                       .pattern = address.pattern,
                                                       .treatment = address.treatment}));
    const AddressRule* made = rule(id);
    WEFT_CHECK(made != nullptr);
    return rule_row(*made);
}

Result<void> AddressRuleSource::remove(const std::string& identity) {
    const AddressRule* known = rule(number_of(identity));
    if (known == nullptr) {
        return fail(mgmt::kNotFound, "The configured address is gone");
    }
    if (!known->removable) {
        return fail(mgmt::kForbidden,
                    "'" + known->pattern.text() +
                        "' stands in the configuration file: take it out there and restart");
    }
    router_.remove_rule(known->id);
    return {};
}

const AddressRule* AddressRuleSource::rule(std::uint64_t id) const {
    const auto& all = router_.core().rules().all();
    const auto found = std::ranges::find(all, id, &AddressRule::id);
    return found == all.end() ? nullptr : &*found;
}

}  // namespace weft::router
