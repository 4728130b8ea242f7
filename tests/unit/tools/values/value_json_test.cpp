#include "tools/weft/values/value_json.hpp"

#include "tools/weft/failure.hpp"
#include "tools/weft/messages/message_json.hpp"

#include <doctest/doctest.h>
#include <proton/binary.hpp>
#include <proton/codec/encoder.hpp>
#include <proton/message_id.hpp>
#include <proton/symbol.hpp>
#include <proton/timestamp.hpp>
#include <proton/types.hpp>
#include <proton/uuid.hpp>

#include <vector>

namespace weft::tools {
namespace {

proton::value nested_lists(int depth) {
    proton::value value;
    proton::codec::encoder out(value);
    for (int i = 0; i < depth; ++i) {
        out << proton::codec::start::list();
    }
    for (int i = 0; i < depth; ++i) {
        out << proton::codec::finish();
    }
    return value;
}

}  // namespace

TEST_SUITE("value json") {
    TEST_CASE("JSON text commands no terminal and means the same") {
        const Json json = Json::parse(R"({"name":"\u009b2J \u202e","é":[1]})");
        CHECK(json_text(json, -1) == "{\"name\":\"\\u009b2J \\u202e\",\"é\":[1]}");
        CHECK(Json::parse(json_text(json, 2)) == json);
    }

    TEST_CASE("JSON survives the way to AMQP and back, in order") {
        const Json json = Json::parse(
            R"({"z": 1, "a": [null, "x", {"c": []}, -7, 2.5, true], "big": 18446744073709551615})");
        CHECK(to_json(to_value(json)).dump() == json.dump());
    }

    TEST_CASE("whole numbers are sent as long, larger ones as ulong") {
        CHECK(to_value(Json(5)).type() == proton::LONG);
        CHECK(to_value(Json(UINT64_MAX)).type() == proton::ULONG);
        CHECK(to_value(Json(1.5)).type() == proton::DOUBLE);
        CHECK(to_value(Json(nullptr)).type() == proton::NULL_TYPE);
    }

    TEST_CASE("AMQP types that JSON lacks become text or numbers") {
        CHECK(to_json(proton::value(proton::symbol("s"))) == Json("s"));
        CHECK(to_json(proton::value(proton::timestamp(1500))) == Json(1500));
        CHECK(to_json(proton::value(std::uint8_t{200})) == Json(200));
        CHECK(to_json(proton::value(std::int8_t{-3})) == Json(-3));
        CHECK(to_json(proton::value(proton::uuid::copy("0123456789abcdef"))) ==
              Json("30313233-3435-3637-3839-616263646566"));
        CHECK(to_json(proton::value()) == Json(nullptr));
    }

    TEST_CASE("binary is text where it can be and hexadecimal where it cannot") {
        CHECK(to_json(proton::value(proton::binary("text"))) == Json("text"));
        CHECK(to_json(proton::value(proton::binary("\xFF\x01"))) == Json{{"hex", "ff01"}});
        CHECK(plain_text(Json{{"hex", "ff01"}}) == "ff01");
    }

    TEST_CASE("a described value keeps its descriptor") {
        proton::value value;
        proton::codec::encoder(value) << proton::codec::start::described() << proton::symbol("d")
                                      << "v" << proton::codec::finish();
        CHECK(to_json(value) == Json{{"descriptor", "d"}, {"value", "v"}});
    }

    TEST_CASE("an array is a list") {
        proton::value value;
        proton::codec::encoder(value)
            << proton::codec::start::array(proton::INT) << 1 << 2 << proton::codec::finish();
        CHECK(to_json(value) == Json{1, 2});
    }

    TEST_CASE("nesting is limited") {
        CHECK_NOTHROW(to_json(nested_lists(kShownNestingMax)));
        CHECK_THROWS_AS(to_json(nested_lists(kShownNestingMax + 2)), Failure);
    }

    TEST_CASE("application properties are scalars") {
        CHECK(to_scalar("n", Json("x")) == proton::scalar("x"));
        CHECK_THROWS_AS(to_scalar("n", Json::array()), Failure);
    }

    TEST_CASE("a message shows the sections it has") {
        proton::message message("hello");
        message.durable(true);
        message.id("m1");
        message.properties().put("k", 7);
        message.message_annotations().put(proton::symbol("x-a"), "b");
        CHECK(message_json(message) == Json{{"header", {{"durable", true}}},
                                            {"message-annotations", {{"x-a", "b"}}},
                                            {"properties", {{"message-id", "m1"}}},
                                            {"application-properties", {{"k", 7}}},
                                            {"body", "hello"}});
    }

    TEST_CASE("a body alone is printed for people") {
        CHECK(body_text(proton::message("hello")) == "hello");
        CHECK(body_text(proton::message(proton::binary("\xFE"))) == "fe");
        CHECK(body_text(proton::message(42)) == "42");
        CHECK(body_text(proton::message(std::vector<int>{1, 2})) == "[1,2]");
    }
}

}  // namespace weft::tools
