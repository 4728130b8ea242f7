#include "common/wire/message.hpp"

#include "common/base/conditions.hpp"
#include "tests/unit/wire/hex.hpp"

#include <doctest/doctest.h>

#include <random>

namespace weft::wire {
namespace {

/// rich_message() as Qpid Proton 0.37 encodes it.
constexpr std::string_view kFromProton =
    "005370c00c054150077000001388415202005371d10000000b00000002a303782d615501005372d1"
    "0000003600000004a310782d6f70742d71642e696e6772657373a103302f41a30a782d6f70742d75"
    "736572d00000000a00000003550140a10179005373c0540d98000000000000000000000000000000"
    "05a0026d65a10771756575652f61a10173a101725309a30a746578742f706c61696ea304677a6970"
    "830000000000000bb88300000000000007d0a101675204a1027267005374d10000003a00000008a1"
    "016b823ff8000000000000a1016241a103617272f00000001000000002b300000001610000000262"
    "63a10364656300a30164a10176005377d10000001e00000004a10178d00000000a00000003550155"
    "025303a10179a00362696e";

Message rich_message() {
    Message m;
    m.durable = true;
    m.priority = 7;
    m.ttl = 5000;
    m.first_acquirer = true;
    m.delivery_count = 2;
    m.delivery_annotations = {{Symbol{"x-a"}, std::int64_t{1}}};
    m.message_annotations = {{Symbol{"x-opt-qd.ingress"}, "0/A"},
                             {Symbol{"x-opt-user"}, List{std::int64_t{1}, Value{}, "y"}}};
    Uuid id;
    id.bytes[15] = 5;
    m.message_id = id;
    m.user_id = Buffer{'m', 'e'};
    m.to = "queue/a";
    m.subject = "s";
    m.reply_to = "r";
    m.correlation_id = std::uint64_t{9};
    m.content_type = "text/plain";
    m.content_encoding = "gzip";
    m.absolute_expiry_time = Timestamp{3000};
    m.creation_time = Timestamp{2000};
    m.group_id = "g";
    m.group_sequence = 4;
    m.reply_to_group_id = "rg";
    m.application_properties = {{"k", 1.5},
                                {"b", true},
                                {"arr", Array{{Symbol{"a"}, Symbol{"bc"}}}},
                                {"dec", Described{std::make_shared<const Value>(Symbol{"d"}),
                                                  std::make_shared<const Value>("v")}}};
    m.body = Value{Map{{"x", List{std::int64_t{1}, std::int64_t{2}, std::uint64_t{3}}},
                       {"y", Binary{{'b', 'i', 'n'}}}}};
    return m;
}

Buffer encoded(const Message& message) {
    Buffer out;
    encode_message(out, message);
    return out;
}

bool refused(std::string_view text) {
    const auto message = decode_message(hex(text));
    return !message && message.error().condition == kDecodeError && !message.error().text.empty();
}

TEST_SUITE("Message") {
    TEST_CASE("a message with everything in it comes back as it was") {
        Message message = rich_message();
        message.footer = {{Symbol{"crc"}, std::uint32_t{1}}};
        const auto result = decode_message(encoded(message));
        REQUIRE(result.has_value());
        CHECK(*result == message);
    }

    TEST_CASE("what Proton encodes is read as it was meant") {
        const auto result = decode_message(hex(kFromProton));
        REQUIRE(result.has_value());
        CHECK(*result == rich_message());
        CHECK(encoded(*result).size() < hex(kFromProton).size());
    }

    TEST_CASE("an empty message is written as a null body, without what it does not state") {
        CHECK(shown(encoded({})) == "00537740");
        CHECK(*decode_message(hex("00 53 77 40")) == Message{});
        CHECK(*decode_message({}) == Message{});
    }

    TEST_CASE("absent fields are null in front of others and left out at the end") {
        Message message;
        message.to = "a";
        message.first_acquirer = true;
        CHECK(shown(encoded(message)) ==
              shown(hex(
                  "00 53 70 c0 05 04 40 40 40 41 00 53 73 c0 06 03 40 40 a1 01 'a' 00 53 77 40")));
    }

    TEST_CASE("bodies of data and of sequences keep their sections apart") {
        Message message;
        message.body = Data{{{1, 2}, {}, {3}}};
        CHECK(shown(encoded(message)) ==
              shown(hex("00 53 75 a0 02 01 02 00 53 75 a0 00 00 53 75 a0 01 03")));
        CHECK(*decode_message(encoded(message)) == message);
        message.body = Sequence{{List{1, "a"}, List{}}};
        CHECK(shown(encoded(message)) ==
              shown(hex("00 53 76 c0 06 02 54 01 a1 01 'a' 00 53 76 45")));
        CHECK(*decode_message(encoded(message)) == message);
        message.body = Data{};
        CHECK(shown(encoded(message)) == "005375a000");
        message.body = Sequence{};
        CHECK(shown(encoded(message)) == "00537645");
    }

    TEST_CASE("sections with long and symbolic descriptors are read") {
        const auto message = decode_message(hex(
            "00 80 00 00 00 00 00 00 00 70 c0 02 01 41 00 a3 11 'amqp:amqp-value:*' a1 01 'x'"));
        REQUIRE(message.has_value());
        CHECK(message->durable);
        CHECK(std::get<Value>(message->body) == Value{"x"});
    }

    TEST_CASE("what is not a message is refused") {
        for (const std::string_view text :
             {"'plain'",
              "00 53 79 40",                          // no section
              "00 53 70 45 00 53 70 45",              // twice
              "00 53 73 45 00 53 72 c1 01 00",        // out of order
              "00 53 77 40 00 53 77 40",              // two values
              "00 53 75 a0 00 00 53 77 40",           // two kinds of body
              "00 53 78 c1 01 00 00 53 77 40",        // behind the footer
              "00 53 70 c0 03 01 a1 00",              // text as durable
              "00 53 70 c0 02 02 41",                 // wrong count
              "00 53 70 c0 07 06 40 40 40 40 40 40",  // six fields
              "00 53 70 c1 01 00",                    // a map as header
              "00 53 72 45",                          // a list as annotations
              "00 53 73 c0 04 03 40 40 41",           // a boolean as address
              "00 53 75 a1 00", "00 53 75 40", "00 53 76 c1 01 00", "00 53 77", "00 53 77 57"}) {
            INFO(text);
            CHECK(refused(text));
        }
    }

    TEST_CASE("a message cut off anywhere but between sections is refused") {
        const Buffer bytes = encoded(rich_message());
        int whole = 0;
        for (std::size_t size = 0; size < bytes.size(); ++size) {
            const Buffer part(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
            whole += decode_message(part).has_value() ? 1 : 0;
        }
        CHECK(whole == 6);  // in front of each section
    }

    TEST_CASE("all sections share one limit of values") {
        Buffer section = hex("00 53 76 d0 00 00 80 04 00 00 80 00");
        section.resize(section.size() + 0x8000, 0x40);
        CHECK(decode_message(section).has_value());
        Buffer twice = section;
        append(twice, section);
        CHECK_FALSE(decode_message(twice).has_value());
    }

    TEST_CASE("random changes are refused or make another message") {
        std::mt19937 random(5);
        const Buffer seed = encoded(rich_message());
        int good = 0;
        for (int i = 0; i < 10'000; ++i) {
            Buffer bytes = seed;
            for (auto changes = random() % 4; changes > 0; --changes) {
                bytes[random() % bytes.size()] = static_cast<std::uint8_t>(random());
            }
            const auto message = decode_message(bytes);
            if (message) {
                ++good;
                const Buffer once = encoded(*message);
                const auto again = decode_message(once);
                REQUIRE(again.has_value());
                CHECK(shown(encoded(*again)) == shown(once));
            }
        }
        CHECK(good > 1000);
    }
}

}  // namespace
}  // namespace weft::wire
