#include "tests/unit/node/client.hpp"
#include "tests/unit/router_mgmt/mesh_row.hpp"

#include <algorithm>
#include <set>

using namespace weft;
using namespace weft::router;
using namespace weft::node;
using namespace weft::node::test;
using namespace weft::router_mgmt;
using namespace weft::router_mgmt::test;

namespace {

std::int64_t cost(Managed& of, const char* to) {
    return number(at(Row3::node(of, to), "cost"));
}

mgmt::Reply set_cost(Managed& of, const char* type, const char* name, wire::Value value) {
    return of.ask({{"operation", "UPDATE"}, {"type", type}, {"name", name}},
                  wire::Map{{"cost", std::move(value)}});
}

}  // namespace

TEST_SUITE_BEGIN("entity_mesh");

TEST_CASE("each router of a mesh is shown with the way to it") {
    Row3 world;
    const wire::Value self = Row3::node(world, "A");
    CHECK(at(self, "nextHop") == wire::Value{"(self)"});
    CHECK(at(self, "linkState") == wire::Value{wire::List{"B"}});
    CHECK(at(self, "validOrigins") == wire::Value{wire::List{}});
    CHECK(at(self, "cost").is_null());
    CHECK(number(at(self, "index")) == 0);
    constexpr std::int64_t kMilliseconds = 1000;  // the instance is the start in these
    CHECK(number(at(self, "lastTopoChange")) >= number(at(self, "instance")) / kMilliseconds);

    const wire::Value neighbour = Row3::node(world, "B");
    CHECK(at(neighbour, "nextHop").is_null());
    CHECK(number(at(neighbour, "cost")) == 2);
    CHECK(number(at(neighbour, "protocolVersion")) == 1);
    CHECK(at(neighbour, "address") == wire::Value{"amqp:/_topo/0/B"});

    const wire::Value far = Row3::node(world, "C");
    CHECK(at(far, "nextHop") == wire::Value{"B"});
    CHECK(at(far, "linkState") == wire::Value{wire::List{"B"}});
    const wire::Value said = at(far, "linkCosts");
    const auto* costs = said.as<wire::List>();
    REQUIRE(costs != nullptr);
    REQUIRE(costs->size() == 1);
    CHECK(number(costs->front()) == 1);
    CHECK(at(far, "routerLink").is_null());
    CHECK(number(at(far, "cost")) == 3);
    CHECK(at(far, "reachable") == wire::Value{true});
    CHECK(number(at(far, "instance")) > 0);
}

TEST_CASE("a mesh that has not changed is as old as the router") {
    World world{mesh_node("A", "")};
    const wire::Value self = Row3::node(world, "A");
    constexpr std::int64_t kMilliseconds = 1000;
    CHECK(number(at(self, "lastTopoChange")) == number(at(self, "instance")) / kMilliseconds);
}

TEST_CASE("the router in the middle shows whose messages pass through it") {
    Row3 world;
    CHECK(at(Row3::node(*world.b, "A"), "validOrigins") == wire::Value{wire::List{"C"}});
    CHECK(at(Row3::node(*world.b, "C"), "validOrigins") == wire::Value{wire::List{"A"}});
    CHECK(at(Row3::node(*world.b, "B"), "validOrigins") == wire::Value{wire::List{}});
    CHECK(at(Row3::node(world, "C"), "validOrigins") == wire::Value{wire::List{}});
}

TEST_CASE("a page of routers is the same as that part of all") {
    Row3 world;
    const wire::List all = world.query("router.node", {"id", "cost", "validOrigins"});
    REQUIRE(all.size() == 3);
    for (std::int64_t offset = 0; offset < 3; ++offset) {
        const wire::List page = world.query("router.node", {"id", "cost", "validOrigins"},
                                            {{"offset", offset}, {"count", 1}});
        REQUIRE(page.size() == 1);
        CHECK(page.front() == all[static_cast<std::size_t>(offset)]);
    }
}

TEST_CASE("a router that can't be reached is shown, and not among those to be managed") {
    Row3 world;
    const auto managed = [&] {
        const wire::Value body = world.ask({{"operation", "GET-MGMT-NODES"}}).body;
        return body.as<wire::List>()->size();
    };
    CHECK(managed() == 3);
    CHECK(world.ask({{"operation", "GET-MGMT-NODES"}}).body ==
          wire::Value{wire::List{"amqp:/_topo/0/A/$management", "amqp:/_topo/0/B/$management",
                                 "amqp:/_topo/0/C/$management"}});
    bool stopped = false;
    world.c->router.stop([&] { stopped = true; });
    world.wait_for([&] { return stopped && Row3::reachable(world.router) == 1; });
    CHECK(managed() == 2);
    const wire::Value lost = Row3::node(world, "C");
    CHECK(at(lost, "reachable") == wire::Value{false});
    CHECK(at(lost, "cost").is_null());
    CHECK(at(lost, "nextHop").is_null());
}

