#include "tests/unit/node/client.hpp"
#include "tests/unit/router_mgmt/world.hpp"

#include <algorithm>
#include <deque>

using namespace weft;
using namespace weft::router;
using namespace weft::router_config;
using namespace weft::node;
using namespace weft::node::test;
using namespace weft::router_mgmt;
using namespace weft::router_mgmt::test;

namespace {

/// A router of three loops with a client on each, of which the first receives from "a" and "b",
/// the second from "b", and the third sends to "b" and to "lonely".
struct ThreeLoops : World {
    ThreeLoops() : World{config()} {
        router.shards().on_each([this](Shard& shard) { clients.emplace_back(shard); });
        clients[0].receive_from("a", 1);
        clients[0].receive_from("b", 1);
        clients[1].receive_from("b", 1);
        clients[2].send_to("b");
        clients[2].send_to("lonely");
    }

    static RouterConfig config() {
        RouterConfig config = parsed(R"({"router": {"id": "A"}})");
        config.router.worker_threads = 3;
        return config;
    }

    /// One attribute of each row of a type, sorted, read in pages of `count`.
    std::vector<std::string> texts(const char* type, const char* attribute, std::int64_t count) {
        std::vector<std::string> all;
        for (std::int64_t offset = 0;; offset += count) {
            const wire::List rows =
                query(type, {attribute}, {{"offset", offset}, {"count", count}});
            for (const wire::Value& each : rows) {
                all.push_back(*each.as<wire::List>()->front().text());
            }
            if (rows.size() < static_cast<std::size_t>(count)) {
                std::ranges::sort(all);
                return all;
            }
        }
    }

    std::deque<Client> clients;
};

using Texts = std::vector<std::string>;

}  // namespace

TEST_SUITE_BEGIN("shards");

TEST_CASE("links and connections of all loops are shown, in pages of any size") {
    ThreeLoops world;
    const Texts addresses{"M0a", "M0b", "M0b", "M0b", "M0lonely"};
    Texts ids{world.clients[0].id(), world.clients[1].id(), world.clients[2].id()};
    std::ranges::sort(ids);
    for (const std::int64_t count : {1, 2, 3, 5, 100}) {
        CHECK(world.texts("router.link", "owningAddr", count) == addresses);
        CHECK(world.texts("connection", "identity", count) == ids);
    }
}

TEST_CASE("an address that several loops know is shown once, with the sums of all") {
    ThreeLoops world;
    const Texts keys{"L$management", "M0$management", "M0a", "M0b", "M0lonely"};
    for (const std::int64_t count : {1, 2, 3, 5, 100}) {
        CHECK(world.texts("router.address", "key", count) == keys);
    }
    const wire::Value body =
        world.ask({{"operation", "READ"}, {"type", "router.address"}, {"identity", "M0b"}}).body;
    CHECK(number(at(body, "subscriberCount")) == 2);
    CHECK(number(at(body, "inProcess")) == 0);
    const Metrics metrics = world.metrics();
    CHECK(metrics.addresses == 5);
    CHECK(std::ranges::count(metrics.by_address, "b", &AddressMetrics::address) == 1);
    CHECK(metrics.totals.links_in == 2);
    CHECK(metrics.totals.links_out == 3);
    CHECK(metrics.totals.connections == 3);
}

TEST_CASE("links and connections are found on the loop that they are on") {
    ThreeLoops world;
    for (Client& client : world.clients) {
        const wire::Value body =
            world.ask({{"operation", "READ"}, {"type", "connection"}, {"identity", client.id()}})
                .body;
        CHECK(at(body, "identity") == wire::Value{client.id()});
        world.change("connection", client.id(), {{"adminStatus", "deleted"}});
        client.pump();
        CHECK(client.closed().starts_with("amqp:connection:forced "));
    }
    for (const std::string& id : world.texts("router.link", "identity", 100)) {
        const wire::Value body =
            world.ask({{"operation", "READ"}, {"type", "router.link"}, {"identity", id}}).body;
        CHECK(at(body, "identity") == wire::Value{id});
    }
}

TEST_CASE("a consumer's attach is answered once all loops know of it") {
    ThreeLoops world;
    Client& client = world.clients[1];
    const auto turns = [&](int count) {
        for (int i = 0; i < count; ++i) {
            world.router.shards().on_each([](Shard& shard) {
                shard.loop().post([] {});
                shard.loop().run_one();
            });
            client.pump();
        }
    };
    const auto answers = [&] {
        const auto records = io::log().recent();
        return std::ranges::count_if(records, [&](const auto& record) {
            return record->text.starts_with("[C" + client.id() + "]:0 -> @attach(18) [name=\"");
        });
    };
    turns(20);  // until nothing is on the way
    client.connection().trace(true);
    const auto before = answers();
    client.send_to("new");
    CHECK(answers() == before + 1);
    client.receive_from("new", 1);
    CHECK(answers() == before + 1);
    turns(20);
    CHECK(answers() == before + 2);
    client.receive_from("new", 1);  // they know already
    CHECK(answers() == before + 3);

    client.receive_from("for replies", 1);
    client.send_to("requests");  // its answer waits for the one before
    CHECK(answers() == before + 3);
    turns(20);
    CHECK(answers() == before + 5);

    client.receive_from("newer", 1);
    client.drop();
    turns(20);  // whoever waited is gone
}

TEST_CASE("a configured address holds on all loops") {
    ThreeLoops world;
    CHECK(world
              .create("router.config.address",
                      {{"name", "m"}, {"prefix", "m"}, {"distribution", "multicast"}})
              .status == mgmt::Status::created);
    std::size_t rules = 0;
    const auto count = [&](Shard& shard) { rules += shard.core().rules().all().size(); };
    world.router.shards().on_each(count);
    CHECK(rules == 3);
    CHECK(world.remove("router.config.address", "m").status == mgmt::Status::no_content);
    rules = 0;
    world.router.shards().on_each(count);
    CHECK(rules == 0);
}

TEST_SUITE_END();
