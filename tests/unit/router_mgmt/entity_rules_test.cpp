#include "tests/unit/node/client.hpp"
#include "tests/unit/router_mgmt/world.hpp"

using namespace weft;
using namespace weft::router;
using namespace weft::node;
using namespace weft::node::test;
using namespace weft::router_mgmt;
using namespace weft::router_mgmt::test;

TEST_SUITE_BEGIN("entity_rules");

TEST_CASE("a configured address made at run time holds for addresses used from then on") {
    World world;
    const mgmt::Reply made = world.create("router.config.address", {{"name", "news"},
                                                                    {"address", "news/#"},
                                                                    {"distribution", "multicast"},
                                                                    {"slowConsumer", "drop"},
                                                                    {"priority", 7}});
    REQUIRE_MESSAGE(made.status == mgmt::Status::created, made.description);
    CHECK(at(made.body, "address") == wire::Value{"news/#"});
    CHECK(at(made.body, "prefix").is_null());
    CHECK(at(made.body, "slowConsumer") == wire::Value{"drop"});
    CHECK(number(at(made.body, "priority")) == 7);

    Client client{world.router.shards().home()};
    client.receive_from("news/1", 1);
    const Address* address = world.router.shards().home().core().addresses().find("M0news/1");
    REQUIRE(address != nullptr);
    CHECK(address->treatment.distribution == Distribution::multicast);
    CHECK(address->treatment.slow_consumer == SlowConsumer::drop);

    CHECK(world.remove("router.config.address", "news").status == mgmt::Status::no_content);
    CHECK(world.router.shards().home().core().rules().find("news/2") == nullptr);
}

TEST_CASE("a configured address of the file is shown, and can be deleted until the restart") {
    World world{R"({"addresses": [{"name": "mc", "prefix": "mc", "distribution": "multicast"},
                                  {"pattern": "x.#"}]})"};
    CHECK(world.query("router.config.address", {"name", "prefix", "pattern", "distribution",
                                                "priority", "fallback", "enableFallback"}) ==
          wire::List{row({"mc", "mc", {}, "multicast", std::int64_t{-1}, false, false}),
                     row({"2", {}, "x.#", "balanced", std::int64_t{-1}, false, false})});
    CHECK(world.remove("router.config.address", "mc").status == mgmt::Status::no_content);
    CHECK(world.router.shards().home().core().rules().all().size() == 1);
}

TEST_CASE("configured addresses come in the order of the file, then as they were made") {
    World world{R"({"addresses": [{"prefix": "z"}, {"pattern": "#"}, {"address": "a/b/c"},
                                  {"prefix": "m"}]})"};
    world.create("router.config.address", {{"name", "late"}, {"address", "a"}});
    const auto page = [&](int offset, int count) {
        wire::List all;
        const wire::List rows =
            world.query("router.config.address", {"prefix", "pattern", "address"},
                        {{"offset", offset}, {"count", count}});
        for (const wire::Value& each : rows) {
            for (const wire::Value& value : *each.as<wire::List>()) {
                if (!value.is_null()) {
                    all.push_back(value);
                }
            }
        }
        return all;
    };
    CHECK(page(0, 100) == wire::List{"z", "#", "a/b/c", "m", "a"});
    CHECK(page(1, 2) == wire::List{"#", "a/b/c"});
    CHECK(page(4, 9) == wire::List{"a"});
    CHECK(page(5, 1).empty());
}

TEST_CASE("a configured address needs one rule that is not there yet") {
    World world{R"({"addresses": [{"prefix": "mc"}]})"};
    const auto refusal = [&](wire::Map attributes) {
        const mgmt::Reply reply = world.create("router.config.address", std::move(attributes));
        CHECK(reply.status == mgmt::Status::bad_request);
        return reply.description;
    };
    CHECK(refusal({{"distribution", "closest"}}) ==
          "It needs one of \"address\", \"prefix\" and \"pattern\"");
    CHECK(refusal({{"prefix", "a"}, {"pattern", "b"}}) ==
          "It must have only one of \"address\", \"prefix\" and \"pattern\"");
    CHECK(refusal({{"prefix", "a"}, {"waypoint", true}, {"enableFallback", true}})
              .starts_with("'enableFallback' can't be with"));
    CHECK(refusal({{"prefix", "mc"}}).find("mc") != std::string::npos);
    CHECK(world.router.shards().home().core().rules().all().size() == 1);
}

TEST_CASE("a rule tells its phases, and an update keeps them") {
    World world;
    const mgmt::Reply made =
        world.create("router.config.address", {{"prefix", "q"}, {"waypoint", true}});
    REQUIRE_MESSAGE(made.status == mgmt::Status::created, made.description);
    CHECK(at(made.body, "waypoint") == wire::Value{true});
    CHECK(number(at(made.body, "ingressPhase")) == 0);
    CHECK(number(at(made.body, "egressPhase")) == 1);
    world.change("router.config.address", "1", {{"priority", 3}});
    CHECK(world.router.shards().home().core().rules().find("q/1")->treatment.priority == 3);
    CHECK(world.router.shards().home().core().rules().find("q/1")->treatment.egress_phase == 1);
}

TEST_CASE("an update keeps what it does not name, the fallback too") {
    World world;
    const auto& rules = world.router.shards().home().core().rules();
    const mgmt::Reply made =
        world.create("router.config.address", {{"prefix", "f"}, {"enableFallback", true}});
    REQUIRE_MESSAGE(made.status == mgmt::Status::created, made.description);
    const mgmt::Reply changed = world.change("router.config.address", "1", {{"priority", 3}});
    CHECK(at(changed.body, "enableFallback") == wire::Value{true});
    CHECK(rules.find("f/1")->treatment.priority == 3);
    CHECK(rules.find("f/1")->treatment.fallback);
}