TEST_CASE("a router counts those it knows, and shows its intervals with their fractions") {
    Row3 world;
    const wire::List rows = world.query(
        "router", {"mode", "nodeCount", "helloIntervalSeconds", "deliveriesForwardedAgain"});
    REQUIRE(rows.size() == 1);
    CHECK(rows[0] == row({"interior", std::uint64_t{2}, std::int64_t{1}, std::uint64_t{0}}));

    World quick{R"({"router": {"id": "Q", "mode": "interior", "helloIntervalSeconds": 0.25}})"};
    CHECK(quick.query("router", {"helloIntervalSeconds", "fastHelloSeconds"}) ==
          wire::List{row({0.25, 0.2})});
}

TEST_CASE("the connection to a router has a role, and can't be deleted") {
    Row3 world;
    const wire::List rows = world.query("connection", {"identity", "role", "container", "dir"});
    REQUIRE(rows.size() == 1);
    const wire::List& only = *rows[0].as<wire::List>();
    CHECK(only[1] == wire::Value{"inter-router"});
    CHECK(only[2] == wire::Value{"B"});
    CHECK(only[3] == wire::Value{"in"});
    const mgmt::Reply reply =
        world.change("connection", *only[0].text(), {{"adminStatus", "deleted"}});
    CHECK(reply.status == mgmt::Status::forbidden);
    CHECK(world.query("connection", {"operStatus"}) == wire::List{row({"up"})});
}

