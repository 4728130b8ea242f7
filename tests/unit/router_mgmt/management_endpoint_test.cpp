#include "router/mgmt/management_endpoint.hpp"

#include "common/wire/message.hpp"
#include "tests/unit/node/client.hpp"
#include "tests/unit/router_mgmt/world.hpp"

#include <string>
#include <utility>
#include <vector>

using namespace weft;
using namespace weft::node;
using namespace weft::node::test;
using namespace weft::router_mgmt;
using namespace weft::router_mgmt::test;

namespace {

/// A request that asks for a list of the routers.
Buffer request(std::string reply_to) {
    wire::Message message;
    message.reply_to = std::move(reply_to);
    message.application_properties = {{"operation", "QUERY"}, {"entityType", "router"}};
    message.body = wire::Map{};
    Buffer bytes;
    wire::encode_message(bytes, message);
    return bytes;
}

struct Requests : World {
    /// One that does not end what it begins, on so many links.
    void begin(Client& client, std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) {
            client.EnginePeer::send(client.send_to("$management"), request("r"), /*settled=*/false,
                                    /*more=*/true);
            turns();
        }
    }
    /// Whether a request is answered.
    bool is_answered(Client& client, bool settled = false) {
        const std::size_t before = client.received();
        client.receive_from("replies", 10);
        client.EnginePeer::send(client.send_to("$management"), request("replies"), settled);
        turns();
        client.pump();
        return client.received() > before;
    }
    /// What is due now happens.
    void turns() {
        for (int i = 0; i < 5; ++i) {
            bool over = false;
            const io::Timer timer = loop.after(Duration::zero(), [&] { over = true; });
            while (!over) {
                loop.run_one();
            }
        }
    }
    std::int64_t inlets() {
        const mgmt::Reply reply =
            ask({{"operation", "READ"}, {"type", "router.address"}, {"identity", "M0$management"}});
        return number(at(reply.body, "inProcess"));
    }
};

}  // namespace

TEST_SUITE_BEGIN("management endpoint");

TEST_CASE("nobody waits for those who do not end the requests that they began") {
    Requests world;
    Client slow{world.router.shards().home()};
    Client other{world.router.shards().home()};
    world.begin(slow, 10);
    CHECK(world.inlets() == 11);
    CHECK(world.is_answered(other));
}

TEST_CASE("a presettled request is answered, too") {
    Requests world;
    Client client{world.router.shards().home()};
    CHECK(world.is_answered(client, /*settled=*/true));
    CHECK(world.is_answered(client));
}

TEST_CASE("so many may have begun, and those that take too long make room for others") {
    Requests world;
    Client slow{world.router.shards().home()};
    Client other{world.router.shards().home()};
    world.begin(slow, ManagementEndpoint::kUnfinishedMax);
    CHECK(world.inlets() == ManagementEndpoint::kUnfinishedMax);
    CHECK_FALSE(world.is_answered(other));  // yet
    world.management.endpoint().tidy(world.loop.now() + ManagementEndpoint::kCrowdedArrivalMax);
    world.turns();
    other.pump();
    CHECK(other.received() == 1);
}

TEST_CASE("a request that takes too long is given up, and the inlets that were made for it go") {
    Requests world;
    Client slow{world.router.shards().home()};
    world.begin(slow, 2);
    const Instant begun = world.loop.now();
    world.management.endpoint().tidy(begun + ManagementEndpoint::kArrivalMax / 2);
    CHECK(world.inlets() == 3);
    world.management.endpoint().tidy(begun + ManagementEndpoint::kArrivalMax);
    CHECK(world.inlets() == 1);
    CHECK(world.management.endpoint().counters().late == 2);
    CHECK(world.is_answered(slow));
    CHECK(world.management.endpoint().counters().refused == 0);
    slow.EnginePeer::send(slow.send_to("$management"), Buffer{0x40}, /*settled=*/false);
    world.turns();
    CHECK(world.management.endpoint().counters().refused == 1);
    const std::string page = world.scrape().page;
    CHECK(page.find("weft_management_requests_rejected_total{reason=\"late\"} 2\n") !=
          std::string::npos);
}

TEST_CASE("nobody waits for one who asks much, and who is answered all the same") {
    constexpr std::size_t kMany = 400;
    Requests world;
    Client busy{world.router.shards().home()};
    Client other{world.router.shards().home()};
    busy.receive_from("many", kMany);
    amqp::Link& first = busy.send_to("$management");
    amqp::Link& second = busy.send_to("$management");
    for (std::size_t i = 0; i < kMany; ++i) {
        busy.EnginePeer::send(i % 2 == 0 ? first : second, request("many"), /*settled=*/false);
    }
    CHECK(world.is_answered(other));
    busy.pump();
    CHECK(busy.received() < 20);
    while (busy.received() < kMany) {
        world.turns();
        busy.pump();
    }
    CHECK(world.management.endpoint().counters().refused == 0);
}

TEST_CASE("who goes in the middle of a request leaves nothing") {
    Requests world;
    {
        Client slow{world.router.shards().home()};
        world.begin(slow, 3);
    }
    world.turns();
    world.management.endpoint().tidy(world.loop.now());
    CHECK(world.inlets() == 1);
}

TEST_CASE("a request whose bringer is gone is nobody's: what connections made is not its") {
    Requests world;
    auto& routing = world.router.containers().link_routing();
    REQUIRE(routing.add_for(7, "broker", {.name = "own", .text = "a"}));
    Client slow{world.router.shards().home()};
    Client gone{world.router.shards().home()};
    world.begin(slow, ManagementEndpoint::kUnfinishedMax);
    amqp::Link& link = gone.send_to("$management");
    wire::Message message;
    message.application_properties = {
        {"operation", "DELETE"}, {"type", "router.connection.linkRoute"}, {"name", "own"}};
    message.body = wire::Map{};
    Buffer bytes;
    wire::encode_message(bytes, message);
    gone.EnginePeer::send(link, bytes, /*settled=*/true);
    gone.detach(link);  // it waits for an inlet
    world.turns();
    world.management.endpoint().tidy(world.loop.now() + ManagementEndpoint::kCrowdedArrivalMax);
    world.turns();
    CHECK(routing.routes().made_by_connections().size() == 1);
    CHECK(world.management.endpoint().counters().late == 1);  // that made room
    CHECK(world.management.endpoint().counters().refused == 1);  // it found none
}

TEST_SUITE_END();
