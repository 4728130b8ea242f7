#include "broker/selector/like.hpp"

#include "tests/unit/broker_selector/asking.hpp"

namespace weft::selector {
namespace {

struct Match {
    const char* pattern;
    const char* text;
    bool matches;
};

bool like(std::string_view pattern, std::string_view text, std::string_view escape = "") {
    Budget budget{kStepsMax};
    return is_like(like_pattern(pattern, escape).value(), text, budget);
}

}  // namespace

TEST_SUITE_BEGIN("LIKE");

TEST_CASE("% is any run of characters, _ is one") {
    for (const auto& [pattern, text, matches] : std::initializer_list<Match>{
             {"", "", true},           {"", "a", false},           {"%", "", true},
             {"%", "abc", true},       {"_", "", false},           {"_", "a", true},
             {"_", "ab", false},       {"_%", "ab", true},         {"%_", "", false},
             {"abc", "abc", true},     {"abc", "abcd", false},     {"a%", "abc", true},
             {"%c", "abc", true},      {"%b%", "abc", true},       {"%x%", "abc", false},
             {"a%c%e", "abcde", true}, {"a%c%e", "abcdef", false}, {"%ab%ab", "abab", true},
             {"%aab", "aaab", true},   {"12%3", "123", true},      {"12%3", "12993", true},
             {"12%3", "1234", false},  {"l_se", "lose", true},     {"l_se", "loose", false},
             {"_", "ü", true},         {"__", "ü", false},         {"%__", "€", false},
             {"%__", "x€", true},      {"%€", "x€", true},         {"_x", "€x", true},
         }) {
        CAPTURE(pattern);
        CAPTURE(text);
        CHECK(like(pattern, text) == matches);
    }
}

TEST_CASE("what is escaped is itself") {
    CHECK(like("\\_%", "_foo", "\\"));
    CHECK_FALSE(like("\\_%", "bar", "\\"));
    CHECK(like("5!%", "5%", "!"));
    CHECK_FALSE(like("5!%", "50", "!"));
    CHECK(like("!!", "!", "!"));
    CHECK(like("!a", "a", "!"));
    CHECK(like("€%", "%", "€"));
    CHECK_FALSE(like_pattern("a!", "!"));
}

TEST_CASE("patterns that mean the same are equal") {
    CHECK(like_pattern("%%_%_", "") == like_pattern("__%", ""));
    CHECK(like_pattern("a%%", "") == like_pattern("a%", ""));
    CHECK(like_pattern("!a", "!") == like_pattern("a", ""));
    CHECK(like_pattern("_a_", "") != like_pattern("__a", ""));
}

TEST_CASE("a pattern costs its length times the text's, never more") {
    std::string pattern;
    for (int i = 0; i < 100; ++i) {
        pattern += "%a";
    }
    pattern += "%b";
    Budget budget{kStepsMax};
    CHECK_FALSE(is_like(like_pattern(pattern, "").value(), std::string(400, 'a'), budget));
    CHECK(budget.spent() <= 1000);

    Budget product{kStepsMax};
    const std::string slow = "%" + std::string(50, 'a') + "b";
    CHECK_FALSE(is_like(like_pattern(slow, "").value(), std::string(400, 'a'), product));
    CHECK(product.spent() <= 400 * 52);
}

TEST_CASE("what the budget does not suffice for is unanswered") {
    wire::Message message;
    message.application_properties = {{"a", std::string(100'000, 'a')}};
    CHECK(ask("a LIKE '%" + std::string(50, 'a') + "b'", message) == "gave up");
    CHECK(ask("NOT a LIKE '%" + std::string(50, 'a') + "b'", message) == "gave up");
    CHECK(ask("a LIKE 'a%'", message) == "yes");
}

TEST_SUITE_END();

}  // namespace weft::selector
