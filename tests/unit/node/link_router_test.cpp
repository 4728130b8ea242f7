#include "router/node/linkroute/link_router.hpp"

#include "common/base/conditions.hpp"
#include "router/expansion/wants.hpp"
#include "router/node/container_connection.hpp"
#include "tests/unit/linkroute/fake_link.hpp"
#include "tests/unit/node/client.hpp"
#include "tests/unit/node/router_world.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

using namespace weft;
using namespace weft::node;
using namespace weft::node::test;

namespace {

constexpr const char* kRoutes = R"({"router": {"id": "A"}, "linkRoutes": [
    {"prefix": "q", "direction": "out", "containerId": "broker"}]})";

constexpr const char* kTwoBrokers = R"({"router": {"id": "A"}, "addresses": [
    {"address": "q.a", "type": "queue", "brokers": ["broker"]},
    {"address": "q.b", "type": "queue", "brokers": ["b2"]}]})";

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
                      .sasl_choices = {amqp::sasl_at_once("ANONYMOUS")}}} {
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
    std::vector<std::string> names;  // of these
    std::vector<Buffer> properties;  // likewise
    std::vector<amqp::Terminus::Kind> targets;

private:
    void on_attach(amqp::Link& link, const amqp::Attach& attach) override {
        asked.push_back(&link);
        properties.emplace_back(attach.properties.begin(), attach.properties.end());
        names.emplace_back(link.name());
        targets.push_back(attach.target ? attach.target->kind : amqp::Terminus::Kind::other);
    }
};

/// How a link is asked for.
struct Terms {
    bool of_router = false;
    bool lasts = false;
    Bytes properties{};
    const char* address = "q.a";
};

/// A router, a container that is connected, and who asks for links to it.
struct Asked {
    explicit Asked(const char* configuration = kRoutes) : world{configuration} {}
    ~Asked() {
        broker.drop();
        home.routed_attaches().list().finish();
    }
    Result<RoutedEnd*> ask(std::uint64_t connection,
                           std::string_view container,
                           std::string_view name,
                           const Terms& terms = {}) {
        amqp::Attach wish;
        wish.properties = terms.properties;
        wish.name = name;
        wish.receiver = true;
        wish.source.emplace().address = terms.address;
        wish.source->expiry_policy = terms.lasts ? "never" : "";
        wish.target.emplace().kind = amqp::Terminus::Kind::target;
        auto far =
            routes.route({.session = {.connection = connection, .of_router = terms.of_router},
                          .container = container,
                          .attach = wish,
                          .id = connection});
        broker.pump();
        if (!far) {
            return tl::unexpected(std::move(far).error());
        }
        return far->end;
    }

    RouterWorld world;
    Shard& home = world.router.shards().home();
    LinkRouter routes{world.router.containers(), nullptr, home,
                      /*allows_resumable=*/true};
    Container broker{world.router};
};

}  // namespace

TEST_SUITE_BEGIN("link_router");

TEST_CASE("an attach that the container does not answer in time is taken back at both ends") {
    RouterWorld world{kRoutes};
    Shard& home = world.router.shards().home();
    LinkRouter impatient{world.router.containers(), nullptr, home,
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

TEST_CASE("a link has the same name wherever it enters the mesh, and by whatever way it comes") {
    Asked f;
    REQUIRE(f.ask(71, "c", "s"));
    REQUIRE(f.ask(72, "R3", "t@c", {.of_router = true}));
    CHECK(f.broker.names == std::vector<std::string>{"s@c", "t@c"});
    const auto twin = f.ask(73, "c", "s");
    REQUIRE(twin);
    CHECK(f.broker.names.back() == "s@c." + std::to_string((*twin)->facts().id));
}

TEST_CASE("links that a link route takes past the brokers of their address are counted") {
    constexpr const char* kQueues = R"({"router": {"id": "A"}, "addresses": [
        {"address": "q.a", "type": "queue", "brokers": ["b1"]}]})";
    Asked f{kQueues};
    LinkRouting& routing = f.world.router.containers().link_routing();
    REQUIRE(routing.add_for(f.world.router.shards().home().connections().begin()->first, "broker",
                            {.text = "q.*",
                             .grammar = router::AddressPattern::Grammar::pattern,
                             .direction = router::Direction::out}));
    REQUIRE(f.ask(71, "c", "s"));
    CHECK(f.routes.counters().diverted == 1);
    REQUIRE(f.ask(72, "R3", "t", {.of_router = true}));  // decided where it entered
    CHECK(f.routes.counters().diverted == 1);
    REQUIRE(f.ask(71, "c", "u", {.address = "q.b"}));  // nobody's
    CHECK(f.routes.counters().diverted == 1);
}

TEST_CASE("where entries name several brokers the router is the coordinator") {
    Asked f{kTwoBrokers};
    amqp::Attach wish{.name = "t"};
    wish.target.emplace().kind = amqp::Terminus::Kind::coordinator;
    const auto far =
        f.routes.route({.session = {.connection = 71}, .container = "c", .attach = wish, .id = 71});
    REQUIRE(far);
    CHECK(far->coordinates);
    CHECK(far->end == nullptr);
}

TEST_CASE("a broker's own coordinator is below its address") {
    Asked f{kTwoBrokers};
    LinkRouting& routing = f.world.router.containers().link_routing();
    for (const auto& route : expansion::link_routes_to("broker", autolink::Finds::container)) {
        REQUIRE(routing.add(route));
    }
    amqp::Attach wish{.name = "t"};
    wish.target.emplace().kind = amqp::Terminus::Kind::target;
    wish.target->address = "$broker/broker/$coordinator";
    const auto far = f.routes.route({.session = {.connection = 71},
                                     .container = "c",
                                     .attach = wish,
                                     .id = 71,
                                     .transacts = true});
    REQUIRE(far);
    CHECK(far->broker == "broker");
    f.broker.pump();
    CHECK(f.broker.targets == std::vector{amqp::Terminus::Kind::coordinator});
}

