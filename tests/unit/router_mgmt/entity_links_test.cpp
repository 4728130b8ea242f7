#include "tests/unit/node/client.hpp"
#include "tests/unit/router_mgmt/world.hpp"

using namespace weft;
using namespace weft::router;
using namespace weft::node;
using namespace weft::node::test;
using namespace weft::router_mgmt;
using namespace weft::router_mgmt::test;

TEST_SUITE_BEGIN("entity_links");

TEST_CASE("links of clients are shown, those of services in process are not") {
    World world;
    CHECK(world.router.shards().home().core().links().size() > 0);  // management's
    CHECK(world.query("router.link", {"identity"}).empty());

    Client client{world.router.shards().home()};
    client.receive_from("orders", 10);
    const wire::List rows = world.query(
        "router.link", {"linkDir", "owningAddr", "linkType", "linkName", "name", "connectionId",
                        "adminStatus", "operStatus", "peer", "ingressHistogram"});
    REQUIRE(rows.size() == 1);
    CHECK(rows[0] == row({"out",
                          "M0orders",
                          "endpoint",
                          "link-1",
                          "link-1",
                          client.id(),
                          "enabled",
                          "up",
                          {},
                          {}}));
}

TEST_CASE("a link shows how many deliveries it waits with and how many are not settled") {
    World world;
    Client consumer{world.router.shards().home()};
    Client producer{world.router.shards().home()};
    consumer.receive_from("orders", 2);
    amqp::Link& link = producer.send_to("orders");
    for (const char* body : {"1", "2", "3"}) {
        producer.send(link, body);
    }
    const auto counts = [&] {
        std::vector<std::int64_t> numbers;
        for (const wire::Value& each :
             world.query("router.link", {"undeliveredCount", "unsettledCount", "deliveryCount",
                                         "acceptedCount", "creditAvailable"})) {
            for (const wire::Value& value : *each.as<wire::List>()) {
                numbers.push_back(number(value));
            }
        }
        return numbers;
    };
    CHECK(counts() == std::vector<std::int64_t>{1, 2, 2, 0, 0, 0, 3, 3, 0, 247});

    consumer.pump();
    consumer.accept_all();
    producer.pump();
    CHECK(counts() == std::vector<std::int64_t>{1, 0, 2, 2, 0, 0, 1, 3, 2, 249});
}

TEST_CASE("a link that can't move says why") {
    World world;
    Client client{world.router.shards().home()};
    client.send_to("nobody");
    client.receive_from("orders", 0);
    client.receive_from("news", 1);
    CHECK(world.query("router.link", {"blockedReason"}) ==
          wire::List{row({"nobody receives from the address"}),
                     row({"the consumer gives no credit"}), row({wire::Value{}})});
}

TEST_CASE("the priority of a link is its address's, or 4") {
    World world{R"({"addresses": [{"address": "fast", "priority": 9}]})"};
    Client client{world.router.shards().home()};
    client.receive_from("fast", 1);
    client.receive_from("slow", 1);
    const wire::List rows = world.query("router.link", {"priority"});
    REQUIRE(rows.size() == 2);
    CHECK(number(rows[0].as<wire::List>()->front()) == 9);
    CHECK(number(rows[1].as<wire::List>()->front()) == 4);
}

TEST_CASE("pages of links follow on each other, also after one is gone") {
    World world;
    Client client{world.router.shards().home()};
    for (int i = 1; i <= 5; ++i) {
        client.receive_from("a" + std::to_string(i), 1);
    }
    const auto page = [&](std::int64_t offset) {
        std::string names;
        for (const wire::Value& each :
             world.query("router.link", {"linkName"}, {{"offset", offset}, {"count", 2}})) {
            names += *each.as<wire::List>()->front().text() + " ";
        }
        return names;
    };
    CHECK(page(0) + page(2) + page(4) == "link-1 link-2 link-3 link-4 link-5 ");
    CHECK(page(5).empty());

    Client other{world.router.shards().home()};
    other.receive_from("b", 1);
    client.drop();
    CHECK(page(0) == "link-1 ");
}

TEST_CASE("a link is found by identity and by name") {
    World world;
    Client client{world.router.shards().home()};
    client.receive_from("a", 1);
    client.receive_from("b", 1);
    const wire::Value identity =
        world.query("router.link", {"identity"})[1].as<wire::List>()->front();
    for (const wire::Map& key :
         {wire::Map{{"identity", identity}}, wire::Map{{"name", "link-2"}}}) {
        wire::Map properties{{"operation", "READ"}, {"type", "router.link"}};
        properties.push_back(key.front());
        CHECK(at(world.ask(properties).body, "owningAddr") == wire::Value{"M0b"});
    }
}

TEST_CASE("an address shows who uses it and what passed") {
    World world{R"({"addresses": [{"prefix": "news", "distribution": "multicast"}]})"};
    Client client{world.router.shards().home()};
    client.receive_from("news/1", 5);
    client.receive_from("news/1", 5);
    client.send(client.send_to("news/1"), "x");
    const mgmt::Reply reply =
        world.ask({{"operation", "READ"}, {"type", "router.address"}, {"identity", "M0news/1"}});
    CHECK(at(reply.body, "key") == wire::Value{"M0news/1"});
    CHECK(at(reply.body, "name") == wire::Value{"M0news/1"});
    CHECK(at(reply.body, "distribution") == wire::Value{"multicast"});
    CHECK(number(at(reply.body, "subscriberCount")) == 2);
    CHECK(number(at(reply.body, "inProcess")) == 0);
    CHECK(number(at(reply.body, "deliveriesIngress")) == 1);
    CHECK(number(at(reply.body, "deliveriesEgress")) == 2);
    CHECK(number(at(reply.body, "trackedDeliveries")) == 2);
    CHECK(number(at(reply.body, "priority")) == -1);
}

TEST_CASE("the addresses of services in process are shown as such") {
    World world;
    CHECK(world.query("router.address", {"key", "inProcess", "subscriberCount"}) ==
          wire::List{row({"M0$management", std::uint64_t{1}, std::uint64_t{0}}),
                     row({"L$management", std::uint64_t{1}, std::uint64_t{0}})});
}

TEST_SUITE_END();
