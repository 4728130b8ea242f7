#include "router/node/linkroute/link_router.hpp"

#include "router/node/container_connection.hpp"
#include "tests/unit/node/client.hpp"
#include "tests/unit/node/router_world.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

using namespace weft;
using namespace weft::node;
using namespace weft::node::test;

namespace {

constexpr const char* kRoutes = R"({"router": {"id": "A"}, "linkRoutes": [
    {"prefix": "q", "direction": "out", "containerId": "broker"}]})";

std::shared_ptr<const PeerProfile> to_containers() {
    const auto config = parsed(R"({"listeners": [{"name": "b", "role": "route-container"}]})");
    return std::make_shared<PeerProfile>(listener_profile(config.listeners.front(), "A"));
}

/// A container that answers when a test says so.
class Container final : public weft::test::EnginePeer {
public:
    explicit Container(Router& router)
        : EnginePeer{router.loop(),
                     {.server = false,
                      .container_id = "broker",
                      .sasl_client = amqp::sasl_at_once("ANONYMOUS")}} {
        Shard& home = router.shards().home();
        carry(std::make_unique<ContainerConnection>(home.core(), transport(), to_containers(), home,
                                                    router.containers()));
        open();
    }
    void answer(std::size_t which) {
        CHECK(asked.at(which)->accept(
            {.source = amqp::Terminus{},
             .target = amqp::Terminus{.kind = amqp::Terminus::Kind::target}}));
        pump();
    }

    std::vector<amqp::Link*> asked;

private:
    void on_attach(amqp::Link& link, const amqp::Attach&) override { asked.push_back(&link); }
};

}  // namespace

TEST_SUITE_BEGIN("link_router");

TEST_CASE("an attach that the container does not answer in time is taken back at both ends") {
    RouterWorld world{kRoutes};
    Shard& home = world.router.shards().home();
    LinkRouter impatient{world.router.containers().link_routing(), nullptr, home,
                         /*allows_resumable=*/true, /*answer_max=*/Duration::zero()};
    home.routed_attaches().set_router(impatient);
    Container broker{world.router};
    Client client{home};

    client.receive_from("q.answered", 1);
    broker.pump();
    REQUIRE(broker.asked.size() == 1);
    broker.answer(0);
    client.receive_from("q.mute", 1);
    broker.pump();
    REQUIRE(broker.asked.size() == 2);
    CHECK(impatient.pairs() == 2);

    while (impatient.counters().unanswered == 0) {
        world.loop.run_one();
    }
    client.pump();
    broker.pump();
    REQUIRE(client.detached().size() == 1);
    CHECK(client.detached().front().find("qd:no-route-to-dest") != std::string::npos);
    CHECK(broker.detached().size() == 1);
    CHECK(impatient.counters().unanswered == 1);
    CHECK(impatient.pairs() == 1);
    CHECK(home.routed_attaches().list().ends().size() == 2);

    client.drop();
    broker.drop();
    home.routed_attaches().list().finish();
    CHECK(impatient.pairs() == 0);
}

TEST_SUITE_END();
