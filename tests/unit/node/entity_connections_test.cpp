#include "tests/unit/node/client.hpp"
#include "tests/unit/node/world.hpp"

#include <algorithm>
#include <deque>

using namespace weft;
using namespace weft::router;
using namespace weft::router::test;

TEST_SUITE_BEGIN("entity_connections");

TEST_CASE("a connection shows who it is") {
    World world;
    Client client{world.router.home()};
    const wire::List rows = world.query(
        "connection", {"identity", "name", "host", "container", "role", "dir", "opened",
                       "operStatus", "adminStatus", "sasl", "user", "isAuthenticated",
                       "isEncrypted", "listener", "properties", "lastDlvSeconds", "active"});
    REQUIRE(rows.size() == 1);
    CHECK(rows[0] == row({client.id(),
                          "connection/127.0.0.1:40000",
                          "127.0.0.1:40000",
                          "client",
                          "normal",
                          "in",
                          true,
                          "up",
                          "enabled",
                          "ANONYMOUS",
                          "anonymous",
                          true,
                          false,
                          "clients",
                          wire::Map{},
                          {},
                          {}}));
}

TEST_CASE("a client without SASL is not authenticated") {
    World world;
    Client client{world.router.home(), /*sasl=*/false};
    CHECK(world.query("connection", {"sasl", "isAuthenticated"}) ==
          wire::List{row({wire::Value{}, false})});
}

TEST_CASE("deleting a connection closes it with a reason that its peer sees") {
    World world;
    Client client{world.router.home()};
    const mgmt::Reply reply = world.change("connection", client.id(), {{"adminStatus", "deleted"}});
    CHECK(reply.status == mgmt::Status::ok);
    CHECK(at(reply.body, "adminStatus") == wire::Value{"deleted"});
    CHECK(at(reply.body, "operStatus") == wire::Value{"closing"});
    CHECK(client.closed().empty());
    client.pump();
    CHECK(client.closed() ==
          "amqp:connection:forced Connection forced-closed by management request");
    const mgmt::Reply revived =
        world.change("connection", client.id(), {{"adminStatus", "enabled"}});
    CHECK(revived.status == mgmt::Status::bad_request);
    client.drop();
    CHECK(world.query("connection", {"identity"}).empty());
}

TEST_CASE("tracing the frames of a connection is not implemented") {
    World world;
    Client client{world.router.home()};
    const mgmt::Reply reply =
        world.change("connection", client.id(), {{"enableProtocolTrace", true}});
    CHECK(reply.status == mgmt::Status::not_implemented);
    client.pump();
    CHECK(client.closed().empty());
}

TEST_CASE("pages of connections follow on each other, also after one is gone") {
    World world;
    std::deque<Client> clients;
    std::vector<std::string> ids;
    for (int i = 0; i < 5; ++i) {
        ids.push_back(clients.emplace_back(world.router.home()).id());
    }
    const auto shown = [&] {
        std::vector<std::string> all;
        for (const std::int64_t offset : {0, 2, 4, 6}) {
            for (const wire::Value& each :
                 world.query("connection", {"identity"}, {{"offset", offset}, {"count", 2}})) {
                all.push_back(*each.as<wire::List>()->front().text());
            }
        }
        std::ranges::sort(all);
        return all;
    };
    CHECK(shown() == ids);
    clients[1].drop();
    ids.erase(ids.begin() + 1);
    CHECK(shown() == ids);
}

TEST_CASE("a connection is found by identity and by name, and by nothing else") {
    World world;
    Client client{world.router.home()};
    const auto read = [&](const char* key, std::string value) {
        return world.ask({{"operation", "READ"}, {"type", "connection"}, {key, std::move(value)}})
            .status;
    };
    CHECK(read("identity", client.id()) == mgmt::Status::ok);
    CHECK(read("name", "connection/127.0.0.1:40000") == mgmt::Status::ok);
    CHECK(read("identity", client.id() + "x") == mgmt::Status::not_found);
    CHECK(read("identity", "") == mgmt::Status::not_found);
}

TEST_SUITE_END();
