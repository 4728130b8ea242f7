#include "router/linkroute/rule_tree.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace weft::linkroute {
namespace {

using router::AddressPattern;
using router::Direction;
using Grammar = AddressPattern::Grammar;

AddressPattern parsed(const std::string& text, Grammar grammar = Grammar::pattern) {
    return *AddressPattern::parse(grammar, text);
}

/// Patterns by numbers, from 1 on.
struct Tree {
    RuleTree tree;
    std::vector<RuleTree::Node> nodes{0};

    explicit Tree(const std::vector<std::string>& patterns = {}) {
        for (const std::string& pattern : patterns) {
            add(parsed(pattern));
        }
    }
    void add(const AddressPattern& pattern, Direction direction = Direction::in) {
        nodes.push_back(tree.obtain(pattern));
        tree.carry(nodes.back(), direction, static_cast<std::uint32_t>(nodes.size() - 1));
    }
    std::uint32_t in(std::string_view address) const { return tree.find(Direction::in, address); }
};

}  // namespace

TEST_SUITE_BEGIN("rule_tree");

TEST_CASE("levels end at either separator; a prefix means itself and what is below") {
    Tree tree;
    tree.add(parsed("org.apache", Grammar::prefix));
    CHECK(tree.in("org.apache") == 1);
    CHECK(tree.in("org/apache/dev") == 1);
    CHECK(tree.in("org.apache.dev.x") == 1);
    CHECK(tree.in("org.apaches") == 0);
    CHECK(tree.in("org") == 0);
    CHECK(tree.in("") == 0);
    CHECK(tree.tree.find(Direction::out, "org.apache") == 0);
}

TEST_CASE("the most specific decides: literals before * before #, level by level") {
    const Tree tree({"#", "a/#", "a/*", "a/b", "*/b/c", "a/#/z", "a/*/z"});
    CHECK(tree.in("a") == 2);
    CHECK(tree.in("a/b") == 4);
    CHECK(tree.in("a/x") == 3);
    CHECK(tree.in("a/b/c") == 2);
    CHECK(tree.in("x/b/c") == 5);
    CHECK(tree.in("a/x/z") == 7);
    CHECK(tree.in("a/x/y/z") == 6);
    CHECK(tree.in("a/z") == 3);
    CHECK(tree.in("b") == 1);
}

TEST_CASE("patterns of the same levels share a node, and each direction its number") {
    Tree tree({"a/*/#"});
    tree.add(parsed("a.*", Grammar::pattern), Direction::out);
    tree.add(parsed("a.*.#"), Direction::out);
    CHECK(tree.nodes[1] == tree.nodes[3]);
    CHECK(tree.tree.carried(tree.nodes[1], Direction::in) == 1);
    CHECK(tree.tree.carried(tree.nodes[1], Direction::out) == 3);
    CHECK(tree.tree.find(Direction::out, "a/b") == 2);
    CHECK(tree.in("a/b") == 1);
}

TEST_CASE("nodes go away with what they carry, and their places are used again") {
    Tree tree({"a/b/c", "a/b/#/c/*", "a/b"});
    CHECK(tree.tree.size() == 7);  // with the root
    tree.tree.carry(tree.nodes[2], Direction::in, 0);
    CHECK(tree.tree.size() == 4);
    tree.tree.carry(tree.nodes[1], Direction::in, 0);
    CHECK(tree.tree.size() == 3);
    CHECK(tree.in("a/b/c") == 0);
    CHECK(tree.in("a/b") == 3);
    tree.add(parsed("a/b/d"));
    CHECK(tree.in("a/b/d") == 4);
    tree.tree.carry(tree.nodes[4], Direction::in, 0);
    tree.tree.carry(tree.nodes[3], Direction::in, 0);
    CHECK(tree.tree.size() == 1);
}

