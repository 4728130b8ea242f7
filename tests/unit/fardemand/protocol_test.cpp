// docs/protocol.md shows each message as text and as bytes: both must be what the code does.
#include "router/fardemand/demand_message.hpp"
#include "tests/unit/wire/protocol_page.hpp"

#include <doctest/doctest.h>

using namespace weft;
using namespace weft::fardemand;

TEST_SUITE("docs/protocol.md") {
    TEST_CASE("each example of demand is read as it says, and written as it shows") {
        using Kind = DemandMessage::Kind;
        const std::vector<DemandMessage> messages = {
            {.kind = Kind::ask, .entries = {{.key = "M1orders", .wanted = true}}},
            {.kind = Kind::tell,
             .entries = {{.key = "M1orders", .limit = 13, .taken = 3, .drain = 1}}},
            {.kind = Kind::rest, .entries = {{.key = "M1orders", .drain = 1}}}};
        const auto page =
            wire::examples(WEFT_SOURCE_DIR, "## Demand of consumers at other routers");
        REQUIRE(page.size() == messages.size());
        for (std::size_t i = 0; i < page.size(); ++i) {
            CAPTURE(i);
            CHECK(wire::as_shown(page[i].bytes) == page[i].shown);
            CHECK(read_demand_message(page[i].bytes) == Result<DemandMessage>{messages[i]});
            Buffer content;
            write_demand_message(content, messages[i]);
            CHECK(wire::shown(page[i].bytes).ends_with(wire::shown(content)));
            CHECK(is_demand_message(content));
        }
    }
}
