#include "mqtt-gateway/mapping/shared_row.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

using namespace weft;
using namespace weft::mqtt_mapping;

TEST_SUITE("shared row") {
    TEST_CASE("what is written is read") {
        for (const std::string_view body : {"", "what a session has"}) {
            const SharedRow row{.key = "s/d",
                                .version = 7,
                                .owner = "gw/12",
                                .sequence = 3,
                                .body = as_bytes(body),
                                .life = body.empty() ? 600'000U : 0U};
            Buffer message;
            append_shared_row(message, "$q", row);
            const auto read = read_shared_row(message);
            REQUIRE(read);
            CHECK(read->key == "s/d");
            CHECK(read->version == 7);
            CHECK(read->owner == "gw/12");
            CHECK(read->sequence == 3);
            CHECK(as_text(read->body) == body);
            CHECK(read->life == row.life);
            for (std::size_t size = 0; size < message.size(); ++size) {
                (void)read_shared_row(Bytes{message}.first(size));  // nothing is read beyond it
            }
        }
        CHECK_FALSE(read_shared_row(as_bytes(std::string_view{"no message"})));
    }

    TEST_CASE("clients and gateways have keys of their own, which fit") {
        CHECK(session_key("d") == "s/d");
        CHECK(gateway_key("d") == "g/d");
        CHECK_FALSE(is_gateway_key(session_key("g/d")));
        const std::string longest(254, 'x');
        CHECK(session_key(longest).size() == 256);
        const std::string longer(255, 'x');
        CHECK(session_key(longer).size() == 66);
        CHECK(session_key(longer).starts_with("s#"));
        CHECK(session_key(longer) != session_key(longer + "x"));
        CHECK(is_gateway_key(gateway_key(longer)));
    }
}