TEST_CASE("links to a router are shown with their priorities, and one is named as the way there") {
    Row3 world;
    const wire::List rows = world.query(
        "router.link", {"linkType", "linkDir", "priority", "owningAddr", "carries", "identity"});
    std::multiset<std::int64_t> in;
    std::multiset<std::int64_t> out;
    std::set<std::string> identities;
    std::set<std::string> control;
    for (const wire::Value& each : rows) {
        const wire::List& link = *each.as<wire::List>();
        if (link[0] == wire::Value{"router-control"}) {
            control.insert(*link[1].text());
            continue;
        }
        CHECK(link[0] == wire::Value{"inter-router"});
        CHECK(link[3].is_null());
        CHECK(link[4] == wire::Value{"data"});
        (link[1] == wire::Value{"in"} ? in : out).insert(number(link[2]));
        identities.insert(*link[5].text());
    }
    CHECK(control == std::set<std::string>{"in", "out"});
    const std::multiset<std::int64_t> each_once{0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    CHECK(in == each_once);
    CHECK(out == each_once);
    const std::int64_t way = number(at(Row3::node(world, "B"), "routerLink"));
    CHECK(identities.contains(std::to_string(way)));
}

TEST_CASE("an address shows which routers have consumers of it") {
    Row3 world;
    Client consumer{world.c->router.shards().home()};
    consumer.receive_from("orders", 10);
    world.wait_for([&] {
        return world.router.shards().home().core().addresses().find("M0orders") != nullptr;
    });
    const auto read = [](Managed& at, const char* key) {
        return at.ask({{"operation", "READ"}, {"type", "router.address"}, {"identity", key}}).body;
    };
    const wire::Value orders = read(world, "M0orders");
    CHECK(number(at(orders, "remoteCount")) == 1);
    CHECK(at(orders, "remoteHostRouters") == wire::Value{wire::List{"C"}});
    CHECK(number(at(orders, "subscriberCount")) == 0);

    const wire::Value router = read(world, "RC");
    CHECK(at(router, "distribution") == wire::Value{"closest"});
    CHECK(at(router, "remoteHostRouters") == wire::Value{wire::List{"C"}});

    Client producer{world.router.shards().home()};
    producer.send(producer.send_to("orders"), "x", /*settled=*/true);
    world.wait_for([&] { return consumer.pump(), consumer.received() == 1; });
    CHECK(number(at(read(world, "M0orders"), "deliveriesIngress")) == 1);
    CHECK(number(at(read(*world.b, "M0orders"), "deliveriesIngress")) == 0);
    CHECK(number(at(read(*world.b, "M0orders"), "deliveriesTransit")) == 1);
    CHECK(number(at(read(*world.c, "M0orders"), "deliveriesEgress")) == 1);
}

TEST_CASE("a connector to a router can be made while the router runs, and deleted") {
    Row3 world;
    const auto port = world.c->router.listeners().all().front()->listener->bound_port();
    const mgmt::Reply made = world.create(
        "connector",
        {{"name", "short"}, {"port", std::to_string(port)}, {"role", "inter-router"}, {"cost", 1}});
    REQUIRE_MESSAGE(made.status == mgmt::Status::created, made.description);
    CHECK(at(made.body, "role") == wire::Value{"inter-router"});
    CHECK(number(at(made.body, "cost")) == 1);
    CHECK(at(made.body, "stripAnnotations") == wire::Value{"no"});
    const auto cost = [&] { return number(at(Row3::node(world, "C"), "cost")); };
    world.wait_for([&] { return cost() == 1; });

    CHECK(world.remove("connector", "short").status == mgmt::Status::no_content);
    world.wait_for([&] { return cost() == 3; });
}

TEST_CASE("the links for control messages are shown with what passed") {
    Row3 world;
    const auto rows = [&] {
        return world.query("router.link",
                           {"linkDir", "identity", "deliveryCount", "capacity", "priority",
                            "owningAddr", "carries", "linkName"},
                           {{"offset", 20}});
    };
    const wire::List both = rows();
    REQUIRE(both.size() == 2);
    const wire::List& in = *both[0].as<wire::List>();
    const wire::List& out = *both[1].as<wire::List>();
    const std::string connection =
        *world.query("connection", {"identity"})[0].as<wire::List>()->front().text();
    CHECK(in[0] == wire::Value{"in"});
    CHECK(out[0] == wire::Value{"out"});
    CHECK(in[1] == wire::Value{"control-" + connection + "-in"});
    CHECK(out[1] == wire::Value{"control-" + connection + "-out"});
    for (const wire::List& link : {in, out}) {
        CHECK(number(link[2]) > 0);
        CHECK(number(link[3]) == 250);
        CHECK(number(link[4]) == 9);
        CHECK(link[6] == wire::Value{"control"});
    }
    CHECK(in[5].is_null());
    CHECK(out[5] == wire::Value{"Lqdhello"});

    const auto read = [&](const char* key, const wire::Value& value) {
        return world.ask({{"operation", "READ"}, {"type", "router.link"}, {key, value}}).body;
    };
    CHECK(at(read("identity", in[1]), "linkName") == in[7]);
    CHECK(at(read("name", out[7]), "identity") == out[1]);
    CHECK(world.query("router.link", {"identity"}, {{"offset", 21}, {"count", 5}}).size() == 1);
    CHECK(world.query("router.link", {"identity"}, {{"offset", 22}}).empty());
}

TEST_CASE("a cost changes while the router runs, and no connection is lost") {
    Row3 world;
    const wire::List connections = world.query("connection", {"identity"});
    SUBCASE("of a connector: each side knows its own direction") {
        const mgmt::Reply reply = set_cost(*world.b, "connector", "to-peer", 7);
        REQUIRE_MESSAGE(reply.status == mgmt::Status::ok, reply.description);
        CHECK(number(at(reply.body, "cost")) == 7);
        CHECK(cost(*world.b, "A") == 7);
        world.wait_for([&] { return cost(*world.c, "A") == 8; });
        CHECK(cost(world, "B") == 2);
    }
    SUBCASE("of a listener: the greater of both sides counts") {
        CHECK(set_cost(world, "listener", "mesh", 9).status == mgmt::Status::ok);
        CHECK(cost(world, "B") == 9);
        CHECK(cost(world, "C") == 10);
        CHECK(set_cost(world, "listener", "mesh", "1").status == mgmt::Status::ok);
        CHECK(cost(world, "B") == 2);  // the peer's
    }
    SUBCASE("not to what is none") {
        const mgmt::Reply reply = set_cost(world, "listener", "mesh", 0);
        CHECK(reply.status == mgmt::Status::bad_request);
        CHECK(reply.description == "'cost' must be a whole number from 1 to 2147483647, not 0");
        for (const wire::Value& wrong : {wire::Value{std::int64_t{1} << 31}, wire::Value{"x"}}) {
            CHECK(set_cost(world, "listener", "mesh", wrong).status == mgmt::Status::bad_request);
        }
        CHECK(cost(world, "B") == 2);
    }
    CHECK(world.query("connection", {"identity"}) == connections);
}

TEST_CASE("a changed cost holds for connections to come, and is told to their peers") {
    Row3 world;
    CHECK(set_cost(world, "listener", "mesh", 9).status == mgmt::Status::ok);
    const auto d = world.join("D", world.router, 3);
    world.wait_for([&] { return Row3::reachable(d->router) == 3; });
    CHECK(cost(*d, "A") == 9);
    CHECK(cost(world, "D") == 9);
}

TEST_CASE("only a cost between routers changes, and nothing but the cost") {
    World world{R"({"listeners": [{"name": "clients", "port": 0}]})"};
    const auto update = [&](wire::Map changes) {
        return world
            .ask({{"operation", "UPDATE"}, {"type", "listener"}, {"name", "clients"}},
                 std::move(changes))
            .description;
    };
    CHECK(update({{"cost", 3}}) == R"('cost' has no effect without "role": "inter-router")");
    CHECK(update({{"linkCapacity", 3}}) ==
          "Cannot update attribute 'linkCapacity' in UPDATE: it is fixed once the entity exists");
}

TEST_CASE("two connections to one router: the cheaper one leads there") {
    Row3 world;
    const auto port = world.b->router.listeners().all().front()->listener->bound_port();
    CHECK(world
              .create("connector",
                      {{"name", "twin"}, {"port", std::to_string(port)}, {"role", "inter-router"}})
              .status == mgmt::Status::created);
    world.wait_for([&] { return cost(world, "B") == 1; });
    CHECK(world.router.mesh()->neighbours().size() == 2);
    CHECK(Row3::reachable(world.router) == 2);
    world.remove("connector", "twin");
    world.wait_for([&] { return cost(world, "B") == 2; });
    CHECK(Row3::reachable(world.router) == 2);
}

TEST_CASE("a router that dials itself is no neighbour of its own, and does not dial again") {
    World world{mesh_node("A", "")};
    const auto& listener = *world.router.listeners().all().front()->listener;
    world.create("connector", {{"name", "me"},
                               {"port", std::to_string(listener.bound_port())},
                               {"role", "inter-router"}});
    const auto heard = [&] {
        return world.router.mesh()->state().counters().received;  // HELLO, of both ends
    };
    io::run_until(world.loop, [&] { return heard() >= 4; });
    CHECK(world.router.mesh()->neighbours().size() == 2);
    CHECK(listener.accepted() == 1);
    CHECK(Row3::reachable(world.router) == 0);
}

TEST_CASE("a router may end while its loop runs on") {
    Row3 world;
    Client consumer{world.c->router.shards().home()};
    consumer.receive_from("orders", 10);
    world.wait_for([&] {
        return world.router.shards().home().core().addresses().find("M0orders") != nullptr;
    });
    world.b.reset();
    world.wait_for([&] { return Row3::reachable(world.router) == 0; });
    CHECK(world.router.shards().home().connections().empty());
}

TEST_CASE("a listener for routers can be made where there is a mesh, and only there") {
    World meshed{R"({"router": {"id": "A", "mode": "interior"}})"};
    const wire::Map attributes{{"name", "m"}, {"port", "0"}, {"role", "inter-router"}};
    const mgmt::Reply made = meshed.create("listener", attributes);
    CHECK(made.status == mgmt::Status::created);
    CHECK(at(made.body, "role") == wire::Value{"inter-router"});

    World alone;
    const mgmt::Reply refused = alone.create("listener", attributes);
    CHECK(refused.status == mgmt::Status::bad_request);
    CHECK(refused.description ==
          "'role' \"inter-router\" needs a router with \"mode\": \"interior\"; set that, or the "
          "role \"normal\"");
}

TEST_CASE("metrics count the routers, and what is said between them") {
    Row3 world;
    const Metrics metrics = world.metrics();
    REQUIRE(metrics.mesh);
    CHECK(metrics.mesh->reachable == 2);
    CHECK(metrics.mesh->unreachable == 0);
    CHECK(metrics.mesh->neighbours == 1);
    CHECK(metrics.mesh->counters.received > 0);
    CHECK(metrics.mesh->counters.sent > 0);
    CHECK(metrics.mesh->counters.malformed == 0);
    CHECK(std::ranges::none_of(metrics.by_address, [](const AddressMetrics& each) {
        return each.address.starts_with("_weft/");
    }));
    CHECK(metrics.connections.at({"inter-router", "mesh"}) == 1);
    World alone;
    CHECK(!alone.metrics().mesh);
}

TEST_SUITE_END();
