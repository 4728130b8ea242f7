#include "common/wire/annotations.hpp"

#include "common/wire/message.hpp"
#include "tests/unit/wire/hex.hpp"

#include <doctest/doctest.h>

#include <random>

namespace weft::wire {
namespace {

std::string stripped(Bytes section) {
    Buffer out{0xee};  // what is there already stays
    strip_router_annotations(out, section);
    CHECK(out.front() == 0xee);
    return shown(Bytes(out).subspan(1));
}

TEST_SUITE("router annotations") {
    TEST_CASE("only the routers' keys go, the others keep bytes and order") {
        const Buffer section =
            hex("00 53 72 d1 00 00 00 3a 00 00 00 08 a3 01 'b' 70 00 00 00 05 a3 0e "
                "'x-opt-qd.phase' 54 01 "
                "a3 01 'a' 45 a3 0e 'x-opt-qd.trace' c0 06 01 a1 03 '0/A'");
        CHECK(may_have_router_annotations(section));
        CHECK(stripped(section) ==
              shown(hex("00 53 72 c1 0d 04 a3 01 'b' 70 00 00 00 05 a3 01 'a' 45")));
    }

    TEST_CASE("the section goes when nothing is left of it") {
        CHECK(stripped(hex("00 53 72 c1 13 02 a3 0e 'x-opt-qd.phase' 54 01")).empty());
        CHECK(stripped(hex("00 53 72 c1 12 02 a1 0d 'x-opt-qd.text' 54 01")).empty());
        CHECK(stripped(hex("00 53 72 c1 01 00")).empty());
    }

    TEST_CASE("a message without annotations has nothing to strip") {
        CHECK_FALSE(may_have_router_annotations({}));
        CHECK_FALSE(may_have_router_annotations(hex("00 53 72 c1 0d 02 a3 08 'x-opt-qd' 54 01")));
        CHECK(stripped({}).empty());
    }

    TEST_CASE("a mere mention of the prefix is kept") {
        const Buffer section = hex("00 53 72 c1 10 02 a3 01 'k' a1 0a 'x-opt-qd.x'");
        CHECK(may_have_router_annotations(section));
        CHECK(stripped(section) == shown(section));
        const Buffer other_key = hex("00 53 72 c1 03 02 44 41");
        CHECK(stripped(other_key) == shown(other_key));
    }

    TEST_CASE("sections too long for the short form and symbolic descriptors are stripped too") {
        Message message;
        message.message_annotations = {{Symbol{"k"}, std::string(300, 'v')},
                                       {Symbol{"x-opt-qd.to"}, "a"}};
        Buffer bytes;
        encode_message(bytes, message);
        const Facts facts = scan(bytes, /*complete=*/true, Until::bare_message);
        Buffer out;
        strip_router_annotations(out, facts.message_annotations.of(bytes));
        const auto result = decode_message(out);
        REQUIRE(result.has_value());
        message.message_annotations.pop_back();
        CHECK(result->message_annotations == message.message_annotations);
        CHECK(stripped(hex("00 a3 1c 'amqp:message-annotations:map' c1 03 02 44 41")) ==
              "005372c103024441");
    }

    TEST_CASE("any section that scan() accepts is stripped to one that it accepts") {
        std::mt19937 random(3);
        const Buffer seed =
            hex("00 53 72 c1 2f 06 a3 01 'b' 70 00 00 00 05 a3 0e 'x-opt-qd.phase' 54 01 "
                "a3 0a 'x-opt-qd.t' c0 06 01 a1 03 '0/A'");
        int accepted = 0;
        for (int i = 0; i < 20'000; ++i) {
            Buffer bytes = seed;
            for (auto changes = random() % 3; changes > 0; --changes) {
                bytes[random() % bytes.size()] = static_cast<std::uint8_t>(random());
            }
            const Facts facts = scan(bytes, /*complete=*/true, Until::bare_message);
            Buffer out;
            strip_router_annotations(out, facts.message_annotations.of(bytes));
            CHECK(out.size() <= bytes.size());
            if (facts.status == Facts::Status::complete && !out.empty()) {
                ++accepted;
                const Facts after = scan(out, /*complete=*/true, Until::bare_message);
                CHECK(after.status == Facts::Status::complete);
                CHECK(after.message_annotations.size == out.size());
            }
        }
        CHECK(accepted > 1000);
    }
}

}  // namespace
}  // namespace weft::wire
