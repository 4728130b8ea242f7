#include "router/node/product.hpp"
#include "tests/unit/node/client.hpp"
#include "tests/unit/router_mgmt/world.hpp"

using namespace weft;
using namespace weft::router;
using namespace weft::node;
using namespace weft::node::test;
using namespace weft::router_mgmt;
using namespace weft::router_mgmt::test;

TEST_SUITE_BEGIN("entity_router");

TEST_CASE("the router shows its settings and its totals") {
    World world{
        R"({"router": {"id": "A", "metadata": "rack 7", "defaultDistribution": "closest"}})"};
    Client client{world.router.shards().home()};
    client.receive_from("orders", 10);
    amqp::Link& link = client.send_to("orders");
    client.send(link, "1");
    client.send(link, "2", /*settled=*/true);
    client.accept_all();

    const wire::Value body =
        world.ask({{"operation", "READ"}, {"type", "router"}, {"name", "A"}}).body;
    CHECK(at(body, "identity") == wire::Value{"1"});
    CHECK(at(body, "mode") == wire::Value{"standalone"});
    CHECK(at(body, "area") == wire::Value{"0"});
    CHECK(at(body, "version") == wire::Value{kVersion});
    CHECK(at(body, "metadata") == wire::Value{"rack 7"});
    CHECK(at(body, "defaultDistribution") == wire::Value{"closest"});
    CHECK(number(at(body, "connectionCount")) == 1);
    CHECK(number(at(body, "linkCount")) == 2);
    CHECK(number(at(body, "addrCount")) == 3);
    CHECK(number(at(body, "nodeCount")) == 0);
    CHECK(number(at(body, "deliveriesIngress")) == 2);
    CHECK(number(at(body, "deliveriesEgress")) == 2);
    CHECK(number(at(body, "presettledDeliveries")) == 1);
    CHECK(number(at(body, "acceptedDeliveries")) == 1);
    CHECK(number(at(body, "memoryUsage")) > 0);
}

TEST_CASE("among all types the router is called by its type and id, and found so") {
    World world;
    const wire::List typed = world.query("router", {"type", "name", "identity"});
    CHECK(typed == wire::List{row({"org.apache.qpid.dispatch.router", "A", "1"})});
    const wire::List all = world.query("", {"type", "name", "identity"});
    CHECK(std::ranges::count(
              all, row({"org.apache.qpid.dispatch.router", "router/A", "router/A"})) == 1);
    for (const char* by : {"name", "identity"}) {
        const wire::Value body = world.ask({{"operation", "READ"}, {by, "router/A"}}).body;
        CHECK(at(body, by) == wire::Value{"router/A"});
        CHECK(at(body, "id") == wire::Value{"A"});
    }
}

TEST_CASE("blocked links are counted under the schema's name and under that of qdstat") {
    World world;
    const wire::List rows = world.query("router", {"blockedLinkCount", "linksBlocked"});
    REQUIRE(rows.size() == 1);
    CHECK(rows[0] == row({std::uint64_t{0}, std::uint64_t{0}}));
}

TEST_CASE("what was dropped is counted by its reason") {
    World world;
    Client client{world.router.shards().home()};
    client.send(client.send_to(""), "to nowhere");
    const wire::Value body =
        world.ask({{"operation", "READ"}, {"type", "router"}, {"name", "A"}}).body;
    const wire::Value dropped = at(body, "droppedDeliveries");
    CHECK(number(at(dropped, "no-address")) == 1);
    CHECK(number(at(dropped, "no-consumer")) == 0);
}

TEST_CASE("a router on its own has no list of routers, one of a mesh is in it") {
    World alone;
    CHECK(alone.query("router.node", {"id"}).empty());

    World meshed{R"({"router": {"id": "B", "mode": "interior"}})"};
    CHECK(meshed.query("router.node",
                       {"identity", "id", "nextHop", "linkState", "validOrigins", "cost"}) ==
          wire::List{row({"router.node/B", "B", "(self)", wire::List{}, wire::List{}, {}})});
    CHECK(meshed.query("router.node", {"id"}, {{"offset", 1}}).empty());
}

TEST_CASE("memory is shown by kind, with the number in use") {
    World world;
    Client client{world.router.shards().home()};
    client.receive_from("orders", 0);
    client.send_to("orders");
    const std::uint64_t addresses = world.router.shards().home().core().addresses().size();
    const wire::List rows = world.query("allocator", {"identity", "inUse"});
    REQUIRE(rows.size() == 4);
    CHECK(rows[0] == row({"allocator/address", addresses}));
    CHECK(rows[1] == row({"allocator/connection", std::uint64_t{1}}));
    CHECK(rows[2] == row({"allocator/delivery", std::uint64_t{0}}));
    CHECK(rows[3] == row({"allocator/link", world.router.shards().home().core().links().size()}));
}

TEST_CASE("a policy is shown with its limits") {
    World world;
    CHECK(world.query("policy", {"enableVhostPolicy", "maxConnections", "policyDir"}) ==
          wire::List{row({false, std::uint64_t{65535}, ""})});
}

TEST_SUITE_END();
