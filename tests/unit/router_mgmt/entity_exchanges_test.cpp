#include "tests/unit/router_mgmt/world.hpp"

#include <cstdint>
#include <string>

using namespace weft;
using namespace weft::router_mgmt::test;

namespace {

constexpr const char* kExchange = "router.config.exchange";
constexpr const char* kBinding = "router.config.binding";

std::string words_of(const mgmt::Reply& reply) {
    return std::to_string(static_cast<int>(reply.status)) + " " + reply.description;
}

}  // namespace

TEST_SUITE_BEGIN("entity_exchanges");

TEST_CASE("exchanges and bindings of the file are shown") {
    World world{R"({"exchanges": [{"name": "e", "address": "x"},
                                  {"name": "f", "address": "y", "phase": 2, "matchMethod": "mqtt",
                                   "alternateAddress": "z", "alternatePhase": 1}],
                    "bindings": [{"name": "b", "exchangeName": "e", "bindingKey": "a.#.#",
                                  "nextHopAddress": "n", "nextHopPhase": 3},
                                 {"exchangeName": "e", "nextHopAddress": "n"}]})"};
    CHECK(world.query(kExchange, {"name", "address", "phase", "alternateAddress", "alternatePhase",
                                  "matchMethod", "bindingCount", "receivedCount"}) ==
          wire::List{
              row({"e", "x", std::int64_t{0}, {}, {}, "amqp", std::uint64_t{2}, std::uint64_t{0}}),
              row({"f", "y", std::int64_t{2}, "z", std::int64_t{1}, "mqtt", std::uint64_t{0},
                   std::uint64_t{0}})});
    CHECK(world.query(kBinding,
                      {"name", "exchangeName", "bindingKey", "nextHopAddress", "nextHopPhase"}) ==
          wire::List{row({"b", "e", "a.#.#", "n", std::int64_t{3}}),
                     row({"4", "e", "#", "n", std::int64_t{0}})});
    CHECK(world.query("router.address", {"key", "subscriberCount"}).size() >= 2);
    CHECK(world.scrape().page.find("weft_bindings 2") != std::string::npos);
}

TEST_CASE("they are made and deleted at run time, with the checks of a file") {
    World world;
    REQUIRE(world.create(kExchange, {{"name", "e"}, {"address", "x"}, {"matchMethod", "mqtt"}})
                .status == mgmt::Status::created);
    CHECK(words_of(world.create(kExchange, {{"name", "f"}, {"address", "x"}}))
              .find("It has the address \"x\", as the exchange \"e\"") != std::string::npos);
    const mgmt::Reply made =
        world.create(kBinding, {{"name", "b"}, {"exchangeName", "e"}, {"nextHopAddress", "n"}});
    REQUIRE_MESSAGE(made.status == mgmt::Status::created, made.description);
    CHECK(at(made.body, "bindingKey") == wire::Value{"#"});
    for (const wire::Map& wrong :
         {wire::Map{{"exchangeName", "e"}, {"nextHopAddress", "n"}},
          wire::Map{{"exchangeName", "g"}, {"nextHopAddress", "n"}},
          wire::Map{{"exchangeName", "e"}, {"nextHopAddress", "n"}, {"bindingKey", "x/#/z"}},
          wire::Map{{"exchangeName", "e"}, {"bindingKey", "k"}},
          wire::Map{{"name", "b"}, {"exchangeName", "e"}, {"nextHopAddress", "m"}}}) {
        CHECK(world.create(kBinding, wrong).status == mgmt::Status::bad_request);
    }
    CHECK(world.remove(kBinding, "b").status == mgmt::Status::no_content);
    CHECK(world.remove(kBinding, "b").status == mgmt::Status::not_found);
    REQUIRE(world.create(kBinding, {{"exchangeName", "e"}, {"nextHopAddress", "n"}}).status ==
            mgmt::Status::created);
    CHECK(world.remove(kExchange, "e").status == mgmt::Status::no_content);
    CHECK(world.query(kBinding, {"name"}).empty());
}

TEST_CASE("an exchange says where a subject would go") {
    World world{R"({"exchanges": [{"name": "e", "address": "x", "alternateAddress": "z"}],
                    "bindings": [
            {"exchangeName": "e", "bindingKey": "a.*", "nextHopAddress": "n"},
            {"exchangeName": "e", "bindingKey": "b", "nextHopAddress": "m"}]})"};
    const auto explain = [&](const char* subject) {
        return at(world
                      .ask({{"operation", "EXPLAIN"},
                            {"type", "org.apache.qpid.dispatch.router"},
                            {"address", "x"},
                            {"subject", subject}})
                      .body,
                  "exchange");
    };
    const wire::Value said = explain("a.b");
    CHECK(at(said, "name") == wire::Value{"e"});
    CHECK(number(at(said, "matching")) == 1);
    CHECK(at(said, "fate") == wire::Value{"dropped"});
    const wire::Value next_hops = at(said, "nextHops");
    const auto* hops = next_hops.as<wire::List>();
    REQUIRE(hops != nullptr);
    CHECK(hops->size() == 1);
    CHECK(number(at(explain("nothing"), "matching")) == 0);
    CHECK(at(world
                 .ask({{"operation", "EXPLAIN"},
                       {"type", "org.apache.qpid.dispatch.router"},
                       {"address", "other"}})
                 .body,
             "exchange")
              .is_null());
}

TEST_SUITE_END();
