#include "tools/weft/management/address_key.hpp"
#include "tools/weft/management/entity_type.hpp"
#include "tools/weft/messages/outcomes.hpp"
#include "tools/weft/tables/numbers.hpp"

#include <doctest/doctest.h>

namespace weft::tools {

TEST_SUITE("text forms") {
    TEST_CASE("commas part the thousands") {
        CHECK(with_commas(0) == "0");
        CHECK(with_commas(999) == "999");
        CHECK(with_commas(1000) == "1,000");
        CHECK(with_commas(1234567) == "1,234,567");
        CHECK(with_commas(-123456) == "-123,456");
    }

    TEST_CASE("sizes have three digits and a binary unit") {
        CHECK(byte_size(900) == "900 B");
        CHECK(byte_size(681984) == "666 KiB");
        CHECK(byte_size(107782144) == "103 MiB");
        CHECK(byte_size(2883584) == "2.75 MiB");
        CHECK(byte_size(12582912) == "12.0 MiB");
    }

    TEST_CASE("durations are filled with zeros") {
        CHECK(hours_time(3723) == "01:02:03");
        CHECK(hours_time(0) == "00:00:00");
        CHECK(days_time(93784) == "001:02:03:04");
        CHECK(days_time(86400LL * 1000) == "1000:00:00:00");
    }

    TEST_CASE("an address key says class, address and phase") {
        CHECK(decode_address_key("M0orders") == AddressKey{"mobile", "orders", "0"});
        CHECK(decode_address_key("MFfb/1") == AddressKey{"mobile", "fb/1", "F"});
        CHECK(decode_address_key("Lqdhello") == AddressKey{"local", "qdhello", ""});
        CHECK(decode_address_key("Tqdrouter") == AddressKey{"topo", "qdrouter", ""});
        CHECK(decode_address_key("RB") == AddressKey{"router", "B", ""});
        CHECK(decode_address_key("A1") == AddressKey{"area", "1", ""});
        CHECK(decode_address_key("Clr").kind == "link-in");
        CHECK(decode_address_key("Dlr").kind == "link-out");
        CHECK(decode_address_key("Elr/#").kind == "link-in");
        CHECK(decode_address_key("Flr/#").kind == "link-out");
        CHECK(decode_address_key("Hedge") == AddressKey{"edge", "edge", ""});
    }

    TEST_CASE("an unknown address class is shown as it is") {
        CHECK(decode_address_key("") == AddressKey{});
        CHECK(decode_address_key("Zx") == AddressKey{"Z", "x", ""});
        CHECK(decode_address_key("M") == AddressKey{"mobile", "", ""});
    }

    TEST_CASE("short entity types get their full names") {
        CHECK(entity_type("link") == "org.apache.qpid.dispatch.router.link");
        CHECK(entity_type("node") == "org.apache.qpid.dispatch.router.node");
        CHECK(entity_type("address") == "org.apache.qpid.dispatch.router.config.address");
        CHECK(entity_type("linkRoute") == "org.apache.qpid.dispatch.router.config.linkRoute");
        CHECK(entity_type("autoLink") == "org.apache.qpid.dispatch.router.config.autoLink");
        CHECK(entity_type("router.address") == "org.apache.qpid.dispatch.router.address");
        CHECK(entity_type("listener") == "org.apache.qpid.dispatch.listener");
    }

    TEST_CASE("full entity types stay as they are") {
        CHECK(entity_type("org.amqp.management") == "org.amqp.management");
        CHECK(entity_type("org.apache.qpid.dispatch.log") == "org.apache.qpid.dispatch.log");
    }

    TEST_CASE("outcomes tell what is still unsettled") {
        Outcomes outcomes{.sent = 5, .accepted = 2, .released = 1};
        CHECK(outcomes.unsettled() == 2);
        CHECK(outcomes.text() ==
              "sent 5, accepted 2, rejected 0, released 1, modified 0, unsettled 2");
        outcomes.unknown = 2;
        CHECK(outcomes.text() ==
              "sent 5, accepted 2, rejected 0, released 1, modified 0, without outcome 2");
    }
}

}  // namespace weft::tools
