#include "router/config/forward_checks.hpp"

#include "common/daemon/connection_sections.hpp"
#include "router/config/rule_entities.hpp"
#include "router/core/address.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace weft::router_config {
namespace {

using config::Entity;
using config::Faults;
using config::Node;

constexpr std::string_view kTo = "to";

/// A member that is a number.
struct Amount {
    std::string_view name;
    double least;
    double most;
    std::string_view range;
    bool whole = false;
};
constexpr std::array kAmounts{
    Amount{"messagesPerSecond", 0, 1'000'000, "a number from 0 (any number) to 1000000"},
    Amount{"window", 1, 10'000, "a whole number from 1 to 10000", true},
    Amount{"delaySeconds", 0.01, 86'400, "a number from 0.01 to 86400"},
    Amount{"maxDelaySeconds", 0.01, 86'400, "a number from 0.01 to 86400"}};

/// NaN: it is none.
double number_of(const Node& node) {
    if (const auto* whole = std::get_if<std::int64_t>(&node.value)) {
        return static_cast<double>(*whole);
    }
    const auto* number = std::get_if<double>(&node.value);
    return number == nullptr ? std::nan("") : *number;
}

void check_amount(const Entity& entity, const Amount& amount, const Node& node, Faults& faults) {
    const double number = number_of(node);
    if (!(number >= amount.least) || number > amount.most ||
        (amount.whole && number != std::floor(number))) {
        key_error(entity, kForward,
                  config::quote(amount.name) + " must be " + std::string(amount.range) + ", not " +
                      config::describe(node),
                  faults);
    }
}

double delay_of(const config::Object& rule, std::string_view name, double otherwise) {
    const Node* const node = config::find_member(rule, name);
    return node == nullptr ? otherwise : number_of(*node);
}

/// Nothing: it says none.
std::optional<std::string> goal_of(const Entity& entity) {
    const config::Object rule = entity.map(kForward);
    const Node* const to = config::find_member(rule, kTo);
    const std::string* const text = to == nullptr ? nullptr : to->text();
    return text == nullptr || text->empty()
               ? std::nullopt
               : std::optional{std::string(router::parse_address(*text, {}).name())};
}

void check_goal(const Entity& entity, const router::AddressPattern& pattern, Faults& faults) {
    const auto to = goal_of(entity);
    if (!to) {
        key_error(entity, kForward, "needs \"to\": the address that messages go on to", faults);
    } else if (to->find_first_of("+*#") != std::string::npos) {
        key_error(entity, kForward,
                  "\"to\" must be one address, and " + config::quote(*to) + " is a pattern",
                  faults);
    } else if (to->size() > router::kRuleBytesMax) {
        key_error(entity, kForward,
                  "\"to\" must have at most " + std::to_string(router::kRuleBytesMax) + " bytes",
                  faults);
    } else if (pattern.matches(*to)) {
        key_error(entity, kForward,
                  config::quote(*to) + " would be forwarded to itself: name an address that " +
                      config::quote(pattern.text()) + " does not mean",
                  faults);
    }
}

}  // namespace

void check_forward(const Entity& entity, const router::AddressPattern& pattern, Faults& faults) {
    if (entity.given(kForward) == nullptr) {
        return;
    }
    if (entity.text("type") == "topic") {
        key_error(entity, kForward,
                  "needs the type \"queue\": a topic keeps no messages of its own", faults);
        return;
    }
    const config::Object rule = entity.map(kForward);
    for (const config::Member& member : rule) {
        const auto* const amount = std::ranges::find(kAmounts, member.name, &Amount::name);
        if (amount != kAmounts.end()) {
            check_amount(entity, *amount, member.node, faults);
        } else if (member.name != kTo) {
            key_error(entity, kForward,
                      config::quote(member.name) +
                          " is none of \"to\", \"messagesPerSecond\", \"window\", "
                          "\"delaySeconds\" and \"maxDelaySeconds\"",
                      faults);
        }
    }
    if (delay_of(rule, "maxDelaySeconds", 30) < delay_of(rule, "delaySeconds", 0.1)) {
        key_error(entity, kForward,
                  "\"maxDelaySeconds\" (by default 30) is less than \"delaySeconds\" (0.1)",
                  faults);
    }
    check_goal(entity, pattern, faults);
}

/// Told once, where the circle closes.
void check_forward_circles(const config::Document& document, Faults& faults) {
    const std::vector<const Entity*> addresses = document.all("addresses");
    if (std::ranges::none_of(
            addresses, [](const Entity* address) { return address->given(kForward) != nullptr; })) {
        return;
    }
    const RuleEntities rules{addresses};
    std::set<const Entity*> judged;
    for (const Entity* const first : addresses) {
        std::string way;
        std::set<const Entity*> passed;
        for (const Entity* at = first; at != nullptr && at->given(kForward) != nullptr;) {
            const auto to = goal_of(*at);
            if (!to || judged.contains(at)) {
                break;
            }
            passed.insert(at);
            way += (way.empty() ? "" : ", ") + config::quote(*to);
            const Entity* const next = rules.find(*to);
            if (next != at && next != nullptr && passed.contains(next)) {
                faults.error(at->place(), at->pointer(),
                             "messages would be forwarded in a circle, to " + way + ", which is " +
                                 daemon::where(*next, faults) + " again: end it somewhere");
                break;
            }
            at = next == at ? nullptr : next;
        }
        judged.merge(passed);
    }
}

}  // namespace weft::router_config
