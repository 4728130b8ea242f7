#include "tests/unit/linkstate/samples.hpp"

#include <doctest/doctest.h>

using namespace weft;
using namespace weft::linkstate;
using test::written;
using wire::hex;
using wire::shown;

namespace {

/// The body as a person reads it.
std::string body(const Message& message) {
    const auto decoded = wire::decode_message(written(message));
    REQUIRE(decoded.has_value());
    CHECK(wire::to_string(wire::Value{decoded->application_properties}) ==
          "{\"opcode\": \"" + std::string{opcode_of(message)} + "\"}");
    return wire::to_string(std::get<wire::Value>(decoded->body));
}

}  // namespace

TEST_SUITE("writing control messages") {
    TEST_CASE("each kind has its opcode, its speaker and its fields") {
        const std::vector<Message> all = test::one_of_each();
        for (const Message& message : all) {
            CHECK(speaker_of(message) == Speaker{.id = "A", .version = 1, .area = "0"});
        }
        CHECK(body(all[0]) == R"({"id": "A", "pv": 1, "area": "0", "instance": 1700000000, )"
                              R"("seen": ["B", "C"]})");
        CHECK(body(all[1]) == R"({"id": "A", "pv": 1, "area": "0", "instance": 1700000000, )"
                              R"("ls_seq": 7, "mobile_seq": 300})");
        CHECK(body(all[2]) == R"({"id": "A", "pv": 1, "area": "0"})");
        CHECK(body(all[3]) ==
              R"({"id": "A", "pv": 1, "area": "0", "instance": 1700000000, "ls_seq": 7, )"
              R"("ls": {"id": "A", "area": "0", "ls_seq": 7, "peers": {"B": 1, "C": 10}}})");
        CHECK(body(all[4]) == R"({"id": "A", "pv": 1, "area": "0", "have_seq": 12})");
        CHECK(body(all[5]) == R"({"id": "A", "pv": 1, "area": "0", "mobile_seq": 13, )"
                              R"("hints": [3], "add": ["M0orders"], "del": ["M0news"]})");
        CHECK(body(all[6]) == R"({"id": "A", "pv": 1, "area": "0", "mobile_seq": 13, )"
                              R"("exist": ["M0orders", "M0news"], "hints": [3, 1]})");
        CHECK(body(all[7]) == R"({"id": "A", "pv": 1, "area": "0", "instance": 1700000000, )"
                              R"("seen": ["B"], "interval_ms": 200})");
    }

    TEST_CASE("keys are strings, integers int or long, everything in its shortest form") {
        const Hello hello{.from = {.id = "A"}, .instance = 1700000000, .seen = {}};
        CHECK(shown(written(hello)) ==
              shown(hex("00 53 74 c1 10 02 a1 06 'opcode' a1 05 'HELLO' "
                        "00 53 77 c1 2d 0a a1 02 'id' a1 01 'A' a1 02 'pv' 54 01 "
                        "a1 04 'area' a1 01 '0' a1 08 'instance' 71 65 53 f1 00 a1 04 'seen' 45")));
        const MobileRequest request{.from = {.id = "A"}, .have_seq = std::int64_t{1} << 31};
        CHECK(shown(written(request)) ==
              shown(hex("00 53 74 c1 0e 02 a1 06 'opcode' a1 03 'MAR' "
                        "00 53 77 c1 2a 08 a1 02 'id' a1 01 'A' a1 02 'pv' 54 01 a1 04 'area' "
                        "a1 01 '0' a1 08 'have_seq' 81 00 00 00 00 80 00 00 00")));
    }

    TEST_CASE("it appends to what is there") {
        const Message message = LinkStateRequest{.from = {.id = "A"}};
        Buffer out{0xee};
        write_message(out, message);
        CHECK(shown(out) == "ee" + shown(written(message)));
    }

    TEST_CASE("what is written is read the same") {
        for (const Message& message : test::one_of_each()) {
            CAPTURE(opcode_of(message));
            const auto read = read_message(written(message));
            REQUIRE(read.has_value());
            CHECK(*read == message);
        }
    }

    TEST_CASE("so it is at the limits") {
        LinkStateUpdate links{.from = {.id = std::string(kRouterIdMax, 'r')},
                              .instance = kSequenceMax,
                              .ls_seq = kSequenceMax,
                              .peers = {}};
        Hello hello{.from = links.from, .instance = 0, .seen = {}};
        for (std::size_t i = 0; i < kPeersMax; ++i) {
            links.peers.emplace_back("router-" + std::to_string(i), i == 0 ? kCostMax : 1);
            hello.seen.push_back(links.peers.back().first);
        }
        CHECK(read_message(written(links)) == Result<Message>{links});
        CHECK(read_message(written(hello)) == Result<Message>{hello});

        MobileUpdate update{.from = {.id = "A"},
                            .mobile_seq = 1,
                            .exist = std::vector<std::string>(kKeysMax, "M0a"),
                            .add = {},
                            .del = {},
                            .hints = std::vector<Hint>(kKeysMax, Hint::closest)};
        const auto read = read_message(written(update));
        REQUIRE(read.has_value());
        CHECK((*read == Message{update}));
        update.exist->emplace_back("M0b");
        CHECK_FALSE(read_message(written(update)).has_value());
    }
}
