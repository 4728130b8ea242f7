#include "common/base/conditions.hpp"
#include "tests/unit/linkstate/samples.hpp"

#include <doctest/doctest.h>

using namespace weft;
using namespace weft::linkstate;
using test::content;
using test::with;
using wire::hex;
using wire::List;
using wire::Map;
using wire::Value;

namespace {

Error refused(Bytes bytes) {
    const auto message = read_message(bytes);
    return message ? Error{} : message.error();
}

/// The text of the refusal, which must be that of a field.
std::string fault(std::string_view opcode, const Map& body) {
    const Error error = refused(content(opcode, body));
    CHECK(error.condition == "amqp:invalid-field");
    return error.text;
}

const Map kRefusedSpeaker = {{"id", "A"}, {"pv", 1}, {"area", "0"}};
const Map kHelloMap = with(kRefusedSpeaker, "seen", List{"B"});
const Map kAdvertMap = with(with(kRefusedSpeaker, "ls_seq", 1), "mobile_seq", 1);
const Map kLinksMap = {{"id", "A"}, {"area", "0"}, {"ls_seq", 1}, {"peers", Map{{"B", 1}}}};
const Map kUpdate = with(with(kRefusedSpeaker, "ls_seq", 1), "ls", kLinksMap);
const Map kDiff =
    with(with(with(kRefusedSpeaker, "mobile_seq", 1), "add", List{"M0a"}), "del", List{"M0b"});

std::string fault_of_peers(Value peers) {
    return fault("LSU", with(kUpdate, "ls", with(kLinksMap, "peers", std::move(peers))));
}

}  // namespace

