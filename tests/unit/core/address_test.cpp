#include "router/core/address.hpp"

#include <doctest/doctest.h>

#include <string>

namespace weft::router {

TEST_SUITE_BEGIN("address");

TEST_CASE("what a client writes becomes the key that the address table knows") {
    struct Case {
        const char* text;
        const char* key;
    };
    for (const Case& one : {
             Case{"orders", "M0orders"},
             Case{"/orders", "M0orders"},
             Case{"amqp:/orders", "M0orders"},
             Case{"amqp://host/orders", "M0orders"},
             Case{"amqp://host:5672/a/b.c", "M0a/b.c"},
             Case{"amqps:/orders", "M0orders"},
             Case{"orders.", "M0orders"},
             Case{"orders/", "M0orders"},
             Case{"a/b.c#d", "M0a/b.c#d"},
             Case{"a.b:/c", "M0a.b:/c"},
             Case{"urn:thing", "M0urn:thing"},
             Case{"$management", "M0$management"},
             Case{"_$temp.abc", "M0_$temp.abc"},
             Case{"_local/$management", "L$management"},
             Case{"/_local/x", "Lx"},
             Case{"amqp:/_local/x", "Lx"},
             Case{"_topo/0/r1/$management", "L$management"},
             Case{"amqp:/_topo/0/r1/temp.abc", "Ltemp.abc"},
             Case{"_topo/0/r1/a/b", "La/b"},
             Case{"_topo/0/r2/$management", "Rr2"},
             Case{"_topo/0/r2", "Rr2"},
             Case{"_topo/0/all/qdrouter", "Tqdrouter"},
             Case{"_edge/e1/temp.abc", "He1"},
             Case{"_edge/r1/temp.abc", "Ltemp.abc"},
             Case{"_local", "M0_local"},
             Case{"_topology/x", "M0_topology/x"},
             Case{"", ""},
             Case{"/", ""},
             Case{".", ""},
             Case{"amqp:/", ""},
             Case{"amqp://host", "M0amqp://host"},
             Case{"queue://a", "M0queue://a"},
             Case{"topic://a/b", "M0b"},
             Case{"queue:///a", "M0a"},
             Case{"a://", "M0a:/"},
             Case{"://x", "M0://x"},
             Case{"/queue://a", "M0queue://a"},
             Case{"amqp://host/", ""},
             Case{"_topo/0/r1/", ""},
             Case{"_topo/0//x", ""},
             Case{"_topo/0/all/", ""},
             Case{"_edge//x", ""},
         }) {
        CAPTURE(one.text);
        CHECK(parse_address(one.text, "r1").text == one.key);
    }
}

TEST_CASE("an address has at most 32 KiB") {
    CHECK(parse_address(std::string(kAddressBytesMax, 'a'), "r1").name().size() ==
          kAddressBytesMax);
    CHECK(parse_address(std::string(kAddressBytesMax + 1, 'a'), "r1").text.empty());
}

TEST_CASE("what is no address is so for a reason") {
    CHECK(why_no_address("/") == "it names nothing");
    CHECK(why_no_address("amqp://host/") == "it names nothing");
    CHECK(why_no_address("//") == "it names nothing");
    CHECK(why_no_address("_topo/x") == "behind _topo/ it needs an area, a router and a name");
    CHECK(why_no_address("amqp:/_edge//x") == "behind _edge/ it needs a router");
    CHECK(why_no_address(std::string(kAddressBytesMax + 1, 'a')) == "it is longer than 32 KiB");
}

TEST_CASE("a key knows its class, phase and name") {
    const AddressKey mobile = parse_address("orders", "r1");
    CHECK(mobile.address_class() == 'M');
    CHECK(mobile.phase() == '0');
    CHECK(mobile.name() == "orders");
    const AddressKey local = parse_address("_local/x", "r1");
    CHECK(local.address_class() == 'L');
    CHECK(local.phase() == ' ');
    CHECK(local.name() == "x");
    CHECK(AddressKey{}.address_class() == '\0');
}

TEST_CASE("a topological address leads back to its router") {
    const std::string address = topological_address("r1", "temp.x");
    CHECK(address == "amqp:/_topo/0/r1/temp.x");
    CHECK(parse_address(address, "r1").text == "Ltemp.x");
    CHECK(parse_address(address, "r2").text == "Rr1");
}

TEST_SUITE_END();

}  // namespace weft::router
