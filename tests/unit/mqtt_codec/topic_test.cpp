#include "mqtt-gateway/codec/topic.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

namespace weft::mqtt {

TEST_SUITE_BEGIN("mqtt topics");

TEST_CASE("filters have wildcards in levels of their own, '#' in the last") {
    for (const std::string_view good :
         {"a",         "/",          "//",         "+",          "#",
          "+/+",       "/+",         "+/",         "a/+/b",      "a/#",
          "/#",        "+/#",        "$SYS/#",     "a b",        "$share",
          "$shared/a", "$share/g/a", "$share/g/#", "$share/g//", "$share/g/$SYS/x"}) {
        CAPTURE(good);
        CHECK_FALSE(topic_filter_fault(good));
    }
    const std::vector<std::pair<std::string_view, std::size_t>> bad{
        {"", 0},          {"a+", 1},         {"+a", 0},          {"a/b#", 3},
        {"a/#/b", 3},     {"##", 0},         {"+#", 0},          {"a/++", 2},
        {"#/", 1},        {"$share/", 7},    {"$share/g", 8},    {"$share//a", 7},
        {"$share/g/", 9}, {"$share/+/a", 7}, {"$share/g#/a", 8}, {"$share/g/a#", 10}};
    for (const auto& [filter, at] : bad) {
        CAPTURE(filter);
        const TextFault fault = topic_filter_fault(filter);
        CHECK(fault);
        CHECK(fault.at == at);
    }
}

TEST_CASE("names have no wildcards and are not empty") {
    CHECK_FALSE(topic_name_fault("a/b"));
    CHECK_FALSE(topic_name_fault("$SYS"));
    CHECK(topic_name_fault(""));
    CHECK(topic_name_fault("a/+").at == 2);
    CHECK(topic_name_fault("#").at == 0);
}

TEST_CASE("texts are UTF-8 without U+0000") {
    CHECK_FALSE(text_fault(""));
    CHECK_FALSE(text_fault("\xef\xbb\xbf\x01#"));
    CHECK(text_fault(std::string_view{"a\0", 2}).at == 1);
    CHECK(text_fault("ab\xc0\x80").at == 2);
    CHECK(text_fault("\xed\xbf\xbf").at == 0);
    CHECK(text_fault("\xe2\x82").at == 0);
    CHECK(topic_filter_fault("a/\xff").at == 2);
}

TEST_CASE("a shared filter has a group and a filter, another only itself") {
    CHECK(split("$share/g/a/b").share == "g");
    CHECK(split("$share/g/a/b").filter == "a/b");
    CHECK(split("$share/g//").filter == "/");
    CHECK(split("a/b").filter == "a/b");
    CHECK_FALSE(split("a/b").shared());
    CHECK_FALSE(split("$share").shared());
}

TEST_SUITE_END();

}  // namespace weft::mqtt
