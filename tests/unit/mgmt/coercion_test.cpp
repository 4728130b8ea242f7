#include "common/mgmt/coercion.hpp"

#include "common/base/conditions.hpp"
#include "common/base/utf8.hpp"
#include "common/mgmt/status.hpp"

#include <doctest/doctest.h>

#include <limits>

namespace weft::mgmt {
namespace {

using wire::Value;

/// The converted value, or null if it was refused.
Value as(AttributeType type, const Value& value) {
    return coerce(setting("x", std::move(type), ""), value).value_or(Value{});
}

}  // namespace

TEST_SUITE("coercion") {
    TEST_CASE("integers come in any width or as decimal text") {
        CHECK(as(Kind::integer, std::uint8_t{7}) == Value{std::int64_t{7}});
        CHECK(as(Kind::integer, std::int64_t{-7}) == Value{std::int64_t{-7}});
        CHECK(as(Kind::integer, "5672") == Value{std::int64_t{5672}});
        for (const char* text : {"", "x", "5672x", " 1", "1.5", "99999999999999999999"}) {
            CHECK(as(Kind::integer, text).is_null());
        }
        CHECK(as(Kind::integer, 1.5).is_null());
        CHECK(as(Kind::integer, true).is_null());
    }

    TEST_CASE("booleans come as such, as words in any case, or as 0 and 1") {
        for (const char* word : {"yes", "TRUE", "On"}) {
            CHECK(as(Kind::boolean, word) == Value{true});
        }
        for (const char* word : {"no", "False", "off"}) {
            CHECK(as(Kind::boolean, word) == Value{false});
        }
        CHECK(as(Kind::boolean, true) == Value{true});
        CHECK(as(Kind::boolean, 0) == Value{false});
        CHECK(as(Kind::boolean, 2).is_null());
        CHECK(as(Kind::boolean, "maybe").is_null());
    }

    TEST_CASE("a number may have a fraction; a whole one is an integer, however it came") {
        for (const Value& three : {Value{3}, Value{3.0}, Value{3.0F}, Value{"3"}, Value{"3.0"}}) {
            CHECK(as(Kind::number, three) == Value{std::int64_t{3}});
        }
        CHECK(as(Kind::number, "0.25") == Value{0.25});
        CHECK(as(Kind::number, 1e300) == Value{1e300});
        for (const char* text : {"", "3s", "nan", "inf"}) {
            CHECK(as(Kind::number, text).is_null());
        }
        CHECK(number_value(std::numeric_limits<double>::quiet_NaN()).is_null());
    }

    TEST_CASE("numbers become text where text is wanted, because ports are text") {
        CHECK(as(Kind::string, 5672) == Value{"5672"});
        CHECK(as(Kind::string, wire::Symbol{"amqp"}) == Value{"amqp"});
        CHECK(as(Kind::path, "/tmp/x") == Value{"/tmp/x"});
        CHECK(as(Kind::string, wire::List{}).is_null());
    }

    TEST_CASE("a choice takes its values only, and an error lists them") {
        const Attribute role = setting("role", one_of({"normal", "edge"}), "");
        CHECK(coerce(role, "edge").value() == Value{"edge"});
        const auto wrong = coerce(role, "Edge");
        REQUIRE_FALSE(wrong);
        CHECK(wrong.error().condition == kInvalidField);
        CHECK(wrong.error().text ==
              "Invalid value for 'role': \"Edge\"; expected one of 'normal', 'edge'");
    }

    TEST_CASE("maps, lists and properties keep their values; property keys are plain text") {
        const wire::Map map{{"a", 1}};
        CHECK(as(Kind::map, map) == Value{map});
        CHECK(as(Kind::list, wire::List{1}) == Value{wire::List{1}});
        CHECK(as(Kind::list, map).is_null());
        CHECK(as(Kind::properties, map) == Value{map});
        CHECK(as(Kind::properties, wire::Map{{"ä", 1}}).is_null());
        CHECK(as(Kind::properties, wire::Map{{1, 1}}).is_null());
    }

    TEST_CASE("an error repeats no more of a value than a person can read") {
        const auto wrong = coerce(setting("x", Kind::integer, ""), std::string(100'000, 'y'));
        REQUIRE_FALSE(wrong);
        CHECK(wrong.error().text.size() < kValueShownMax + 100);
    }

    TEST_CASE("what an error repeats of a value is UTF-8, wherever it is cut") {
        std::string text;
        for (std::size_t i = 0; i < kValueShownMax; ++i) {
            text += i % 3 == 0 ? "a\u20ac" : "\u20ac";
            const auto wrong = coerce(setting("x", Kind::integer, ""), text);
            REQUIRE_FALSE(wrong);
            CHECK(is_utf8(wrong.error().text));
        }
    }
}

}  // namespace weft::mgmt
