#include "common/daemon/connections.hpp"
#include "tests/unit/node/client.hpp"
#include "tests/unit/router_mgmt/world.hpp"

#include <algorithm>
#include <deque>

using namespace weft;
using namespace weft::router;
using namespace weft::node;
using namespace weft::node::test;
using namespace weft::router_mgmt;
using namespace weft::router_mgmt::test;

namespace {

std::uint64_t traces() {
    return io::log().count(io::Module::protocol, io::Level::trace);
}

/// The lines about frames since there were so many.
std::vector<std::string> traces_since(std::uint64_t count) {
    std::vector<std::string> lines;
    for (const auto& record : io::log().recent()) {
        if (record->module == "PROTOCOL") {
            lines.push_back(record->text);
        }
    }
    lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(traces() - count));
    return lines;
}

}  // namespace

TEST_SUITE_BEGIN("entity_connections");

TEST_CASE("a connection shows who it is") {
    World world;
    Client client{world.router.shards().home()};
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
                          true}));
}

TEST_CASE("properties of an open that name more values than are shown are shown as none") {
    World world;
    const auto shown = [&](std::size_t values) {
        Buffer properties;
        wire::encode(properties, wire::Map{{"a", wire::List(values, true)}});
        Client client{world.router.shards().home(), /*sasl=*/true, properties};
        const wire::List rows = world.query("connection", {"properties"});
        const wire::Value& cell = rows.at(0).as<wire::List>()->at(0);
        return !cell.as<wire::Map>()->empty();
    };
    CHECK(shown(daemon::kPropertiesShown - 3));  // the map, its key and the list are values, too
    CHECK_FALSE(shown(daemon::kPropertiesShown - 2));
}

TEST_CASE("a client without SASL is not authenticated") {
    World world;
    Client client{world.router.shards().home(), /*sasl=*/false};
    CHECK(world.query("connection", {"sasl", "isAuthenticated"}) ==
          wire::List{row({wire::Value{}, false})});
}

TEST_CASE("a deleted connection is gone in the next turn, and its peer sees the reason") {
    World world;
    const auto others = world.router.shards().home().core().links().connections().size();
    Client client{world.router.shards().home()};
    client.send_to("a");
    client.receive_from("a", 1);
    const mgmt::Reply reply = world.change("connection", client.id(), {{"adminStatus", "deleted"}});
    CHECK(reply.status == mgmt::Status::ok);
    CHECK(at(reply.body, "adminStatus") == wire::Value{"deleted"});
    CHECK(at(reply.body, "operStatus") == wire::Value{"closing"});
    CHECK(client.closed().empty());  // not written yet
    world.loop.run_one();
    CHECK(world.query("connection", {"identity"}).empty());
    CHECK(world.router.shards().home().core().links().connections().size() == others);
    client.pump();
    CHECK(client.closed() ==
          "amqp:connection:forced Connection forced-closed by management request");
    const mgmt::Reply revived =
        world.change("connection", client.id(), {{"adminStatus", "enabled"}});
    CHECK(revived.status == mgmt::Status::bad_request);
    client.drop();
    CHECK(world.router.shards().home().core().links().connections().size() == others);
}

TEST_CASE("the frames of one connection are logged, whatever the log's level") {
    World world;
    Client client{world.router.shards().home()};
    Client other{world.router.shards().home()};
    const auto trace = [&](bool on) {
        const mgmt::Reply reply =
            world.change("connection", client.id(), {{"enableProtocolTrace", on}});
        CHECK(reply.status == mgmt::Status::ok);
        CHECK(at(reply.body, "enableProtocolTrace") == wire::Value{on});
    };
    CHECK(traces_since(0).empty());
    trace(true);
    auto from = traces();
    client.receive_from("q", 1);
    other.receive_from("q", 1);
    const std::string tag = "[C" + client.id() + "]:";
    std::vector<std::string> lines = traces_since(from);
    REQUIRE(lines.size() == 3);
    CHECK(lines[0].starts_with(tag + "0 <- @attach(18) [name="));
    CHECK(lines[1].starts_with(tag + "0 -> @attach(18) [name="));
    CHECK(lines[2].starts_with(tag + "0 <- @flow(19) [next-incoming-id=0, "));

    trace(false);
    from = traces();
    client.receive_from("r", 1);
    CHECK(traces_since(from).empty());
}

TEST_CASE("connections that begin while PROTOCOL is logged at trace are traced until it is not") {
    World world;
    REQUIRE(io::log().set(io::Module::protocol, {.levels = *io::parse_levels("trace+")}));
    const auto from = traces();
    Client client{world.router.shards().home()};
    const std::string tag = "[C" + client.id() + "]:";
    const std::vector<std::string> lines = traces_since(from);
    REQUIRE(lines.size() > 4);
    CHECK(lines[0] == tag + " <- SASL 1.0.0");
    CHECK(lines[1] == tag + " -> SASL 1.0.0");
    CHECK(lines[3].starts_with(tag + "0 <- @sasl-init(65) [mechanism=\"ANONYMOUS\""));
    CHECK(world.query("connection", {"enableProtocolTrace"}) == wire::List{row({true})});
    REQUIRE(io::log().change(io::Module::protocol, {}));
    CHECK(world.query("connection", {"enableProtocolTrace"}) == wire::List{row({false})});
    const auto end = traces();
    client.receive_from("r", 1);
    CHECK(traces_since(end).empty());
}

TEST_CASE("pages of connections follow on each other, also after one is gone") {
    World world;
    std::deque<Client> clients;
    std::vector<std::string> ids;
    for (int i = 0; i < 5; ++i) {
        ids.push_back(clients.emplace_back(world.router.shards().home()).id());
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
    Client client{world.router.shards().home()};
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
