#include "router/node/peer_service.hpp"

#include "router/node/client_connection.hpp"
#include "tests/support/engine_peer.hpp"
#include "tests/unit/node/router_world.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace weft;
using namespace weft::node;
using namespace weft::node::test;

namespace {

constexpr const char* kInterior = R"({"router": {"id": "A", "mode": "interior"}})";

/// A service of that role at home of a router, and what it placed.
struct ServiceWorld : RouterWorld {
    explicit ServiceWorld(router_config::PeerConfig peer)
        : RouterWorld{kInterior},
          service{peer,
                  [this](const router_config::PeerConfig& now) {
                      ++profiles_made;
                      return listener_profile({listener, now}, "A");
                  },
                  router.shards().home(),
                  {.socket =
                       [this](io::Socket,
                              const io::Security&,
                              std::shared_ptr<const PeerProfile> profile) {
                           placed.push_back(std::move(profile));
                       },
                   .websocket =
                       [this](std::shared_ptr<const PeerProfile> profile) {
                           placed.push_back(std::move(profile));
                           return io::WebsocketPlace{};
                       }}} {}

    std::vector<std::shared_ptr<const PeerProfile>> placed;
    int profiles_made = 0;
    daemon::ListenerConfig listener{
        .connection = {.name = "door", .max_frame_size = 512, .max_sessions = 16}};
    PeerService service;
};

router_config::PeerConfig of_role(router_config::Role role) {
    return {.role = role, .link_capacity = 250};
}

/// What a row shows under that name; nothing if it does not.
std::optional<wire::Value> shown(const daemon::Service& service, std::string_view name) {
    mgmt::Attributes row;
    service.show(row);
    const wire::Value* value = row.find(name);
    return value == nullptr ? std::nullopt : std::optional{*value};
}

}  // namespace

TEST_SUITE_BEGIN("peer service");

TEST_CASE("what comes in is placed, with one profile for all") {
    ServiceWorld world{of_role(router_config::Role::normal)};
    world.service.accept(io::Socket{}, io::Security::none());
    (void)world.service.place_websocket();
    REQUIRE(world.placed.size() == 2);
    CHECK(world.placed[0] == world.placed[1]);
    CHECK(world.placed[0]->name == "door");
    CHECK(world.placed[0]->link_capacity == 250);
    CHECK(world.profiles_made == 1);
}

TEST_CASE("over a transport of home's it speaks what the role says") {
    SUBCASE("a client's") {
        ServiceWorld world{of_role(router_config::Role::normal)};
        weft::test::MemoryTransport transport{world.loop};
        const auto protocol = world.service.speak(transport, {});
        CHECK(dynamic_cast<ClientConnection*>(protocol.get()) != nullptr);
        CHECK(world.router.shards().home().connections().size() == 1);
        CHECK(world.router.mesh()->neighbours().empty());
        protocol->on_lost("the test is over");
        CHECK(world.router.shards().home().connections().empty());
    }
    SUBCASE("a router's") {
        ServiceWorld world{of_role(router_config::Role::inter_router)};
        weft::test::MemoryTransport transport{world.loop};
        const auto protocol = world.service.speak(transport, {});
        CHECK(world.router.mesh()->neighbours().size() == 1);
        protocol->on_lost("the test is over");
        CHECK(world.router.mesh()->neighbours().empty());
    }
}

TEST_CASE("connections to other routers may have the descriptors that clients leave") {
    CHECK(ServiceWorld{of_role(router_config::Role::normal)}.service.claim() == io::Claim::client);
    CHECK(ServiceWorld{of_role(router_config::Role::inter_router)}.service.claim() ==
          io::Claim::router);
}

TEST_CASE("a new cost holds for connections to come, those that stand keep their profile") {
    ServiceWorld world{of_role(router_config::Role::inter_router)};
    world.service.accept(io::Socket{}, io::Security::none());
    world.service.change_cost(7);
    world.service.accept(io::Socket{}, io::Security::none());
    REQUIRE(world.placed.size() == 2);
    CHECK(world.placed[0]->cost == 1);
    CHECK(world.placed[1]->cost == 7);
    CHECK(world.placed[0]->engine.properties != world.placed[1]->engine.properties);  // it is told
    CHECK(world.service.peer().cost == 7);
    CHECK(shown(world.service, "cost") == wire::Value{std::int64_t{7}});
}

TEST_CASE("a row shows the router's own settings of a listener") {
    router_config::PeerConfig peer = of_role(router_config::Role::inter_router);
    peer.link_capacity = 9;
    ServiceWorld world{peer};
    CHECK(shown(world.service, "role") == wire::Value{"inter-router"});
    CHECK(shown(world.service, "linkCapacity") == wire::Value{std::uint16_t{9}});
    CHECK(shown(world.service, "multiTenant") == wire::Value{false});
    CHECK_FALSE(shown(world.service, "allowRedirect"));
}

TEST_CASE("stripAnnotations is one word for both directions") {
    const auto word = [](bool in, bool out) {
        router_config::PeerConfig peer = of_role(router_config::Role::normal);
        peer.strip_in = in;
        peer.strip_out = out;
        ServiceWorld world{peer};
        return shown(world.service, "stripAnnotations");
    };
    CHECK(word(true, true) == wire::Value{"both"});
    CHECK(word(true, false) == wire::Value{"in"});
    CHECK(word(false, true) == wire::Value{"out"});
    CHECK(word(false, false) == wire::Value{"no"});
}

TEST_CASE("a row shows the router's own settings of a connector") {
    ServiceWorld world{of_role(router_config::Role::normal)};
    PeerService dials{of_role(router_config::Role::normal),
                      [](const router_config::PeerConfig& peer) {
                          return connector_profile({{.name = "out", .max_sessions = 1}, peer}, "A");
                      },
                      world.router.shards().home(), PeerService::Placing{}};
    CHECK(shown(dials, "allowRedirect") == wire::Value{true});
    CHECK_FALSE(shown(dials, "multiTenant"));
}

TEST_SUITE_END();
