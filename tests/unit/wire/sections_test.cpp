#include "common/wire/sections.hpp"

#include "common/wire/message.hpp"
#include "tests/unit/wire/hex.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <initializer_list>
#include <random>

namespace weft::wire {
namespace {

using Status = Facts::Status;

Facts whole(std::string_view text, Until until = Until::to) {
    const Buffer bytes = hex(text);
    Facts facts = scan(bytes, /*complete=*/true, until);
    facts.to.reset();  // it would point into bytes that are gone
    return facts;
}

Buffer rich_bytes() {
    Message message;
    message.durable = true;
    message.priority = 7;
    message.ttl = 5000;
    message.delivery_count = 2;
    message.delivery_annotations = {{Symbol{"x-d"}, 1}};
    message.message_annotations = {{Symbol{"x-opt-a"}, List{true, "x"}}};
    message.message_id = "id";
    message.user_id = Buffer{1, 2};
    message.to = "queue/a";
    message.subject = "subject";
    message.application_properties = {{"k", "v"}};
    message.body = Data{{Buffer(20, 9)}};
    Buffer out;
    encode_message(out, message);
    return out;
}

TEST_SUITE("sections") {
    TEST_CASE("sections stand in one order, each once, with one kind of body") {
        using enum MessageSection;
        const auto in_order = [](std::initializer_list<MessageSection> sections) {
            SectionOrder order;
            return std::ranges::all_of(sections, [&](auto each) { return order.take(each); });
        };
        CHECK(in_order({header, delivery_annotations, message_annotations, properties,
                        application_properties, amqp_value, footer}));
        CHECK(in_order({data, data, data, footer}));
        CHECK(in_order({properties, amqp_sequence, amqp_sequence}));
        CHECK(in_order({header, footer}));
        CHECK_FALSE(in_order({header, header}));
        CHECK_FALSE(in_order({properties, message_annotations}));
        CHECK_FALSE(in_order({amqp_value, amqp_value}));
        CHECK_FALSE(in_order({data, amqp_sequence}));
        CHECK_FALSE(in_order({data, amqp_value}));
        CHECK_FALSE(in_order({amqp_sequence, data}));
        CHECK_FALSE(in_order({data, header}));
        CHECK_FALSE(in_order({footer, footer}));
        CHECK_FALSE(in_order({footer, data}));
    }

    TEST_CASE("a message's header, annotations and address are found where they stand") {
        const Buffer bytes = rich_bytes();
        const Facts facts = scan(bytes, /*complete=*/true, Until::to);
        REQUIRE(facts.status == Status::complete);
        CHECK(facts.durable);
        CHECK(facts.priority == 7);
        CHECK(facts.ttl == 5000U);
        CHECK_FALSE(facts.first_acquirer);
        CHECK(facts.delivery_count == 2);
        CHECK(facts.to == "queue/a");
        CHECK(facts.header.offset == 0);
        CHECK(shown(facts.header.of(bytes)) ==
              shown(hex("00 53 70 c0 0c 05 41 50 07 70 00 00 13 88 40 52 02")));
        CHECK(shown(facts.delivery_annotations.of(bytes)) ==
              shown(hex("00 53 71 c1 08 02 a3 03 'x-d' 54 01")));
        CHECK(facts.message_annotations.offset ==
              facts.delivery_annotations.offset + facts.delivery_annotations.size);
        CHECK(facts.bare_message_at ==
              facts.message_annotations.offset + facts.message_annotations.size);
        CHECK(shown(Bytes(bytes).subspan(facts.bare_message_at, 3)) == "005373");
    }

    TEST_CASE("a message without header has the defaults, and absent sections are empty") {
        const Buffer bytes = hex("00 53 77 a1 01 'x'");
        const Facts facts = scan(bytes, /*complete=*/true, Until::to);
        CHECK(facts.status == Status::complete);
        CHECK(facts.priority == kPriorityDefault);
        CHECK_FALSE(facts.durable);
        CHECK(facts.ttl == std::nullopt);
        CHECK(facts.header.empty());
        CHECK(facts.delivery_annotations.empty());
        CHECK(facts.message_annotations.empty());
        CHECK(facts.bare_message_at == 0);
        CHECK(facts.to == std::nullopt);
    }

    TEST_CASE("sections are known by smallulong, ulong and symbol alike") {
        for (const std::string_view header :
             {"00 53 70", "00 80 00 00 00 00 00 00 00 70", "00 a3 10 'amqp:header:list'",
              "00 b3 00 00 00 10 'amqp:header:list'"}) {
            const Buffer bytes = hex(std::string(header) + " c0 02 01 41 00 53 77 40");
            const Facts facts = scan(bytes, /*complete=*/true, Until::to);
            INFO(header);
            CHECK(facts.status == Status::complete);
            CHECK(facts.durable);
            CHECK(facts.bare_message_at == hex(header).size() + 4);
            CHECK(facts.header == Range{0, facts.bare_message_at});
        }
        const Buffer bytes =
            hex("00 a3 1d 'amqp:delivery-annotations:map' c1 01 00 00 a3 1c "
                "'amqp:message-annotations:map' "
                "c1 01 00 00 a3 14 'amqp:properties:list' c0 06 03 40 40 a1 01 'x'");
        const Facts facts = scan(bytes, /*complete=*/true, Until::to);
        CHECK(facts.status == Status::complete);
        CHECK(facts.delivery_annotations.size == 35);
        CHECK(facts.message_annotations.size == 34);
        CHECK(facts.to == "x");
    }

    TEST_CASE("the symbols of all sections are known") {
        const std::string_view symbols[] = {"amqp:header:list",
                                            "amqp:delivery-annotations:map",
                                            "amqp:message-annotations:map",
                                            "amqp:properties:list",
                                            "amqp:application-properties:map",
                                            "amqp:data:binary",
                                            "amqp:amqp-sequence:list",
                                            "amqp:amqp-value:*",
                                            "amqp:footer:map"};
        int code = 0x70;
        for (const std::string_view symbol : symbols) {
            Buffer bytes{0, 0xa3, static_cast<std::uint8_t>(symbol.size())};
            append(bytes, as_bytes(symbol));
            const SectionStart start = section_start(bytes);
            CHECK(start.kind == SectionStart::Kind::section);
            CHECK(static_cast<int>(start.section) == code++);
            CHECK(start.size == bytes.size());
        }
    }

    TEST_CASE("to is absent if it is null, if the list ends before it, or if there is none") {
        for (const std::string_view properties :
             {"00 53 73 45", "00 53 73 c0 03 02 40 40", "00 53 73 c0 04 03 40 40 40",
              "00 53 74 c1 01 00", "00 53 75 a0 00", "00 53 77 40", "00 53 78 c1 01 00"}) {
            const Buffer bytes = hex(properties);
            const Facts facts = scan(bytes, /*complete=*/true, Until::to);
            INFO(properties);
            CHECK(facts.status == Status::complete);
            CHECK(facts.to == std::nullopt);
            CHECK(facts.bare_message_at == 0);
        }
    }

    TEST_CASE("to is found behind an id of any type, in short and long lists") {
        for (const std::string_view front :
             {"c0 0d 03 44 40", "c0 0e 03 53 07 40", "c0 10 03 a1 01 'i' a0 00",
              "d0 00 00 00 21 00 00 00 03 98 00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f 40",
              "c0 14 03 b0 00 00 00 03 01 02 03 40"}) {
            const Buffer bytes = hex("00 53 73 " + std::string(front) + " a1 08 'to/place'");
            const Facts facts = scan(bytes, /*complete=*/true, Until::to);
            INFO(front);
            CHECK(facts.status == Status::complete);
            CHECK(facts.to == "to/place");
        }
    }

    TEST_CASE("the address is known before the rest of the properties has come") {
        const Buffer bytes = rich_bytes();
        const std::size_t end = as_text(bytes).find("queue/a") + 7;
        const Facts facts = scan(Bytes(bytes).first(end), /*complete=*/false, Until::to);
        CHECK(facts.status == Status::complete);
        CHECK(facts.to == "queue/a");
        const Facts before = scan(Bytes(bytes).first(end - 1), /*complete=*/false, Until::to);
        CHECK(before.status == Status::incomplete);
    }

    TEST_CASE("a link with an address needs no more than the start of the bare message") {
        const Buffer bytes = rich_bytes();
        const std::size_t bare =
            scan(bytes, /*complete=*/true, Until::bare_message).bare_message_at;
        const Bytes part = Bytes(bytes).first(bare + 3);
        const Facts facts = scan(part, /*complete=*/false, Until::bare_message);
        CHECK(facts.status == Status::complete);
        CHECK(facts.bare_message_at == bare);
        CHECK(facts.to == std::nullopt);
        CHECK(scan(part, /*complete=*/false, Until::to).status == Status::incomplete);
    }

    TEST_CASE("every prefix of a message is incomplete, and malformed if no more will come") {
        const Buffer bytes = rich_bytes();
        const Facts all = scan(bytes, /*complete=*/true, Until::to);
        const std::size_t end = as_text(bytes).find("queue/a") + 7;
        for (std::size_t size = 0; size < end; ++size) {
            const Buffer part(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
            INFO(size);
            CHECK(scan(part, /*complete=*/false, Until::to).status == Status::incomplete);
            const bool between_sections = size == 0 || size == all.header.size ||
                                          size == all.message_annotations.offset ||
                                          size == all.bare_message_at;
            const Facts last = scan(part, /*complete=*/true, Until::to);
            CHECK(last.status == (between_sections ? Status::complete : Status::malformed));
            CHECK(last.reason.empty() == between_sections);
        }
        for (std::size_t size = end; size <= bytes.size(); ++size) {
            CHECK(scan(Bytes(bytes).first(size), /*complete=*/false, Until::to).to == "queue/a");
        }
    }

    TEST_CASE("what is no section starts the bare message and is not looked into") {
        for (const std::string_view text :
             {"'plain'", "00 53 6f 40", "00 53 79 40", "00 80 01 00 00 00 00 00 00 70 45",
              "00 a3 01 'x' 40", "00 44 40", "00 b3 00 00 ff ff 'x'", "00 00"}) {
            const Buffer bytes = hex(text);
            INFO(text);
            const Facts facts = scan(bytes, /*complete=*/false, Until::to);
            CHECK(facts.status == Status::complete);
            CHECK(facts.bare_message_at == 0);
            CHECK(facts.to == std::nullopt);
        }
    }

    TEST_CASE("malformed sections have a reason") {
        for (const std::string_view text : {
                 "00 53 70 40",                               // null header
                 "00 53 70 c1 01 00",                         // a map as header
                 "00 53 70 c0 03 01 a1 00",                   // text as durable
                 "00 53 70 c0 02 02 41",                      // counts more than there is
                 "00 53 70 c0 03 01 41 41",                   // has more than it counts
                 "00 53 70 c0 07 06 40 40 40 40 40 40",       // six fields
                 "00 53 70 00 45",                            // described once too often
                 "00 53 70 45 00 53 70 45",                   // twice
                 "00 53 72 c1 01 00 00 53 71 c1 01 00",       // out of order
                 "00 53 72 c0 01 00",                         // a list as annotations
                 "00 53 72 c1 02 01 40",                      // a key without value
                 "00 53 72 c1 03 02 40 57",                   // cut off within
                 "00 53 73 c1 01 00",                         // a map as properties
                 "00 53 73 c0 00 00",                         // shorter than its count
                 "00 53 73 c0 04 03 40 40 41",                // a boolean as address
                 "00 53 73 c0 05 03 40 40 a3 00",             // a symbol as address
                 "00 53 73 c0 03 03 40 40",                   // counts more than there is
                 "00 53 73 c0 05 03 40 40 a1 08 'to/place'",  // address beyond its list
                 "00 53 73 c0 05 03 00 40 40 40",             // described id
             }) {
            const Buffer bytes = hex(text);
            INFO(text);
            for (const bool complete : {false, true}) {
                const Facts facts = scan(bytes, complete, Until::to);
                CHECK(facts.status == Status::malformed);
                CHECK_FALSE(facts.reason.empty());
            }
        }
        CHECK(whole("00 53 73 c0 04 03 40 40 41", Until::bare_message).status == Status::complete);
    }

    TEST_CASE("a caller is told to give up after kHeaderBytesMax") {
        Buffer bytes = hex("00 53 72 d1 00 02 00 00 00 00 00 02 a3 01 'k' b1 00 01 ff f4");
        bytes.resize(kHeaderBytesMax - 1, 'x');
        CHECK(scan(bytes, /*complete=*/false, Until::bare_message).status == Status::incomplete);
        bytes.push_back('x');
        const Facts facts = scan(bytes, /*complete=*/false, Until::bare_message);
        CHECK(facts.status == Status::malformed);
        CHECK_FALSE(facts.reason.empty());
    }

    TEST_CASE("annotations that fill the limit leave no bare message only if nothing follows") {
        Message message;
        message.message_annotations = {{Symbol{"k"}, Binary{Buffer(kHeaderBytesMax - 24)}}};
        Buffer bytes;
        encode_message(bytes, message);
        const Facts facts = scan(bytes, /*complete=*/true, Until::bare_message);
        REQUIRE(facts.status == Status::complete);
        bytes.resize(facts.bare_message_at);
        CHECK(bytes.size() <= kHeaderBytesMax);
        CHECK(scan(bytes, /*complete=*/true, Until::bare_message).status == Status::complete);
    }

    TEST_CASE("random changes never lead outside the message") {
        std::mt19937 random(11);
        const Buffer seed = rich_bytes();
        int complete = 0;
        for (int i = 0; i < 20'000; ++i) {
            Buffer bytes(seed.begin(),
                         seed.begin() + static_cast<std::ptrdiff_t>(1 + random() % seed.size()));
            for (auto changes = random() % 4; changes > 0; --changes) {
                bytes[random() % bytes.size()] = static_cast<std::uint8_t>(random());
            }
            const Facts facts = scan(bytes, random() % 2 == 0, Until::to);
            complete += facts.status == Status::complete ? 1 : 0;
            CHECK(facts.bare_message_at <= bytes.size());
            CHECK((facts.status == Status::malformed) == !facts.reason.empty());
            for (const Range& range :
                 {facts.header, facts.delivery_annotations, facts.message_annotations}) {
                CHECK(range.offset + range.size <= facts.bare_message_at);
            }
            if (facts.to) {
                CHECK(facts.to->data() + facts.to->size() <= as_text(bytes).data() + bytes.size());
            }
        }
        CHECK(complete > 1000);
    }
}

}  // namespace
}  // namespace weft::wire
