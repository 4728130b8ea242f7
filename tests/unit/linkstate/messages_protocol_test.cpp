// docs/protocol.md shows each message as text and as bytes: both must be what the code does.
#include "tests/unit/linkstate/samples.hpp"
#include "tests/unit/wire/protocol_page.hpp"

#include <doctest/doctest.h>

using namespace weft;
using namespace weft::linkstate;

namespace {

/// The message as the routers of `trace` pass it on, one after the other.
Buffer passed_on(std::string_view to,
                 const Message& message,
                 const std::vector<std::string_view>& trace) {
    const Buffer content = test::written(message);
    Buffer bytes;
    write_envelope(bytes, {.to = to, .ingress = {}, .trace = {}, .content = content}, trace[0]);
    for (std::size_t i = 1; i < trace.size(); ++i) {
        const auto envelope = read_envelope(bytes);
        REQUIRE(envelope.has_value());
        Buffer next;
        write_envelope(next, *envelope, trace[i]);
        bytes = std::move(next);
    }
    return bytes;
}

/// What the page tells of, in its order.
std::vector<Message> messages_of_the_page() {
    const Speaker a{.id = "A"};
    return {
        Hello{.from = a, .instance = 1700000000, .seen = {"B"}},
        RouterAdvert{.from = a, .instance = 1700000000, .ls_seq = 7, .mobile_seq = 13},
        LinkStateRequest{.from = a},
        LinkStateUpdate{
            .from = a, .instance = 1700000000, .ls_seq = 7, .peers = {{"B", 1}, {"C", 10}}},
        MobileRequest{.from = a, .have_seq = 12},
        MobileUpdate{.from = a,
                     .mobile_seq = 13,
                     .exist = std::nullopt,
                     .add = {"M0orders"},
                     .del = {"M0news"},
                     .hints = {Hint::balanced}},
        MobileUpdate{.from = a,
                     .mobile_seq = 13,
                     .exist = std::vector<std::string>{"M0_weft/A", "M0orders"},
                     .add = {},
                     .del = {},
                     .hints = {Hint::closest, Hint::balanced}},
    };
}

}  // namespace

TEST_SUITE("docs/protocol.md") {
    TEST_CASE("each example is read as it says, and written as it shows") {
        const auto page = wire::examples(WEFT_SOURCE_DIR, "## Control messages");
        const auto messages = messages_of_the_page();
        REQUIRE(page.size() == messages.size());
        for (std::size_t i = 0; i < page.size(); ++i) {
            CAPTURE(opcode_of(messages[i]));
            CHECK(wire::as_shown(page[i].bytes) == page[i].shown);
            const auto envelope = read_envelope(page[i].bytes);
            REQUIRE(envelope.has_value());
            CHECK(read_message(envelope->content) == Result<Message>{messages[i]});
            const Buffer again = passed_on(envelope->to, messages[i], routers_passed(*envelope));
            CHECK(wire::shown(again) == wire::shown(page[i].bytes));
        }
    }

    TEST_CASE("so is the fast HELLO, in its short envelope") {
        const auto page = wire::examples(WEFT_SOURCE_DIR, "## What Weft adds");
        REQUIRE(page.size() == 1);
        const Message hello =
            Hello{.from = {.id = "A"}, .instance = 1700000000, .seen = {"B"}, .interval_ms = 200};
        CHECK(wire::as_shown(page[0].bytes) == page[0].shown);
        const auto envelope = read_envelope(page[0].bytes);
        REQUIRE(envelope.has_value());
        CHECK(envelope->ingress.empty());
        CHECK(read_message(envelope->content) == Result<Message>{hello});
        Buffer again;
        write_short_envelope(again, envelope->to, test::written(hello));
        CHECK(wire::shown(again) == wire::shown(page[0].bytes));
    }
}
