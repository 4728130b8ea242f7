#include "common/keys/key_tree.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <deque>
#include <string>
#include <vector>

namespace weft::keys {
namespace {

struct Binding {
    std::string key;
};

/// Keys in a tree, each with a binding of its own.
struct Keys {
    explicit Keys(MatchMethod method, const std::vector<std::string>& keys = {}) : tree{method} {
        for (const std::string& key : keys) {
            add(key);
        }
    }
    Binding& add(const std::string& key) {
        const auto normal = normal_key(tree.method(), key);
        REQUIRE(normal);
        Binding& binding = bindings.emplace_back();
        binding.key = *normal;
        tree.add(binding.key, binding);
        return binding;
    }
    /// The keys that match, sorted.
    std::vector<std::string> match(std::string_view subject, First first = First::anything) const {
        std::vector<Binding*> found;
        tree.match(subject, found, first);
        std::vector<std::string> keys;
        keys.reserve(found.size());
        for (const Binding* binding : found) {
            keys.push_back(binding->key);
        }
        std::ranges::sort(keys);
        return keys;
    }
    std::uint64_t cost(std::string_view subject) const {
        const std::uint64_t before = tree.steps();
        match(subject);
        return tree.steps() - before;
    }

    KeyTree<Binding> tree;
    std::deque<Binding> bindings;
};

using Found = std::vector<std::string>;

std::string repeated(std::string_view word, std::size_t times) {
    std::string text;
    for (std::size_t i = 0; i < times; ++i) {
        text.append(i == 0 ? "" : ".").append(word);
    }
    return text;
}

}  // namespace

TEST_SUITE_BEGIN("KeyTree");

TEST_CASE("amqp: '*' is one word, '#' any number of them") {
    const Keys keys{MatchMethod::amqp, {"a.b", "a.*", "a.#", "#.b", "*", "a.#.c", "#"}};
    CHECK(keys.match("a.b") == Found{"#", "#.b", "a.#", "a.*", "a.b"});
    CHECK(keys.match("a") == Found{"#", "*", "a.#"});
    CHECK(keys.match("b") == Found{"#", "#.b", "*"});
    CHECK(keys.match("a.c") == Found{"#", "a.#", "a.#.c", "a.*"});
    CHECK(keys.match("a.x.y.c") == Found{"#", "a.#", "a.#.c"});
    CHECK(keys.match("x.y.b") == Found{"#", "#.b"});
    CHECK(keys.match("") == Found{"#"});
    CHECK(keys.match("a.") == Found{"#", "a.#", "a.*"});
    CHECK(keys.match("a/b") == Found{"#", "*"});
}

TEST_CASE("mqtt: '+' is one level, '#' at the end any number of them") {
    const Keys keys{MatchMethod::mqtt, {"a/b", "a/+", "c/#", "+/b", "a/*", "#", "+"}};
    CHECK(keys.match("a/b") == Found{"#", "+/b", "a/+", "a/b"});
    CHECK(keys.match("c") == Found{"#", "+", "c/#"});
    CHECK(keys.match("c/d/e") == Found{"#", "c/#"});
    CHECK(keys.match("a/*") == Found{"#", "a/*", "a/+"});
    CHECK(keys.match("a/") == Found{"#", "a/+"});
    CHECK(keys.match("a.b") == Found{"#", "+"});
}

TEST_CASE("keys that mean the same are equal, and those that mean nothing are refused") {
    CHECK(normal_key(MatchMethod::amqp, "#.*.#").value() == "*.#");
    CHECK(normal_key(MatchMethod::amqp, "#.#.a.#.*.*").value() == "#.a.*.*.#");
    CHECK(normal_key(MatchMethod::amqp, ".a").value() == ".a");
    CHECK(normal_key(MatchMethod::amqp, "a*.b#").value() == "a*.b#");
    CHECK(normal_key(MatchMethod::amqp, "").value() == "#");
    CHECK(normal_key(MatchMethod::mqtt, "").value() == "#");
    CHECK(normal_key(MatchMethod::mqtt, "a/?/#").value() == "a/?/#");
    for (const char* wrong : {"x/#/z", "a+/b", "a/b#"}) {
        CHECK_FALSE(normal_key(MatchMethod::mqtt, wrong));
    }
    CHECK(normal_key(MatchMethod::amqp, repeated("a", kKeyWordsMax)));
    CHECK_FALSE(normal_key(MatchMethod::amqp, repeated("a", kKeyWordsMax + 1)));
    CHECK(normal_key(MatchMethod::amqp, std::string(kKeyBytesMax, 'a')));
    CHECK_FALSE(normal_key(MatchMethod::amqp, std::string(kKeyBytesMax + 1, 'a')));
}

TEST_CASE("a walk costs the words of the subject, not the number of keys") {
    Keys keys{MatchMethod::amqp, {"*.b.*", "a.#"}};
    const std::uint64_t few = keys.cost("a.b.c");
    for (int i = 0; i < 10'000; ++i) {
        keys.add("a.k" + std::to_string(i) + ".c");
    }
    CHECK(keys.cost("a.b.c") == few);
}

TEST_CASE("many '#' cost no more than the nodes that they lead to") {
    Keys keys{MatchMethod::amqp, {repeated("#.a", 32)}};
    CHECK(keys.match(repeated("a", 32)).size() == 1);
    CHECK(keys.match(repeated("a", 31)).empty());
    const std::string subject = repeated("a", kSubjectWordsMax - 1) + ".b";
    CHECK(keys.cost(subject) <= kSubjectWordsMax * 3 * keys.tree.size());
    CHECK(keys.match(subject).empty());
}

TEST_CASE("a subject of too many words is matched by '#' alone") {
    const Keys keys{MatchMethod::amqp, {"#", "#.a", "a.#"}};
    CHECK(keys.match(repeated("a", kSubjectWordsMax)) == Found{"#", "#.a", "a.#"});
    CHECK(keys.match(repeated("a", kSubjectWordsMax + 1)) == Found{"#"});
    CHECK(keys.cost(repeated("a", 30'000)) < 5);
}

TEST_CASE("wildcards for the first word are left out where they are asked to be") {
    const Keys keys{MatchMethod::mqtt, {"#", "+", "+/b", "$a", "$a/#", "$a/+"}};
    CHECK(keys.match("$a", First::itself) == Found{"$a", "$a/#"});
    CHECK(keys.match("$a/b", First::itself) == Found{"$a/#", "$a/+"});
    CHECK(keys.match("$a/b").size() == 4);
    CHECK(keys.match("", First::itself).empty());
    const Keys words{MatchMethod::amqp, {"#", "#.b", "$a.#.b"}};
    CHECK(words.match("$a.x.b", First::itself) == Found{"$a.#.b"});
    std::string longest = "$a";
    for (std::size_t i = 0; i < kSubjectWordsMax; ++i) {
        longest += ".x";
    }
    CHECK(words.match(longest, First::itself).empty());
}

TEST_CASE("what is removed leaves nothing behind") {
    for (const MatchMethod method : {MatchMethod::amqp, MatchMethod::mqtt}) {
        Keys keys{method};
        const bool amqp = method == MatchMethod::amqp;
        for (const char* key : {"a.b.c", "a.*", "a.#", "a", "#", "a.b.c"}) {
            std::string text{key};
            std::ranges::replace(text, '.', amqp ? '.' : '/');
            std::ranges::replace(text, '*', amqp ? '*' : '+');
            keys.add(text);
        }
        CHECK(keys.tree.find(keys.bindings[0].key)->size() == 2);
        CHECK(keys.tree.find("z") == nullptr);
        for (Binding& binding : keys.bindings) {
            keys.tree.remove(binding.key, binding);
        }
        CHECK(keys.tree.size() == 0);
        CHECK(keys.match("a").empty());
    }
}

TEST_SUITE_END();

}  // namespace weft::keys