TEST_CASE("brokers that an update names are checked as those of a new entry") {
    World world{R"({"addresses": [{"address": "/q/", "type": "queue"}],
                    "autoLinks": [{"address": "q", "direction": "out", "containerId": "b1"}]})"};
    const mgmt::Reply changed =
        world.change("router.config.address", "1", {{"brokers", wire::List{"b1"}}});
    CHECK(changed.status == mgmt::Status::bad_request);
    CHECK(changed.description.find("\"/q/\" makes the links to its broker \"b1\" itself") !=
          std::string::npos);
    CHECK(world.change("router.config.address", "1", {{"brokers", wire::List{"b2"}}}).status ==
          mgmt::Status::ok);
    CHECK(world
              .create("router.config.autoLink",
                      {{"address", "amqp:/q"}, {"direction", "in"}, {"containerId", "b2"}})
              .description.find("makes the links to its broker \"b2\" itself") !=
          std::string::npos);
}

TEST_CASE("a queue's brokers are told, changed and given up, and what they are told with them") {
    World world;
    const auto& rules = world.router.shards().home().core().rules();
    const mgmt::Reply made = world.create("router.config.address", {{"name", "q"},
                                                                    {"address", "q"},
                                                                    {"addressType", "queue"},
                                                                    {"brokers", wire::List{"b1"}},
                                                                    {"overflow", "reject"},
                                                                    {"maxBytes", 4096}});
    REQUIRE_MESSAGE(made.status == mgmt::Status::created, made.description);
    CHECK(at(made.body, "addressType") == wire::Value{"queue"});
    CHECK(at(made.body, "brokers") == wire::Value{wire::List{"b1"}});
    CHECK(at(made.body, "attachedAt") == wire::Value{wire::Map{{"b1", wire::List{}}}});
    CHECK(at(made.body, "overflow") == wire::Value{"reject"});
    CHECK(number(at(made.body, "maxBytes")) == 4096);
    CHECK(at(made.body, "deadLetter").is_null());

    const auto change = [&](wire::Map changes) {
        const mgmt::Reply reply = world.change("router.config.address", "1", std::move(changes));
        CHECK_MESSAGE(reply.status == mgmt::Status::ok, reply.description);
        return reply.body;
    };
    change({{"brokers", wire::List{"b1", "b2"}}});
    CHECK(rules.find("q")->storage->brokers == std::vector<std::string>{"b1", "b2"});
    CHECK(wire::find(rules.find("q")->storage->entry, "overflow") != nullptr);
    CHECK(number(at(change({{"maxBytes", 1}}), "maxBytes")) == 1);
    CHECK(at(change({{"overflow", {}}}), "overflow").is_null());
    CHECK(world.change("router.config.address", "1", {{"brokers", {}}}).status ==
          mgmt::Status::bad_request);  // maxBytes would be said to nobody
    CHECK(at(change({{"brokers", {}}, {"maxBytes", {}}}), "addressType") == wire::Value{"queue"});
    CHECK(rules.find("q")->storage->brokers.empty());
    CHECK(rules.find("q")->treatment.egress_phase == 1);
}

TEST_CASE("what a queue makes is shown, and goes with it alone") {
    World world{R"({"addresses": [{"address": "q", "type": "queue", "brokers": ["b1"]}]})"};
    node::AddressExpansion& expansion = world.router.containers().expansion();
    const auto made = [&](const char* type) { return world.query(type, {"name"}); };
    const auto run = [&](bool until_made) {
        while (made("router.config.autoLink").empty() == until_made) {
            world.router.loop().run_one();
        }
    };
    CHECK(made("router.config.autoLink").empty());
    expansion.opened(7, "b1", "brokers");
    run(true);
    CHECK(made("router.config.autoLink") ==
          wire::List{row({"address/q/b1/out"}), row({"address/q/b1/in"})});
    CHECK(world.query("router.config.linkRoute", {"name", "prefix", "source"}) ==
          wire::List{row({"address/$broker/b1/in", "$broker/b1", "address"}),
                     row({"address/$broker/b1/out", "$broker/b1", "address"}),
                     row({"address/$coordinator/b1/in", "$coordinator", "address"})});
    CHECK(world.query("router.config.address", {"attachedAt"}) ==
          wire::List{row({wire::Map{{"b1", wire::List{world.router.config().id}}}})});
    for (const auto& [type, name] :
         {std::pair{"router.config.autoLink", "address/q/b1/in"},
          std::pair{"router.config.linkRoute", "address/$broker/b1/in"}}) {
        const mgmt::Reply refused = world.remove(type, name);
        CHECK(refused.status == mgmt::Status::forbidden);
        CHECK(refused.description.find("delete or change the address") != std::string::npos);
    }
    CHECK(world
              .create("router.config.autoLink",
                      {{"address", "q"}, {"direction", "in"}, {"containerId", "b1"}})
              .description.find("\"q\" makes the links to its broker \"b1\" itself") !=
          std::string::npos);
    CHECK(world
              .create("router.config.linkRoute",
                      {{"pattern", "*"}, {"direction", "in"}, {"containerId", "b1"}})
              .description.find("\"q\" is among those of \"*\"") != std::string::npos);
    CHECK(world.remove("router.config.address", "1").status == mgmt::Status::no_content);
    run(false);
    CHECK(made("router.config.linkRoute").empty());
}

TEST_SUITE_END();
