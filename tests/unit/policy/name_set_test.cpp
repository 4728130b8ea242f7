#include "router/policy/name_set.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

namespace weft::policy {
namespace {

NameSet names(const std::vector<std::string>& entries) {
    auto set = NameSet::of_names(entries);
    REQUIRE(set);
    return *std::move(set);
}

NameSet patterns(const std::vector<std::string>& entries) {
    auto set = NameSet::of_patterns(entries);
    REQUIRE(set);
    return *std::move(set);
}

}  // namespace

TEST_SUITE_BEGIN("NameSet");

TEST_CASE("a name is itself, one that ends with * is all that begins so, and * is everything") {
    const NameSet set = names({"simple", "play*", "work*", "workbench*", ""});
    CHECK(set.allows("simple", "ann"));
    CHECK_FALSE(set.allows("simple1", "ann"));
    CHECK_FALSE(set.allows("simpl", "ann"));
    CHECK(set.allows("play", "ann"));
    CHECK(set.allows("playground/a", "ann"));
    CHECK(set.allows("workbench", "ann"));
    CHECK(set.allows("works", "ann"));
    CHECK_FALSE(set.allows("wor", "ann"));
    CHECK_FALSE(set.allows("", "ann"));
    CHECK(names({"*"}).allows("anything", "ann"));
    CHECK_FALSE(names({"*"}).allows("", "ann"));
    CHECK_FALSE(NameSet{}.allows("a", "ann"));
    CHECK_FALSE(names({"a*b"}).allows("axb", "ann"));  // elsewhere '*' is a letter
    CHECK(names({"a*b"}).allows("a*b", "ann"));
}

TEST_CASE("${user} in a name is the user's name") {
    const NameSet set = names({"tmp-${user}", "${user}/in", "a/${user}/b", "all.${user}*"});
    CHECK(set.allows("tmp-ann", "ann"));
    CHECK_FALSE(set.allows("tmp-bob", "ann"));
    CHECK_FALSE(set.allows("tmp-annie", "ann"));
    CHECK_FALSE(set.allows("tmp-${user}", "ann"));
    CHECK_FALSE(set.allows("tmp-", ""));
    CHECK(set.allows("ann/in", "ann"));
    CHECK(set.allows("a/ann/b", "ann"));
    CHECK_FALSE(set.allows("a/ann/c", "ann"));
    CHECK(set.allows("all.ann.x", "ann"));
    CHECK_FALSE(set.allows("all.bob", "ann"));
    CHECK_FALSE(set.allows("tmp-anyone", "*"));  // a user's name has no wildcards
    CHECK_FALSE(NameSet::of_names({"${user}/${user}"}));
}

TEST_CASE("in a pattern * is one level, # any number of them, levels end at '/' or '.'") {
    const NameSet set = patterns({"addr/*/queue/*", "simple", "news/#", "*.log"});
    CHECK(set.allows("addr/something/queue/one", "ann"));
    CHECK_FALSE(set.allows("addr/queue/one", "ann"));
    CHECK(set.allows("simple", "ann"));
    CHECK_FALSE(set.allows("simple1", "ann"));
    CHECK(set.allows("news", "ann"));
    CHECK(set.allows("news.a/b", "ann"));
    CHECK(set.allows("x/log", "ann"));
    CHECK_FALSE(set.allows("x/y/log", "ann"));
    CHECK(patterns({"*"}).allows("one", "ann"));
    CHECK_FALSE(patterns({"*"}).allows("one/two", "ann"));
}

TEST_CASE("${user} is the first or the last level of a pattern, whatever its name has in it") {
    const NameSet set = patterns({"queue.${user}", "${user}/#", "work/*/${user}"});
    CHECK(set.allows("queue.ann", "ann"));
    CHECK_FALSE(set.allows("queue.user", "ann"));
    CHECK_FALSE(set.allows("queue.${user}", "ann"));
    CHECK_FALSE(set.allows("queue.annie", "ann"));
    CHECK_FALSE(set.allows("annie/x", "ann"));
    CHECK(set.allows("ann", "ann"));
    CHECK(set.allows("ann/x/y", "ann"));
    CHECK(set.allows("work/a/joe.smith", "joe.smith"));
    CHECK(set.allows("joe.smith/x", "joe.smith"));
    CHECK_FALSE(set.allows("joe/x", "joe.smith"));
    for (const char* text :
         {"abc-${user}.xyz", "a/${user}/b", "abc-${user}", "${user}x", "${user}/${user}"}) {
        CAPTURE(text);
        const auto wrong = NameSet::of_patterns({text});
        REQUIRE_FALSE(wrong);
        CHECK(wrong.error().text.find("first or its last level") != std::string::npos);
    }
    CHECK_FALSE(NameSet::of_patterns({"a//b"}));
}

TEST_CASE("many names cost as little as few: each answers for itself") {
    std::vector<std::string> entries;
    for (int i = 0; i < 2000; ++i) {
        entries.push_back("exact/" + std::to_string(i));
        entries.push_back("front/" + std::to_string(i) + "/*");
    }
    const NameSet set = names(entries);
    for (int i = 0; i < 2000; i += 17) {
        CHECK(set.allows("exact/" + std::to_string(i), "ann"));
        CHECK(set.allows("front/" + std::to_string(i) + "/x", "ann"));
        CHECK_FALSE(set.allows("front/" + std::to_string(i), "ann"));
        CHECK_FALSE(set.allows("exact/" + std::to_string(i) + "x", "ann"));
    }
}

TEST_SUITE_END();

}  // namespace weft::policy
