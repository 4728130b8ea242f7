#include "tests/unit/broker_selector/asking.hpp"

#include <limits>

namespace weft::selector {
namespace {

struct Case {
    const char* condition;
    const char* truth;
};

wire::Message colours() {
    wire::Message message;
    message.application_properties = {
        {"color", "blue"},
        {"symbol", wire::Symbol{"sym"}},
        {"weight", 2501},
        {"small", std::int8_t{-5}},
        {"large", std::uint64_t{1} << 63U},
        {"greatest", std::numeric_limits<std::int64_t>::max()},
        {"least", std::numeric_limits<std::int64_t>::min()},
        {"price", 2.5},
        {"half", 0.5F},
        {"nan", std::numeric_limits<double>::quiet_NaN()},
        {"odd", std::int64_t{9007199254740993}},
        {"sold", true},
        {"new", false},
        {"at", wire::Timestamp{1500}},
        {"blob", wire::Binary{{1, 2}}},
        {"nothing", wire::Value{}},
        {"$x_1.y", "dotted"},
        {"größe", 3},
    };
    return message;
}

}  // namespace

TEST_SUITE_BEGIN("selector");

TEST_CASE("conditions are true, false or unknown") {
    const wire::Message message = colours();
    for (const auto& [condition, expected] : std::initializer_list<Case>{
             {"color = 'blue'", "true"},
             {"color = 'Blue'", "false"},
             {"color <> 'red'", "true"},
             {"symbol = 'sym'", "true"},
             {"Color = 'blue'", "unknown"},
             {"'blue' = color", "true"},
             {"$x_1.y = 'dotted'", "true"},
             {"größe = 3", "true"},
             {"sold", "true"},
             {"new", "false"},
             {"color", "unknown"},
             {"missing", "unknown"},
             {"sold = TRUE", "true"},
             {"sold <> new", "true"},
             {"(weight > 1) = sold", "true"},
             {"weight = 2501", "true"},
             {"weight = 2501.0", "true"},
             {"weight > 2500 AND weight < 2502", "true"},
             {"weight >= 2501 AND weight <= 2501", "true"},
             {"small = -5", "true"},
             {"small + 5 = 0", "true"},
             {"at = 1500", "true"},
             {"price = 2.5 AND half = .5", "true"},
             {"large = 9.223372036854775808E18", "true"},
             {"greatest < large", "true"},
             {"greatest = large", "false"},
             {"odd = 9007199254740992.0", "false"},
             {"9007199254740992.0 < odd", "true"},
             {"least < -9.2E18", "true"},
             {"nan = nan", "unknown"},
             {"nan < 1", "unknown"},
             {"weight = color", "unknown"},
             {"color > 5", "unknown"},
             {"color = sold", "unknown"},
             {"blob = blob", "unknown"},
             {"blob IS NULL", "false"},
             {"nothing IS NULL", "true"},
             {"missing IS NULL", "true"},
             {"missing IS NOT NULL", "false"},
             {"color IS NOT NULL", "true"},
             {"missing = 'a'", "unknown"},
             {"(missing = 'a') IS NULL", "true"},
         }) {
        CAPTURE(condition);
        CHECK(truth(condition, message) == expected);
    }
}

TEST_CASE("AND, OR and NOT know what follows from what is unknown") {
    const wire::Message message = colours();
    for (const auto& [condition, expected] : std::initializer_list<Case>{
             {"sold AND sold", "true"},
             {"sold AND new", "false"},
             {"sold AND missing", "unknown"},
             {"missing AND sold", "unknown"},
             {"missing AND new", "false"},
             {"new AND missing", "false"},
             {"missing AND missing", "unknown"},
             {"sold OR missing", "true"},
             {"missing OR sold", "true"},
             {"new OR missing", "unknown"},
             {"new OR new", "false"},
             {"NOT missing", "unknown"},
             {"NOT NOT sold", "true"},
             {"sold OR sold AND new", "true"},
             {"(sold OR sold) AND new", "false"},
             {"NOT sold OR sold", "true"},
         }) {
        CAPTURE(condition);
        CHECK(truth(condition, message) == expected);
    }
}

TEST_CASE("BETWEEN, IN and LIKE") {
    const wire::Message message = colours();
    for (const auto& [condition, expected] : std::initializer_list<Case>{
             {"weight BETWEEN 2501 AND 2501", "true"},
             {"weight BETWEEN 0 AND 10", "false"},
             {"weight NOT BETWEEN 0 AND 10", "true"},
             {"missing BETWEEN 0 AND 10", "unknown"},
             {"weight BETWEEN missing AND 10", "false"},
             {"weight NOT BETWEEN missing AND 10", "true"},
             {"weight BETWEEN 0 AND missing", "unknown"},
             {"color BETWEEN 0 AND 10", "unknown"},
             {"color IN ('red', 'blue')", "true"},
             {"color IN ('red')", "false"},
             {"color NOT IN ('red')", "true"},
             {"missing IN ('red')", "unknown"},
             {"missing NOT IN ('red')", "unknown"},
             {"weight IN ('red')", "unknown"},
             {"weight IN (1, -2, 2501)", "true"},
             {"color LIKE 'b%'", "true"},
             {"color LIKE 'b_e'", "false"},
             {"color NOT LIKE 'r%'", "true"},
             {"weight LIKE '2%'", "unknown"},
             {"missing NOT LIKE 'r%'", "unknown"},
         }) {
        CAPTURE(condition);
        CHECK(truth(condition, message) == expected);
    }
}

TEST_CASE("arithmetic keeps integers, goes on in doubles, and has no division by zero") {
    const wire::Message message = colours();
    for (const auto& [condition, expected] : std::initializer_list<Case>{
             {"1 + 2 * 3 = 7", "true"},
             {"(1 + 2) * 3 = 9", "true"},
             {"10 - 3 - 2 = 5", "true"},
             {"7 / 2 = 3", "true"},
             {"7 / 2.0 = 3.5", "true"},
             {"12 / 2 / 3 = 2", "true"},
             {"-weight = 0 - weight", "true"},
             {"- -weight = weight", "true"},
             {"+weight = weight", "true"},
             {"weight / 0 = 1", "unknown"},
             {"weight / 0.0 = 1", "unknown"},
             {"greatest + 1 > greatest", "true"},
             {"least - 1 <= least", "true"},
             {"greatest * 2 > greatest", "true"},
             {"-least > greatest", "true"},
             {"least / -1 > greatest", "true"},
             {"least = -9223372036854775808", "true"},
             {"missing + 1 = 1", "unknown"},
             {"(missing + 1) IS NULL", "true"},
             {"color + 1 = 1", "unknown"},
             {"1E308 * 10 - 1E308 * 10 = 0", "unknown"},
             {"weight * 2 > 5000 + 1", "true"},
         }) {
        CAPTURE(condition);
        CHECK(truth(condition, message) == expected);
    }
}

TEST_SUITE_END();

}  // namespace weft::selector