TEST_SUITE("refusing control messages") {
    TEST_CASE("the samples without a fault are taken") {
        CHECK(refused(content("HELLO", kHelloMap)) == Error{});
        CHECK(refused(content("RA", kAdvertMap)) == Error{});
        CHECK(refused(content("LSU", kUpdate)) == Error{});
        CHECK(refused(content("MAU", kDiff)) == Error{});
    }

    TEST_CASE("each field that is missing is named") {
        CHECK(fault("HELLO", with(kHelloMap, "id")) == "HELLO.id is missing");
        CHECK(fault("HELLO", with(kHelloMap, "seen")) == "HELLO.seen is missing");
        CHECK(fault("RA", with(kAdvertMap, "ls_seq")) == "RA.ls_seq is missing");
        CHECK(fault("RA", with(kAdvertMap, "mobile_seq")) == "RA.mobile_seq is missing");
        CHECK(fault("LSR", Map{}) == "LSR.id is missing");
        CHECK(fault("LSU", with(kUpdate, "ls_seq")) == "LSU.ls_seq is missing");
        CHECK(fault("LSU", with(kUpdate, "ls")) == "LSU.ls is missing");
        for (const std::string name : {"id", "ls_seq", "peers"}) {
            CHECK(fault("LSU", with(kUpdate, "ls", with(kLinksMap, name))) ==
                  "LSU.ls." + name + " is missing");
        }
        CHECK(fault("MAR", kRefusedSpeaker) == "MAR.have_seq is missing");
        CHECK(fault("MAU", with(kDiff, "mobile_seq")) == "MAU.mobile_seq is missing");
        CHECK(fault("MAU", with(kDiff, "add")) == "MAU.add is missing");
        CHECK(fault("MAU", with(kDiff, "del")) == "MAU.del is missing");
    }

    TEST_CASE("each field of the wrong type is named") {
        CHECK(fault("HELLO", with(kHelloMap, "id", 1)) ==
              "HELLO.id is neither a string nor a symbol");
        CHECK(fault("HELLO", with(kHelloMap, "area", 0)) ==
              "HELLO.area is neither a string nor a symbol");
        CHECK(fault("HELLO", with(kHelloMap, "pv", "1")) == "HELLO.pv is not an integer");
        CHECK(fault("HELLO", with(kHelloMap, "instance", true)) ==
              "HELLO.instance is not an integer");
        CHECK(fault("HELLO", with(kHelloMap, "seen", "B")) == "HELLO.seen is not a list");
        CHECK(fault("HELLO", with(kHelloMap, "seen", Map{})) == "HELLO.seen is not a list");
        CHECK(fault("RA", with(kAdvertMap, "ls_seq", 1.0)) == "RA.ls_seq is not an integer");
        CHECK(fault("LSU", with(kUpdate, "ls", List{})) == "LSU.ls is not a map");
        CHECK(fault_of_peers(List{}) == "LSU.ls.peers is not a map of at most 4096 routers");
        CHECK(fault("MAU", with(kDiff, "add", "M0a")) == "MAU.add is not a list");
        CHECK(fault("MAU", with(kDiff, "hints", 1)) == "MAU.hints is not a list");
        CHECK(fault("MAU", with(kDiff, "hints", List{"1"})) ==
              "MAU.hints has an element that is not an integer");
        CHECK(fault("MAU", with(kDiff, "hints", List{Value{}})) ==
              "MAU.hints has an element that is not an integer");
    }

    TEST_CASE("elements that cannot be a router or an address are refused") {
        const std::string no_router = "HELLO.seen has an element that is not the id of a router";
        const std::string no_key = "MAU.del has an element that is not the key of an address";
        CHECK(fault("HELLO", with(kHelloMap, "seen", List{"B", 1})) == no_router);
        CHECK(fault("HELLO", with(kHelloMap, "seen", List{"B", Value{}})) == no_router);
        CHECK(fault("HELLO", with(kHelloMap, "seen", List{""})) == no_router);
        CHECK(fault("HELLO", with(kHelloMap, "seen", List{std::string(256, 'x')})) == no_router);
        CHECK(fault("MAU", with(kDiff, "del", List{1})) == no_key);
        CHECK(fault("MAU", with(kDiff, "del", List{""})) == no_key);
    }

    TEST_CASE("an id is short text") {
        const std::string text = "LSR.id is not the id of a router: 1 to 255 bytes of UTF-8";
        CHECK(fault("LSR", with(kRefusedSpeaker, "id", "")) == text);
        CHECK(fault("LSR", with(kRefusedSpeaker, "id", std::string(256, 'x'))) == text);
        CHECK(fault("LSR", with(kRefusedSpeaker, "id", "A\xff")) == text);
        CHECK(refused(content("LSR", with(kRefusedSpeaker, "id", std::string(255, 'x')))) ==
              Error{});
        CHECK(refused(content("LSR", with(kRefusedSpeaker, "id", "Ä"))) == Error{});
    }

    TEST_CASE("numbers that cannot be are refused") {
        const std::string text = "MAR.have_seq is not within 0 and 2^62";
        const auto have_seq = [](Value value) {
            return fault("MAR", with(kRefusedSpeaker, "have_seq", std::move(value)));
        };
        CHECK(have_seq(-1) == text);
        CHECK(have_seq(kSequenceMax + 1) == text);
        CHECK(have_seq(INT64_MIN) == text);
        CHECK(have_seq(UINT64_MAX) == text);
        CHECK(fault("LSR", with(kRefusedSpeaker, "pv", -1)) == "LSR.pv is not within 0 and 2^62");
        for (const std::int64_t interval :
             {std::int64_t{0}, kHelloIntervalMin - 1, kHelloIntervalMax + 1}) {
            CHECK(fault("HELLO", with(kHelloMap, "interval_ms", interval)) ==
                  "HELLO.interval_ms is not within 10 and 3600000");
        }
        for (const std::int64_t interval : {kHelloIntervalMin, kHelloIntervalMax}) {
            CHECK(refused(content("HELLO", with(kHelloMap, "interval_ms", interval))) == Error{});
        }
        CHECK(fault("HELLO", with(kHelloMap, "interval_ms", "200")) ==
              "HELLO.interval_ms is not an integer");
    }

    TEST_CASE("costs are within their bounds, peers are routers, each is named once") {
        const std::string no_cost =
            "LSU.ls.peers has a cost that is not an integer within 1 and 2^31";
        CHECK(fault_of_peers(Map{{"B", 0}}) == no_cost);
        CHECK(fault_of_peers(Map{{"B", -1}}) == no_cost);
        CHECK(fault_of_peers(Map{{"B", kCostMax + 1}}) == no_cost);
        CHECK(fault_of_peers(Map{{"B", "1"}}) == no_cost);
        CHECK(fault_of_peers(Map{{"B", Value{}}}) == no_cost);
        CHECK(fault_of_peers(Map{{1, 1}}) ==
              "LSU.ls.peers has a key that is not the id of a router");
        CHECK(fault_of_peers(Map{{"B", 1}, {"C", 1}, {"B", 2}}) ==
              "LSU.ls.peers names a router twice");
    }

    TEST_CASE("link state of somebody else is refused") {
        const std::string text = "LSU.ls is of another router or sequence than the message";
        CHECK(fault("LSU", with(kUpdate, "ls", with(kLinksMap, "id", "B"))) == text);
        CHECK(fault("LSU", with(kUpdate, "ls", with(kLinksMap, "ls_seq", 2))) == text);
    }

    TEST_CASE("what exists excludes what changed") {
        const std::string text = "MAU.exist excludes the fields add and del";
        CHECK(fault("MAU", with(kDiff, "exist", List{})) == text);
        CHECK(fault("MAU", with(with(kDiff, "exist", List{}), "del")) == text);
        CHECK(fault("MAU", with(with(kDiff, "exist", List{}), "add")) == text);
    }

    TEST_CASE("lists beyond the limits are refused") {
        const List routers(kPeersMax + 1, Value{"B"});
        CHECK(fault("HELLO", with(kHelloMap, "seen", routers)) ==
              "HELLO.seen has 4097 elements; at most 4096 are taken");
        MobileUpdate update{.from = {.id = "A"},
                            .mobile_seq = 1,
                            .exist = std::nullopt,
                            .add = std::vector<std::string>(kKeysMax, "M"),
                            .del = {"M"},
                            .hints = {}};
        CHECK(refused(test::written(update)).text ==
              "MAU: add and del together have more than 2000000 elements");
        CHECK(refused(Buffer(kControlMessageMax + 1)).text ==
              "the message has more than 67108864 bytes");
    }

    TEST_CASE("a field that is there twice is refused") {
        Map body = kRefusedSpeaker;
        body.emplace_back(wire::Symbol{"id"}, "B");
        CHECK(fault("LSR", body) == "LSR.id is there twice");
    }

    TEST_CASE("opcodes that nobody knows are not implemented") {
        CHECK(refused(content("HELLO2", kHelloMap)) ==
              Error{"amqp:not-implemented",
                    "application-properties.opcode is none of HELLO, RA, LSR, LSU, MAR, MAU"});
        CHECK(refused(content("", kHelloMap)).condition == "amqp:not-implemented");
        CHECK(refused(content(5, kHelloMap)).text ==
              "application-properties.opcode is neither a string nor a symbol");
        CHECK(refused(content(Value{}, kHelloMap)).text ==
              "application-properties.opcode is missing");
    }

    TEST_CASE("content that is not application properties and a map is refused") {
        const std::string properties = "00 53 74 c1 0e 02 a1 06 'opcode' a1 03 'LSR' ";
        const std::string body = "00 53 77 c1 08 02 a1 02 'id' a1 01 'A' ";
        REQUIRE(refused(hex(properties + body)) == Error{});
        CHECK(refused({}).text == "application-properties is not a map");
        CHECK(refused(hex(body)).text == "application-properties is not a map");
        CHECK(refused(hex("00 53 74 45" + body)).text == "application-properties is not a map");
        CHECK(refused(hex(properties)).text == "LSR is not a map");
        CHECK(refused(hex(properties + "00 53 77 45")).text == "LSR is not a map");
        CHECK(refused(hex(properties + "00 53 77 c1 04 01 a1 01 'A'")).text == "LSR is not a map");
        CHECK(refused(hex(properties + "00 53 75 a0 00")).text == "the body is not an amqp-value");
        CHECK(refused(hex(properties + "00 53 76 45")).text == "the body is not an amqp-value");
        CHECK(refused(hex("00 53 70 45" + properties + body)).text ==
              "a section stands behind the properties that belongs in front of them");
        CHECK(refused(hex(body + properties)).text == "a section is repeated or out of order");
        CHECK(refused(hex(properties + body + "41")).text ==
              "the message has something that is not a section");
        for (const Error& error : {refused(hex(body + properties)), refused(hex("41"))}) {
            CHECK(error.condition == kDecodeError);
        }
    }

    TEST_CASE("content that is cut off anywhere is refused") {
        for (const Message& message : test::one_of_each()) {
            CAPTURE(opcode_of(message));
            const Buffer bytes = test::written(message);
            for (std::size_t size = 0; size < bytes.size(); ++size) {
                CAPTURE(size);
                CHECK_FALSE(read_message(Bytes(bytes).first(size)).has_value());
            }
        }
    }
}
