#include "tools/weft/values/attribute_argument.hpp"

#include "tools/weft/failure.hpp"

#include <doctest/doctest.h>

namespace weft::tools {

TEST_SUITE("attribute argument") {
    TEST_CASE("plain whole numbers become numbers") {
        CHECK(guess_value("0") == Json(0));
        CHECK(guess_value("5672") == Json(5672));
        CHECK(guess_value("-3") == Json(-3));
        CHECK(guess_value("9223372036854775807") == Json(INT64_MAX));
    }

    TEST_CASE("true and false become booleans in any case") {
        CHECK(guess_value("true") == Json(true));
        CHECK(guess_value("False") == Json(false));
    }

    TEST_CASE("all else stays text, to the letter") {
        for (const char* text :
             {"", "-", "007", "+5", "1.5", "0x10", "-01", "yes", "9223372036854775808", "1 "}) {
            CAPTURE(text);
            CHECK(guess_value(text) == Json(text));
        }
    }

    TEST_CASE("the value begins behind the first equals sign") {
        const AttributeArgument argument = parse_attribute("a=b=c");
        CHECK(argument.name == "a");
        CHECK(argument.value == Json("b=c"));
        CHECK(parse_attribute("n=7").text == "7");
        CHECK(parse_attribute("n=").value == Json(""));
    }

    TEST_CASE("a name alone has the value null") {
        CHECK(parse_attribute("enable").value == Json(nullptr));
    }

    TEST_CASE("an argument without a name is refused") {
        CHECK_THROWS_AS(parse_attribute("=x"), Failure);
        CHECK_THROWS_AS(parse_attribute(""), Failure);
    }
}

}  // namespace weft::tools
