#include "tests/unit/router_mgmt/world.hpp"

#include <cstdint>
#include <set>
#include <string>

using namespace weft;
using namespace weft::node;
using namespace weft::router_mgmt::test;

namespace {

constexpr const char* kRules = "router.config.linkRoute";
constexpr const char* kOwn = "router.connection.linkRoute";

constexpr const char* kConfig = R"({"linkRoutes": [
    {"name": "q", "prefix": "queue", "direction": "in", "containerId": "broker",
     "delExternalPrefix": "queue/"},
    {"pattern": "a.*", "direction": "out", "connection": "uplink"}]})";

std::string words(const mgmt::Reply& reply) {
    return std::to_string(static_cast<int>(reply.status)) + " " + reply.description;
}

}  // namespace

TEST_SUITE_BEGIN("entity_link_routes");

TEST_CASE("link routes of the file are shown, and whether a container is there") {
    World world{kConfig};
    const auto shown = [&] {
        return world.query(kRules, {"name", "prefix", "pattern", "direction", "containerId",
                                    "connection", "delExternalPrefix", "operStatus"});
    };
    CHECK(shown() == wire::List{row({"q", "queue", {}, "in", "broker", {}, "queue/", "inactive"}),
                                row({"2", {}, "a.*", "out", {}, "uplink", {}, "inactive"})});
    LinkRouting& routing = world.router.containers().link_routing();
    routing.opened(7, "broker", "x");
    CHECK(world.query(kRules, {"operStatus"}) == wire::List{row({"active"}), row({"inactive"})});
    CHECK(world.query("router", {"linkRouteCount", "allowResumableLinkRoute"}) ==
          wire::List{row({std::uint64_t{2}, true})});
    const auto page = world.scrape().page;
    CHECK(page.find("qdr_link_routes_total 2") != std::string::npos);
    CHECK(page.find("weft_link_routes_active 1") != std::string::npos);
    routing.gone(7);
    CHECK(world.query(kRules, {"operStatus"}) == wire::List{row({"inactive"}), row({"inactive"})});
}

TEST_CASE("they are made and deleted at run time, and not beside what would mean nothing then") {
    World world{R"({"addresses": [{"prefix": "taken"}]})"};
    const mgmt::Reply made = world.create(
        kRules, {{"name", "one"}, {"prefix", "a"}, {"direction", "in"}, {"containerId", "b"}});
    REQUIRE_MESSAGE(made.status == mgmt::Status::created, made.description);
    CHECK(at(made.body, "source") == wire::Value{"management"});
    CHECK(words(world.create(kRules, {{"name", "one"}, {"prefix", "b"}, {"direction", "in"}})) ==
          "400 Name conflicts with an existing entity: 'one'");
    CHECK(words(world.create(kRules, {{"pattern", "taken/#"}, {"direction", "in"}})) ==
          "400 \"taken/#\" is as specific as the address \"taken\", whose links would all be "
          "link-routed: keep one of them");
    CHECK(words(world.create("router.config.address", {{"pattern", "a/#"}})) ==
          "400 \"a/#\" is as specific as the link route \"a\", which takes the links: keep one of "
          "them");
    CHECK(world.create(kRules, {{"prefix", ""}, {"direction", "in"}}).status ==
          mgmt::Status::bad_request);
    CHECK(world.create(kRules, {{"pattern", "///"}, {"direction", "in"}}).status ==
          mgmt::Status::bad_request);
    CHECK(words(world.create(kRules, {{"pattern", 666}, {"direction", "in"}}))
              .ends_with("expected a string"));
    CHECK(world.remove(kRules, "one").status == mgmt::Status::no_content);
    CHECK(world.remove(kRules, "one").status == mgmt::Status::not_found);
    CHECK(world.query(kRules, {"name"}).empty());
}

TEST_CASE("none takes links past an exchange or an auto-link, whichever is made first") {
    World world{R"({"exchanges": [{"name": "e", "address": "x/1"}],
                    "autoLinks": [{"name": "l", "address": "y/1", "direction": "in",
                                   "containerId": "b"}],
                    "linkRoutes": [{"prefix": "z", "direction": "in", "containerId": "b"}]})"};
    const auto route = [&](const char* prefix, const char* direction) {
        return words(world.create(
            kRules, {{"prefix", prefix}, {"direction", direction}, {"containerId", "b"}}));
    };
    CHECK(
        route("x", "in") ==
        "400 \"x/1\" is among the addresses of the link route \"x\", whose senders' links are all "
        "link-routed, past the exchange \"e\": keep one of them");
    CHECK(route("x", "out").starts_with("201"));
    CHECK(route("y", "out") ==
          "400 \"y/1\" is among the addresses of the link route \"y\", whose receivers' links are "
          "all link-routed, past the auto-link \"l\": keep one of them");
    CHECK(route("y", "in").starts_with("201"));

    CHECK(
        words(world.create("router.config.exchange", {{"name", "f"}, {"address", "z/1"}})) ==
        "400 \"z/1\" is among the addresses of the link route \"z\", whose senders' links are all "
        "link-routed, past the exchange: keep one of them");
    const auto auto_link = [&](const char* direction) {
        return words(
            world.create("router.config.autoLink",
                         {{"address", "z/1"}, {"direction", direction}, {"containerId", "b"}}));
    };
    CHECK(
        auto_link("out") ==
        "400 \"z/1\" is among the addresses of the link route \"z\", whose senders' links are all "
        "link-routed, past the auto-link: keep one of them");
    CHECK(auto_link("in").starts_with("201"));
}

TEST_CASE("those that connections made are apart, and nobody makes one without a connection") {
    World world;
    CHECK(world.create(kOwn, {{"pattern", "a"}, {"direction", "in"}}).status ==
          mgmt::Status::forbidden);
    LinkRouting& routing = world.router.containers().link_routing();
    REQUIRE(routing.add_for(7, "broker", {.name = "own", .text = "a"}));
    CHECK(world.query(kOwn, {"name", "pattern", "direction", "containerId"}) ==
          wire::List{row({"own", "a", "in", "broker"})});
    CHECK(world.query(kRules, {"name"}).empty());
    CHECK(world.ask({{"operation", "READ"}, {"type", kRules}, {"identity", "1"}}).status ==
          mgmt::Status::not_found);
    CHECK(world.remove(kRules, "1").status == mgmt::Status::not_found);
}

TEST_CASE("addresses show who has containers, page by page behind all others") {
    World world{kConfig};
    LinkRouting& routing = world.router.containers().link_routing();
    routing.opened(7, "broker", "x");
    routing.set_remote(3, "Dfar", true);
    std::set<std::string> seen;
    for (int offset = 0;; ++offset) {
        const wire::List rows =
            world.query("router.address", {"key"}, {{"offset", offset}, {"count", 1}});
        if (rows.empty()) {
            break;
        }
        CHECK(seen.insert(*rows.front().as<wire::List>()->front().text()).second);
    }
    for (const char* key : {"Cqueue", "Fa.*", "Dfar"}) {
        CHECK(seen.contains(key));
    }
    const mgmt::Reply read =
        world.ask({{"operation", "READ"}, {"type", "router.address"}, {"identity", "Cqueue"}});
    CHECK(number(at(read.body, "containerCount")) == 1);
    CHECK(at(read.body, "distribution") == wire::Value{"linkBalanced"});
}

TEST_SUITE_END();