TEST_CASE("finding costs the levels of the address, however many patterns there are") {
    Tree tree;
    for (int i = 0; i < 10'000; ++i) {
        tree.add(parsed("site/" + std::to_string(i) + "/orders/#"));
        tree.add(parsed("*/queue" + std::to_string(i)));
    }
    const std::uint64_t before = tree.tree.steps();
    CHECK(tree.in("site/77/orders/x/y") == 155);
    CHECK(tree.in("b/queue9999") == 20'000);
    CHECK(tree.in("site/10000/orders") == 0);
    CHECK(tree.tree.steps() - before < 20);
}

TEST_CASE("a # that is not the last ends within the first levels of an address, however long") {
    const auto levels = [](std::size_t count) {
        std::string address = "a";
        for (std::size_t i = 1; i < count; ++i) {
            address += "/a";
        }
        return address;
    };
    std::string pattern = "#";
    for (int i = 0; i < 15; ++i) {
        pattern += "/a/#";
    }
    const Tree tree({pattern + "/b", "a/#", "a/#/c"});
    CHECK(tree.in(levels(Shapes::kPlacesMax - 1) + "/b") == 2);
    CHECK(tree.in("a/b") == 2);
    CHECK(tree.in("b/" + levels(Shapes::kPlacesMax - 2) + "/b") == 1);
    CHECK(tree.in("b/" + levels(Shapes::kPlacesMax - 1) + "/b") == 0);
    CHECK(tree.in(levels(Shapes::kPlacesMax - 1) + "/c") == 3);
    CHECK(tree.in(levels(Shapes::kPlacesMax) + "/c") == 2);
    CHECK(tree.in(levels(2'000) + "/c") == 2);
    const std::uint64_t before = tree.tree.steps();
    CHECK(tree.in("b/" + levels(16'000)) == 0);
    CHECK(tree.tree.steps() - before <= std::uint64_t{2} * 31 * Shapes::kPlacesMax);
}

TEST_CASE("what most a look costs is known, and follows the patterns") {
    Tree tree;
    for (unsigned i = 0; i < 256; ++i) {  // each level a, or any
        std::string pattern;
        for (unsigned bit = 1; bit < 256; bit *= 2) {
            pattern += (i & bit) == 0 ? "a/" : "*/";
        }
        tree.add(parsed(pattern + "z"));
    }
    CHECK(tree.tree.find_cost() == 510 + 256);
    CHECK(tree.in("a/a/a/a/a/a/a/a/b") == 0);
    CHECK(tree.tree.steps() == 511);  // with the root
    for (std::size_t i = 1; i < tree.nodes.size(); ++i) {
        tree.tree.carry(tree.nodes[i], Direction::in, 0);
    }
    CHECK(tree.tree.find_cost() == 0);
    CHECK(tree.tree.size() == 1);
}

TEST_CASE("it finds something where a pattern matches, and what it finds matches") {
    std::mt19937 random{7};
    const auto text = [&random](const char* levels, std::size_t of, unsigned most) {
        std::string made;
        for (std::size_t left = 1 + random() % most; left > 0; --left) {
            made += (made.empty() ? "" : random() % 2 == 0 ? "/" : ".");
            made += levels[random() % of];
        }
        return made;
    };
    for (int round = 0; round < 300; ++round) {
        std::vector<AddressPattern> patterns;
        Tree tree;
        for (int i = 0; i < 6; ++i) {
            AddressPattern pattern = parsed(text("ab*#", 4, 4));
            if (std::ranges::none_of(patterns,
                                     [&](const auto& each) { return each.same_as(pattern); })) {
                tree.add(pattern);
                patterns.push_back(std::move(pattern));
            }
        }
        for (int i = 0; i < 20; ++i) {
            const std::string address = text("abc", 3, 5);
            const std::uint64_t before = tree.tree.steps();
            const std::uint32_t found = tree.in(address);
            CHECK(tree.tree.steps() - before <= 1 + 2 * tree.tree.find_cost());
            INFO("address ", address);
            CHECK((found != 0) == std::ranges::any_of(patterns, [&](const auto& each) {
                      return each.matches(address);
                  }));
            CHECK((found == 0 || patterns[found - 1].matches(address)));
        }
    }
}

TEST_SUITE_END();

}  // namespace weft::linkroute
