#include "router/core/link_table.hpp"

#include "router/core/port.hpp"

#include <doctest/doctest.h>

namespace weft::router {
namespace {

struct Table {
    Clock clock;
    LinkTable links{3, 2, clock};
    Connection& client = links.connect(no_port(), Traits::of_client(), {});
};

}  // namespace

TEST_SUITE_BEGIN("LinkTable");

TEST_CASE("ids of connections and links count up in the steps that the loop was given") {
    Table table;
    CHECK(table.client.id == 3);
    CHECK(table.links.connect(no_port(), Traits::of_service(), {}).id == 5);
    CHECK(table.links.make(table.client, Direction::in, 10, 0).id == 3);
    CHECK(table.links.make(table.client, Direction::out, 10, 0).id == 5);
}

TEST_CASE("a reference finds its link, and nothing once that is gone, though its slot is used") {
    Table table;
    Link& first = table.links.make(table.client, Direction::in, 10, 0);
    const LinkRef ref = first.self;
    CHECK(table.links.find(ref) == &first);
    table.links.free(first);
    CHECK(table.links.find(ref) == nullptr);
    Link& second = table.links.make(table.client, Direction::in, 10, 0);
    CHECK(second.self.index == ref.index);
    CHECK(table.links.find(ref) == nullptr);
    CHECK(table.links.size() == 1);
}

TEST_CASE("management lists links of clients and routers, none of services and loops") {
    Table table;
    Connection& service = table.links.connect(no_port(), Traits::of_service(), {});
    Connection& loop = table.links.connect(no_port(), Traits::of_loop(), {});
    Connection& router = table.links.connect(no_port(), Traits::of_router(), {});
    table.links.make(service, Direction::in, 10, 0);
    table.links.make(loop, Direction::in, 10, 0);
    Link& first = table.links.make(table.client, Direction::in, 10, 0);
    Link& second = table.links.make(router, Direction::out, 10, 0);
    REQUIRE(table.links.peer_links() == std::vector<Link*>{&first, &second});
    table.links.free(first);
    CHECK(table.links.peer_links() == std::vector<Link*>{&second});
    CHECK(second.listing == 0);
}

TEST_CASE("who is behind a connection is known to it") {
    Table table;
    CHECK(table.client.identity.user == "anonymous");
    Connection& known = table.links.connect(no_port(), Traits::of_client(), {.user = "ann"});
    CHECK(known.identity.user == "ann");
    table.links.disconnect(table.client);
    CHECK(known.position == 0);
    CHECK(table.links.connections().size() == 1);
}

TEST_CASE("a client's messages count and lose what only routers write; a router's do neither") {
    const Traits client = Traits::of_client({.in = true, .out = false});
    CHECK(client.is_client);
    CHECK(client.strips);
    CHECK(client.annotates);
    CHECK_FALSE(client.credit_on_receipt);
    const Traits router = Traits::of_router();
    CHECK_FALSE(router.is_client);
    CHECK_FALSE(router.strips);
    CHECK(router.annotates);
    CHECK(router.credit_on_receipt);
    CHECK(router.from_router);
    CHECK(Traits::of_loop().is_loop);
    CHECK(Traits::of_service().in_process);
}

TEST_SUITE_END();

}  // namespace weft::router
