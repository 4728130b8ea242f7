#include "tests/unit/linkstate/samples.hpp"

#include <doctest/doctest.h>

using namespace weft;
using namespace weft::linkstate;
using wire::hex;

namespace {

// What qdrouterd 1.19.0 with the id "A" sent on the control link of its neighbour "B".

const std::string kHeaderAndAnnotations =
    "00 53 70 d0 00 00 00 05 00 00 00 01 42 00 53 72 c1 30 04 a3 10 'x-opt-qd.ingress' "
    "a1 03 '0/A' a3 0e 'x-opt-qd.trace' c0 06 01 a1 03 '0/A'";
const std::string kHello =
    "00 53 73 d0 00 00 00 1f 00 00 00 06 40 40 a1 14 'amqp:/_local/qdhello' 40 40 40 00 "
    "53 74 d1 00 00 00 13 00 00 00 02 a1 06 'opcode' a1 05 'HELLO' 00 53 77 d1 00 00 00 "
    "30 00 00 00 0a a1 02 'id' a1 01 'A' a1 02 'pv' 54 01 a1 04 'area' a1 01 '0' a1 08 "
    "'instance' 71 6b 01 97 d5 a1 04 'seen' 45";
const std::string kAdvert =
    "00 53 73 d0 00 00 00 25 00 00 00 06 40 40 a1 1a 'amqp:/_topo/0/all/qdrouter' 40 40 "
    "40 00 53 74 d1 00 00 00 10 00 00 00 02 a1 06 'opcode' a1 02 'RA' 00 53 77 d1 00 00 "
    "00 41 00 00 00 0c a1 02 'id' a1 01 'A' a1 02 'pv' 54 01 a1 04 'area' a1 01 '0' a1 "
    "08 'instance' 71 6b 01 97 d5 a1 06 'ls_seq' 54 01 a1 0a 'mobile_seq' 54 00";
const std::string kRequest =
    "00 53 73 d0 00 00 00 23 00 00 00 06 40 40 a1 18 'amqp:/_topo/0/B/qdrouter' 40 40 40 "
    "00 53 74 d1 00 00 00 11 00 00 00 02 a1 06 'opcode' a1 03 'LSR' 00 53 77 d1 00 00 00 "
    "1a 00 00 00 06 a1 02 'id' a1 01 'A' a1 02 'pv' 54 01 a1 04 'area' a1 01 '0'";
const std::string kLinks =
    "00 53 73 d0 00 00 00 23 00 00 00 06 40 40 a1 18 'amqp:/_topo/0/B/qdrouter' 40 40 40 "
    "00 53 74 d1 00 00 00 11 00 00 00 02 a1 06 'opcode' a1 03 'LSU' 00 53 77 d1 00 00 00 "
    "6f 00 00 00 0c a1 02 'id' a1 01 'A' a1 02 'pv' 54 01 a1 04 'area' a1 01 '0' a1 08 "
    "'instance' 71 6b 01 97 d5 a1 06 'ls_seq' 54 01 a1 02 'ls' d1 00 00 00 33 00 00 00 "
    "08 a1 02 'id' a1 01 'A' a1 04 'area' a1 01 '0' a1 06 'ls_seq' 54 01 a1 05 'peers' "
    "d1 00 00 00 09 00 00 00 02 a1 01 'B' 54 01";
const std::string kMobileRequest =
    "00 53 73 d0 00 00 00 23 00 00 00 03 40 40 a1 1b 'amqp:/_topo/0/B/qdrouter.ma' 00 53 "
    "74 d1 00 00 00 11 00 00 00 02 a3 06 'opcode' a1 03 'MAR' 00 53 77 d1 00 00 00 26 00 "
    "00 00 08 a3 02 'id' a1 01 'A' a3 02 'pv' 55 01 a3 04 'area' a1 01 '0' a3 08 "
    "'have_seq' 55 00";
const std::string kDifference =
    "00 53 73 d0 00 00 00 1f 00 00 00 03 40 40 a1 17 '_topo/0/all/qdrouter.ma' 00 53 74 "
    "d1 00 00 00 11 00 00 00 02 a3 06 'opcode' a1 03 'MAU' 00 53 77 d1 00 00 00 6c 00 00 "
    "00 0e a3 02 'id' a1 01 'A' a3 02 'pv' 55 01 a3 04 'area' a1 01 '0' a3 0a "
    "'mobile_seq' 55 01 a3 05 'hints' d0 00 00 00 08 00 00 00 02 54 01 54 03 a3 03 'add' "
    "d0 00 00 00 18 00 00 00 02 a1 0a 'M0orders.x' a1 06 'M0news' a3 03 'del' d0 00 00 "
    "00 04 00 00 00 00";
const std::string kAbsolute =
    "00 53 73 d0 00 00 00 23 00 00 00 03 40 40 a1 1b 'amqp:/_topo/0/B/qdrouter.ma' 00 53 "
    "74 d1 00 00 00 11 00 00 00 02 a3 06 'opcode' a1 03 'MAU' 00 53 77 d1 00 00 00 56 00 "
    "00 00 0c a3 02 'id' a1 01 'A' a3 02 'pv' 55 01 a3 04 'area' a1 01 '0' a3 0a "
    "'mobile_seq' 55 02 a3 05 'exist' d0 00 00 00 10 00 00 00 01 a1 0a 'M0orders.x' a3 "
    "05 'hints' d0 00 00 00 06 00 00 00 01 54 01";

constexpr std::int64_t kInstance = 1795266517;
const Speaker kA{.id = "A"};

/// The message after a look at its envelope.
Result<Message> read(const std::string& text, std::string_view to) {
    const Buffer bytes = hex(kHeaderAndAnnotations + text);
    const auto envelope = read_envelope(bytes);
    REQUIRE(envelope.has_value());
    CHECK(envelope->to == to);
    CHECK(envelope->ingress == "A");
    CHECK(routers_passed(*envelope) == std::vector<std::string_view>{"A"});
    return read_message(envelope->content);
}

}  // namespace

