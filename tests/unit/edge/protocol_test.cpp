// docs/protocol.md shows each message as text and as bytes: both must be what the code does.
#include "router/edge/heartbeat.hpp"
#include "router/edge/look_up.hpp"
#include "router/edge/tracking.hpp"
#include "tests/unit/wire/protocol_page.hpp"

#include <doctest/doctest.h>

using namespace weft;
using namespace weft::edge;

TEST_SUITE("docs/protocol.md: edge routers") {
    TEST_CASE("each example is what is written") {
        const auto page = wire::examples(WEFT_SOURCE_DIR, "## Edge routers");
        REQUIRE(page.size() == 3);
        std::vector<Buffer> written(3);
        write_tracking(written[0], {"M0orders", true});
        write_heartbeat(written[1], 17);
        write_reply(written[2],
                    {.to = "amqp:/_topo/0/A/temp.1", .correlation = "q1", .is_link_route = true});
        for (std::size_t i = 0; i < page.size(); ++i) {
            CAPTURE(i);
            CHECK(wire::as_shown(page[i].bytes) == page[i].shown);
            CHECK(wire::shown(page[i].bytes) == wire::shown(written[i]));
        }
    }
}