TEST_CASE("links to a broker go where its coordinator does, whichever was asked for first") {
    Asked f{kTwoBrokers};
    LinkRouting& routing = f.world.router.containers().link_routing();
    for (const auto& route : expansion::link_routes_to("broker", autolink::Finds::container)) {
        REQUIRE(routing.add(route));
    }
    Container second{f.world.router};
    const auto connection_of_control = [&](std::uint64_t client) {
        amqp::Attach wish{.name = "t"};
        wish.target.emplace().kind = amqp::Terminus::Kind::target;
        wish.target->address = "$broker/broker/$coordinator";
        const auto control = f.routes.route({.session = {.connection = client},
                                             .container = "c",
                                             .attach = wish,
                                             .id = client,
                                             .transacts = true});
        REQUIRE(control);
        return control->end->connection();
    };
    const std::uint64_t first = connection_of_control(70);
    std::set<std::uint64_t> used;
    for (const std::uint64_t client : {71U, 72U}) {
        const auto link = f.ask(client, "c", "s", {.address = "$broker/broker/q.a"});
        REQUIRE(link);
        used.insert((*link)->connection());
        CHECK(connection_of_control(client) == (*link)->connection());
    }
    CHECK(used.size() == 2);
    CHECK(used.contains(first));
    second.drop();
}

TEST_CASE("a session has so many links to coordinators and no more") {
    Asked f{kTwoBrokers};
    LinkRouting& routing = f.world.router.containers().link_routing();
    for (const auto& route : expansion::link_routes_to("broker", autolink::Finds::container)) {
        REQUIRE(routing.add(route));
    }
    const auto ask = [&f](std::uint16_t channel, const std::string& name) {
        amqp::Attach wish{.name = name};
        wish.target.emplace().kind = amqp::Terminus::Kind::target;
        wish.target->address = "$broker/broker/$coordinator";
        return f.routes.route({.session = {.connection = 71, .channel = channel},
                               .container = "c",
                               .attach = wish,
                               .id = 71,
                               .transacts = true});
    };
    for (std::size_t i = 0; i < LinkRouter::kCoordinatorsMax; ++i) {
        REQUIRE(ask(0, std::to_string(i)));
    }
    const auto more = ask(0, "more");
    REQUIRE_FALSE(more);
    CHECK(more.error().condition == kResourceLimitExceeded);
    CHECK(f.routes.counters().refused == 1);
    CHECK(ask(1, "other"));
}

namespace {

class Counting final : public RoutedGuard {
public:
    explicit Counting(int& count) : count_{count} {}
    void departed() override { ++count_; }

private:
    int& count_;
};

}  // namespace

TEST_CASE("who guards an end hears that its link is detached otherwise than its peer wished") {
    Asked f;
    const auto end = f.ask(71, "c", "s");
    REQUIRE(end);
    f.broker.answer(0);
    int departed = 0;
    (*end)->keep(std::make_unique<Counting>(departed));
    const amqp::ErrorView error{kInternalError, "x", {}};
    linkroute::PairEnd& machine = (*end)->machine();
    linkroute::test::FakeLink asker;
    linkroute::PairEnd near{asker, linkroute::PairEnd::Life::open, false};
    machine.join(near);
    near.join(machine);
    SUBCASE("by the other end") {
        machine.detached(true, nullptr);
        CHECK(departed == 1);
    }
    SUBCASE("for an error, in answer to it") {
        f.broker.detach(*f.broker.asked.front());
        REQUIRE(machine.life() == RoutedEnd::Life::answering);
        machine.detached(true, &error);
        CHECK(departed == 1);
    }
    SUBCASE("in answer to it") {
        f.broker.detach(*f.broker.asked.front());
        machine.detached(true, nullptr);
        CHECK(departed == 0);
    }
    if (!machine.is_over()) {
        machine.on_lost();
    }
}

TEST_CASE("a container hears of no entry that a client made up") {
    Asked f;
    Buffer properties;
    wire::encode(properties, wire::Map{{wire::Symbol{"own"}, 5},
                                       {wire::Symbol{"weft.address"}, wire::Map{{"a", "b"}}}});
    for (const bool of_router : {false, true}) {
        REQUIRE(f.ask(71, "c", of_router ? "s" : "t",
                      {.of_router = of_router, .properties = properties}));
        Bytes told{f.broker.properties.back()};
        CHECK(wire::decode(told) == wire::Value{wire::Map{{wire::Symbol{"own"}, 5}}});
    }
}

TEST_CASE("what outlasts its connection is taken over by who comes back for it elsewhere") {
    Asked f;
    const auto first = f.ask(71, "c", "s", {.lasts = true});
    REQUIRE(first);
    const auto early = f.ask(72, "c", "s", {.lasts = true});
    REQUIRE_FALSE(early);  // the container has not answered the first yet
    CHECK(early.error().condition == kResourceLocked);
    CHECK(f.broker.names.size() == 1);
    CHECK(f.broker.detached().empty());

    REQUIRE(f.ask(72, "R3", "u@c", {.of_router = true, .lasts = true}));
    f.broker.answer(1);
    for (std::size_t i = 2; i < 4; ++i) {
        const auto later = f.ask(71 + i, "c", "u", {.lasts = true});
        REQUIRE(later);
        CHECK(f.broker.detached().size() == i - 1);
        CHECK(f.broker.names.back() == "u@c");
        f.broker.answer(i);
        CHECK((*later)->machine().life() == RoutedEnd::Life::open);
        CHECK(f.routes.pairs() == 2);
    }
}

TEST_SUITE_END();