TEST_SUITE("control messages of an original") {
    TEST_CASE("those of its part in Python are read") {
        CHECK(read(kHello, "amqp:/_local/qdhello") ==
              Result<Message>{Hello{.from = kA, .instance = kInstance, .seen = {}}});
        CHECK(read(kAdvert, "amqp:/_topo/0/all/qdrouter") ==
              Result<Message>{
                  RouterAdvert{.from = kA, .instance = kInstance, .ls_seq = 1, .mobile_seq = 0}});
        CHECK(read(kRequest, "amqp:/_topo/0/B/qdrouter") ==
              Result<Message>{LinkStateRequest{.from = kA}});
        CHECK(read(kLinks, "amqp:/_topo/0/B/qdrouter") ==
              Result<Message>{LinkStateUpdate{
                  .from = kA, .instance = kInstance, .ls_seq = 1, .peers = {{"B", 1}}}});
    }

    TEST_CASE("those of its part in C are read") {
        CHECK(read(kMobileRequest, "amqp:/_topo/0/B/qdrouter.ma") ==
              Result<Message>{MobileRequest{.from = kA, .have_seq = 0}});
        CHECK(read(kDifference, "_topo/0/all/qdrouter.ma") ==
              Result<Message>{MobileUpdate{.from = kA,
                                           .mobile_seq = 1,
                                           .exist = std::nullopt,
                                           .add = {"M0orders.x", "M0news"},
                                           .del = {},
                                           .hints = {Hint::multicast, Hint::balanced}}});
        CHECK(read(kAbsolute, "amqp:/_topo/0/B/qdrouter.ma") ==
              Result<Message>{MobileUpdate{.from = kA,
                                           .mobile_seq = 2,
                                           .exist = std::vector<std::string>{"M0orders.x"},
                                           .add = {},
                                           .del = {},
                                           .hints = {Hint::multicast}}});
    }
}
