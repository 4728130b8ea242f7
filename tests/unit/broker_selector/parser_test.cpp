#include "tests/unit/broker_selector/asking.hpp"

namespace weft::selector {
namespace {

struct Form {
    const char* selector;
    const char* printed;
};

constexpr const char* kAt = "the selector is refused at column ";

}  // namespace

TEST_SUITE_BEGIN("selector grammar");

TEST_CASE("what means the same by the grammar is printed the same, and that is a fixpoint") {
    for (const auto& [selector, expected] : std::initializer_list<Form>{
             {"a=1", "a = 1"},
             {" ( a\t=\n1 ) ", "a = 1"},
             {"a and B or not c", "a AND B OR NOT c"},
             {"(a or b) and c", "(a OR b) AND c"},
             {"a or (b or c)", "a OR (b OR c)"},
             {"not (a and b)", "NOT (a AND b)"},
             {"not not a", "NOT NOT a"},
             {"(not a) = b", "(NOT a) = b"},
             {"a <> 'it''s'", "a <> 'it''s'"},
             {"1 + 2 * 3 - 4 / 5 > a", "1 + 2 * 3 - 4 / 5 > a"},
             {"(1 + 2) * (3 - 4) > a", "(1 + 2) * (3 - 4) > a"},
             {"a - (b - c) = 0", "a - (b - c) = 0"},
             {"a / (b * c) = 0", "a / (b * c) = 0"},
             {"-a < - 5", "-a < -5"},
             {"-(a + b) < +5", "-(a + b) < 5"},
             {"- -5 < a", "--5 < a"},
             {"a = 0x2A OR a = 0b101 OR a = 052 OR a = 42L", "a = 42 OR a = 5 OR a = 42 OR a = 42"},
             {"a = 0 OR a = 00", "a = 0 OR a = 0"},
             {"a = 1. OR a = .5 OR a = 1e3 OR a = 1.5E-3f OR a = 2d",
              "a = 1.0 OR a = 0.5 OR a = 1000.0 OR a = 0.0015 OR a = 2.0"},
             {"a = 1e300", "a = 1e+300"},
             {"a = -9223372036854775808", "a = -9223372036854775808"},
             {"a not between 1 and b+1", "a NOT BETWEEN 1 AND b + 1"},
             {"a between 1 and 2 and b", "a BETWEEN 1 AND 2 AND b"},
             {"a in('x','y')", "a IN ('x', 'y')"},
             {"a not in (1, -2)", "a NOT IN (1, -2)"},
             {"a like 'b%_c' escape '!'", "a LIKE 'b_%c'"},
             {"a not like '50!%' escape '!'", "a NOT LIKE '50\\%' ESCAPE '\\'"},
             {"a like '!_\\''' escape '!'", "a LIKE '\\_\\\\''' ESCAPE '\\'"},
             {"a is null and b is not null", "a IS NULL AND b IS NOT NULL"},
             {"true or FALSE", "TRUE OR FALSE"},
             {"JMSPriority > 4 AND JMSXUserID = 'a'", "amqp.priority > 4 AND amqp.user_id = 'a'"},
         }) {
        CAPTURE(selector);
        CHECK(printed(selector) == expected);
        CHECK(printed(expected) == expected);
    }
}

TEST_CASE("a refusal names the column, and what to write instead") {
    for (const auto& [selector, expected] : std::initializer_list<Form>{
             {"", "1: the selector ends where a value is needed"},
             {"a =", "4: the selector ends where a value is needed"},
             {"a = 'x",
              "5: this text does not end; close it with ', and write ' within a text as ''"},
             {"ü = 1 ; b", "7: ';' means nothing here"},
             {"a == 1", "3: '==' is no operator; write '='"},
             {"a != 1",
              "3: '!' is no operator; write '<>' for unequal, and NOT before a condition"},
             {"a = \"x\"", "5: texts stand in single quotes: 'red'; names stand without quotes"},
             {"a = NULL", "5: nothing equals NULL; write IS NULL or IS NOT NULL"},
             {"a IS 1", "6: IS is followed by NULL or NOT NULL"},
             {"a = 1 b", "7: the selector should end here, or go on with AND or OR"},
             {"a < b < c", "7: comparisons can't follow one another; join them with AND"},
             {"(a = 1", "7: a parenthesis is not closed; write ')'"},
             {"a = )", "5: ')' stands where a value is needed"},
             {"5", "1: a condition is needed here; compare this value with something"},
             {"a AND 'b'", "7: a condition is needed here; compare this value with something"},
             {"NOT 1", "5: a condition is needed here; compare this value with something"},
             {"a > 'b'",
              "5: only numbers can be added, multiplied, and less or greater; texts and "
              "TRUE can be equal"},
             {"a + 'b' = 1",
              "5: only numbers can be added, multiplied, and less or greater; texts "
              "and TRUE can be equal"},
             {"JMSType = 5", "11: these two are of different types, and never equal"},
             {"a IN 'b'", "6: IN is followed by a list in parentheses: IN ('a', 'b')"},
             {"a IN ('b'", "10: here the list of IN should go on with ',' or end with ')'"},
             {"a IN ('b', 1)", "12: what IN compares is of one type"},
             {"a IN ()", "7: ')' stands where a value is needed"},
             {"a NOT = 1", "7: behind a value NOT is followed by BETWEEN, IN or LIKE"},
             {"a BETWEEN 1 OR 2", "13: BETWEEN is followed by two numbers with AND between them"},
             {"JMSPriority LIKE 'a'", "1: LIKE compares texts only"},
             {"a LIKE b",
              "8: LIKE is followed by a text in quotes, with % for any characters and _ for one"},
             {"a LIKE 'b' ESCAPE 'cd'", "19: ESCAPE is followed by one character in quotes"},
             {"a LIKE 'b!' ESCAPE '!'",
              "8: this pattern ends with its escape character; write it twice"},
             {"a = 9223372036854775808",
              "5: this number does not fit into 64 bits; write it as 1.5E19"},
             {"a = 99999999999999999999",
              "5: this number does not fit into 64 bits; write it as 1.5E19"},
             {"a = 1E999", "5: this number is too large or too small for 64 bits"},
             {"a = 089", "5: '089' begins with 0, as octal numbers do, but is none"},
             {"a = 10x", "5: '10x' is no number, and no name"},
             {"a = 1.2.3", "5: '1.2.3' is no number, and no name"},
             {"a = 0x", "5: '0x' is no number, and no name"},
         }) {
        CAPTURE(selector);
        CHECK(printed(selector) == kAt + std::string{expected});
        CHECK(Selector::parse(selector).error().condition == "amqp:invalid-field");
    }
    CHECK(printed("a = '\xff'") == "the selector is no UTF-8");
}

TEST_SUITE_END();

}  // namespace weft::selector
