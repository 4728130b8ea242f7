#include "router/core/address_rules.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <random>
#include <string>
#include <vector>

namespace weft::router {
namespace {

using Grammar = AddressPattern::Grammar;

AddressPattern pattern(Grammar grammar, std::string_view text) {
    auto parsed = AddressPattern::parse(grammar, text);
    REQUIRE(parsed);
    return *parsed;
}

Result<std::uint64_t> add(AddressRules& rules,
                          Grammar grammar,
                          std::string_view text,
                          std::string name = {}) {
    return rules.add({.name = std::move(name),
                      .id = rules.all().size() + 1,
                      .pattern = pattern(grammar, text),
                      .treatment = {}});
}

std::string best(const AddressRules& rules, std::string_view address) {
    const AddressRule* found = rules.find(address);
    return found == nullptr ? "-" : found->pattern.text();
}

}  // namespace

TEST_SUITE_BEGIN("AddressPattern");

TEST_CASE("of a long address no more fronts are looked at than a rule may have") {
    std::string address;
    while (address.size() < 60'000) {
        address += "a.a/";
    }
    std::size_t fronts = 0;
    std::size_t longest = 0;
    AddressPattern::visit_fronts(address, [&](const std::string& front) {
        ++fronts;
        longest = std::max(longest, front.size());
    });
    CHECK(longest <= kRuleBytesMax + 1);
    CHECK(fronts < kRuleBytesMax);
    std::string rule(kRuleBytesMax - 2, 'b');
    AddressRules rules;
    REQUIRE(add(rules, Grammar::pattern, rule + "/*"));
    CHECK(best(rules, rule + "/" + address.substr(0, 1)) == rule + "/*");
}

TEST_CASE("each grammar matches what its description says") {
    struct Case {
        Grammar grammar;
        const char* pattern;
        const char* address;
        bool matches;
    };
    for (const Case& one : {
             Case{Grammar::prefix, "a", "a", true},
             Case{Grammar::prefix, "a", "a/b", true},
             Case{Grammar::prefix, "a", "a.b.c", true},
             Case{Grammar::prefix, "a", "ab", false},
             Case{Grammar::prefix, "a/b", "a.b.c", true},
             Case{Grammar::prefix, "a/b", "a", false},
             Case{Grammar::prefix, "/a/", "a/x", true},
             Case{Grammar::prefix, "*", "*/x", true},
             Case{Grammar::prefix, "*", "a/x", false},
             Case{Grammar::pattern, "a/*/c", "a/b/c", true},
             Case{Grammar::pattern, "a/*/c", "a.b.c", true},
             Case{Grammar::pattern, "a/*/c", "a/c", false},
             Case{Grammar::pattern, "a/*/c", "a/b/d/c", false},
             Case{Grammar::pattern, "#", "a", true},
             Case{Grammar::pattern, "#", "a/b.c", true},
             Case{Grammar::pattern, "#/c", "c", true},
             Case{Grammar::pattern, "#/c", "a/b/c", true},
             Case{Grammar::pattern, "#/c", "a/c/d", false},
             Case{Grammar::pattern, "#/c/d", "c/c/d", true},
             Case{Grammar::pattern, "a/#/c", "a/c", true},
             Case{Grammar::pattern, "a/#/c", "a/b/b/c", true},
             Case{Grammar::pattern, "a/#/c", "b/c", false},
             Case{Grammar::pattern, "a/#/b/#/c", "a/x/b/y/b/c", true},
             Case{Grammar::pattern, "#/b/*", "a/b/b", true},
             Case{Grammar::pattern, "+", "a", false},
             Case{Grammar::pattern, "+", "+", true},
             Case{Grammar::address, "telemetry/#", "telemetry", true},
             Case{Grammar::address, "telemetry/#", "telemetry/a/b", true},
             Case{Grammar::address, "telemetry/#", "telemetry.a", false},
             Case{Grammar::address, "telemetry.#", "telemetry.a", true},
             Case{Grammar::address, "telemetry.#", "telemetry/a", true},
             Case{Grammar::address, "a/+/c", "a/b/c", true},
             Case{Grammar::address, "a/*/c", "a/b.x/c", true},
             Case{Grammar::address, "orders", "orders", true},
             Case{Grammar::address, "orders", "orders/x", false},
             Case{Grammar::address, "a.b/c", "a.b/c", true},
             Case{Grammar::address, "a.b/c", "a/b/c", false},
         }) {
        CAPTURE(one.pattern);
        CAPTURE(one.address);
        CHECK(pattern(one.grammar, one.pattern).matches(one.address) == one.matches);
    }
}

TEST_CASE("a rule that can't be meant is refused with the remedy") {
    for (const char* text : {"", "a//b", "/", "..", "a..b"}) {
        CAPTURE(text);
        CHECK_FALSE(AddressPattern::parse(Grammar::pattern, text));
    }
    CHECK_FALSE(AddressPattern::parse(Grammar::pattern, std::string(kRuleBytesMax + 1, 'a')));
    const auto inner = AddressPattern::parse(Grammar::address, "a/#/b");
    REQUIRE_FALSE(inner);
    CHECK(inner.error().condition == "amqp:invalid-field");
    CHECK(inner.error().text.find("pattern") != std::string::npos);
    CHECK(AddressPattern::parse(Grammar::pattern, "a/#/b"));
}

TEST_CASE("overlap is found between any wildcards") {
    const auto overlap = [](std::string_view a, std::string_view b) {
        const bool result = pattern(Grammar::pattern, a).overlaps(pattern(Grammar::pattern, b));
        CHECK(pattern(Grammar::pattern, b).overlaps(pattern(Grammar::pattern, a)) == result);
        return result;
    };
    CHECK(overlap("a", "a"));
    CHECK_FALSE(overlap("a", "b"));
    CHECK_FALSE(overlap("a", "a/b"));
    CHECK(overlap("*", "a"));
    CHECK(overlap("#", "a/b/c"));
    CHECK(overlap("#/a", "b/#"));
    CHECK(overlap("#/a/#", "#/b/#"));
    CHECK_FALSE(overlap("#/a", "#/b"));
    CHECK_FALSE(overlap("a/#", "b/#"));
    CHECK(overlap("a/#/c", "a/c"));
}

TEST_SUITE_END();

TEST_SUITE_BEGIN("AddressRules");

TEST_CASE("the most specific rule counts, whatever the order they were added in") {
    const std::vector<std::string> texts{"#", "a/#", "a/*", "a/b", "a/*/c", "a/b/#", "*/b"};
    for (std::size_t turn = 0; turn < texts.size(); ++turn) {
        AddressRules rules;
        for (std::size_t i = 0; i < texts.size(); ++i) {
            REQUIRE(add(rules, Grammar::pattern, texts[(i + turn) % texts.size()]));
        }
        CHECK(best(rules, "a/b") == "a/b");
        CHECK(best(rules, "a/x") == "a/*");
        CHECK(best(rules, "a/b/c") == "a/b/#");
        CHECK(best(rules, "a/x/c") == "a/*/c");
        CHECK(best(rules, "a/x/y") == "a/#");
        CHECK(best(rules, "a") == "a/#");
        CHECK(best(rules, "x/b") == "*/b");
        CHECK(best(rules, "x") == "#");
    }
}

TEST_CASE("two rules for the same addresses are refused, naming both") {
    AddressRules rules;
    REQUIRE(add(rules, Grammar::prefix, "a"));
    const auto same = add(rules, Grammar::address, "a.#");
    REQUIRE_FALSE(same);
    CHECK(same.error().condition == "amqp:invalid-field");
    CHECK(same.error().text.find("\"a.#\"") != std::string::npos);
    CHECK(same.error().text.find("\"a\"") != std::string::npos);
    CHECK(rules.all().size() == 1);
}

TEST_CASE("rules that overlap and are equally specific are refused; others live side by side") {
    AddressRules rules;
    REQUIRE(add(rules, Grammar::pattern, "#/a/#"));
    CHECK_FALSE(add(rules, Grammar::pattern, "#/b/#"));
    CHECK(add(rules, Grammar::pattern, "#/orders"));
    CHECK(add(rules, Grammar::pattern, "#/stock"));
    CHECK(add(rules, Grammar::pattern, "x/*"));
    CHECK(add(rules, Grammar::pattern, "*/x"));
}

TEST_CASE("names are unique; unnamed rules may be many") {
    AddressRules rules;
    REQUIRE(add(rules, Grammar::address, "a", "first"));
    CHECK_FALSE(add(rules, Grammar::address, "b", "first"));
    CHECK(add(rules, Grammar::address, "b"));
    CHECK(add(rules, Grammar::address, "c"));
}

TEST_CASE("a removed rule counts no more") {
    AddressRules rules;
    REQUIRE(add(rules, Grammar::address, "a/#"));
    REQUIRE(add(rules, Grammar::address, "a/b"));
    CHECK(rules.remove(2));
    CHECK_FALSE(rules.remove(2));
    CHECK(best(rules, "a/b") == "a/#");
}

TEST_CASE("an address without wildcards means one address, in the grammar that has one separator") {
    const auto exact = [](Grammar grammar, const char* text) {
        return AddressPattern::parse(grammar, text)->is_exact();
    };
    CHECK(exact(Grammar::address, "a/b"));
    CHECK(exact(Grammar::address, "a.b"));
    CHECK_FALSE(exact(Grammar::address, "a/+"));
    CHECK_FALSE(exact(Grammar::address, "a/#"));
    CHECK_FALSE(exact(Grammar::prefix, "a"));
    CHECK_FALSE(exact(Grammar::pattern, "a.b"));  // and a/b
}

TEST_CASE("some rule's messages are kept as long as one says so") {
    AddressRules rules;
    const auto storage = std::make_shared<Storage>(Storage{.brokers = {"b1"}});
    const auto add = [&](const char* text) {
        return *rules.add(
            {.name = {},
             .pattern = *AddressPattern::parse(AddressPattern::Grammar::address, text),
             .treatment = {},
             .storage = storage});
    };
    CHECK_FALSE(rules.have_storage());
    const auto first = add("a");
    const auto second = add("b");
    CHECK(rules.find("a")->storage == storage);
    rules.change(first, {}, storage);
    rules.remove(second);
    CHECK(rules.have_storage());
    rules.change(first, {});
    CHECK_FALSE(rules.have_storage());
    CHECK_FALSE(rules.find("a")->storage);
    CHECK(storage->has("b1"));
    CHECK_FALSE(storage->has("b2"));
}

TEST_CASE("without a rule that matches there is none") {
    AddressRules rules;
    REQUIRE(add(rules, Grammar::prefix, "a"));
    CHECK(rules.find("b") == nullptr);
    CHECK(rules.find("") == nullptr);
}

TEST_CASE("the rule of an address is found as a search through all of them would") {
    // Levels from few letters, so that patterns of all grammars overlap in all ways.
    std::mt19937 random{7};
    const auto pick = [&](auto... choices) {
        const std::array all{std::string_view{choices}...};
        return std::string(all[random() % all.size()]);
    };
    for (int round = 0; round < 300; ++round) {
        AddressRules rules;
        for (int i = 0; i < 12; ++i) {
            const auto grammar = static_cast<Grammar>(random() % 3);
            std::string text = pick("a", "b", "a.b", "*", "#");
            for (std::size_t levels = random() % 3; levels > 0; --levels) {
                text += pick("/", ".") + pick("a", "b", "*", "#", "c");
            }
            if (auto parsed = AddressPattern::parse(grammar, text)) {
                static_cast<void>(rules.add({.name = {},
                                             .id = rules.all().size() + 1,
                                             .pattern = *parsed,
                                             .treatment = {}}));
            }
        }
        for (int i = 0; i < 40; ++i) {
            std::string address = pick("a", "b", "a.b", "/a", "");
            for (std::size_t levels = random() % 3; levels > 0; --levels) {
                address += pick("/", ".") + pick("a", "b", "c", "");
            }
            CAPTURE(address);
            const auto expected = std::ranges::find_if(rules.all(), [&](const AddressRule* rule) {
                return rule->pattern.matches(address);
            });
            const AddressRule* found = rules.find(address);
            REQUIRE((found == nullptr) == (expected == rules.all().end()));
            CHECK((found == nullptr || found->pattern.compare((*expected)->pattern) == 0));
        }
    }
}

TEST_SUITE_END();

}  // namespace weft::router
