#include "broker/topic/filter.hpp"

#include <doctest/doctest.h>

#include <initializer_list>
#include <string>

namespace weft::topic {
namespace {

struct Reading {
    const char* text;
    const char* normal;
    Levels levels;
};

}  // namespace

TEST_SUITE_BEGIN("Filter");

TEST_CASE("a filter is written with '/' or with '.', or has one level") {
    for (const auto& [text, normal, levels] : std::initializer_list<Reading>{
             {"prices", "prices", Levels::one},
             {"#", "#", Levels::one},
             {"+", "+", Levels::one},
             {"*", "*", Levels::dots},
             {"a/b", "a/b", Levels::slashes},
             {"a/+/c/#", "a/+/c/#", Levels::slashes},
             {"/a/", "/a/", Levels::slashes},
             {"a.b/c.d", "a.b/c.d", Levels::slashes},
             {"a/*", "a/*", Levels::slashes},
             {"a.b", "a.b", Levels::dots},
             {"a.*.#", "a.*.#", Levels::dots},
             {"#.*.b", "*.#.b", Levels::dots},
             {"a.+", "a.+", Levels::dots},
         }) {
        CAPTURE(text);
        const auto filter = read_filter(text);
        REQUIRE(filter);
        CHECK(filter->text == normal);
        CHECK(filter->levels == levels);
    }
}

TEST_CASE("a filter that could match nothing is refused, with what would be right") {
    CHECK(read_filter("a+/b").error().text ==
          "the filter \"a+/b\" has a wildcard within a level; write it alone, as in a/+/b");
    CHECK(read_filter("orders*").error().text ==
          "the filter \"orders*\" has a wildcard within a level; write it alone, as in a.*.b");
    CHECK(read_filter("a.b#").error().condition == "amqp:invalid-field");
    CHECK(read_filter("a/#/b").error().text ==
          "a topic's filter has the key \"a/#/b\", but mqtt takes '#' only at the end");
    CHECK(read_filter("").error().text == "a topic's name or filter has 1 to 1024 bytes, not 0");
    CHECK_FALSE(read_filter(std::string(kNameBytesMax + 1, 'a')));
    CHECK(read_filter(std::string(kNameBytesMax, 'a')));
}

TEST_CASE("a filter is read from what is written of it as it was") {
    for (const char* text :
         {"a", "#", "+", "*", "#.#", "*.#", "a/+", "a/#", "a.b", "#.b", "/", "a.#"}) {
        CAPTURE(text);
        const Filter filter = read_filter(text).value();
        CHECK(read_filter(written(filter)).value() == filter);
    }
}

TEST_CASE("a filter and a name have so many levels, and levels behind one '#' at most") {
    std::string deep = "a";
    for (std::size_t i = 1; i < kLevelsMax; ++i) {
        deep += "/a";
    }
    CHECK(check_name(deep));
    CHECK(read_filter(deep));
    CHECK(check_name(deep + "/a").error().text == "a topic's name has at most 32 levels, not 33");
    CHECK_FALSE(read_filter(deep + "/#"));
    CHECK(read_filter("#.a.b"));
    CHECK(read_filter("a.#.b.#"));
    CHECK(read_filter("#.a.#.b").error().text ==
          "the filter \"#.a.#.b\" has more than one '#' with levels behind it; one is as many as "
          "there may be");
}

TEST_CASE("some filters are the name of one topic") {
    CHECK(is_name(read_filter("a/b").value()));
    CHECK(is_name(read_filter("a/*").value()));
    CHECK_FALSE(is_name(read_filter("a/+").value()));
    CHECK_FALSE(is_name(read_filter("*").value()));
    CHECK_FALSE(is_name(read_filter("#.#").value()));
}

TEST_CASE("messages are sent to names without wildcards") {
    for (const char* name : {"a", "a/b", "a.b", "/", "a/*", "a.+", "$x"}) {
        CAPTURE(name);
        CHECK(check_name(name));
    }
    for (const char* name : {"", "#", "+", "*", "a*", "a/+", "a/b#", "a.*", "a.#"}) {
        CAPTURE(name);
        CHECK_FALSE(check_name(name));
    }
    CHECK(check_name(std::string(kNameBytesMax, 'a')));
    CHECK_FALSE(check_name(std::string(kNameBytesMax + 1, 'a')));
    CHECK(check_name("a/+").error().text ==
          "messages can't be sent to \"a/+\", a filter with wildcards; name one topic");
}

TEST_SUITE_END();

}  // namespace weft::topic
