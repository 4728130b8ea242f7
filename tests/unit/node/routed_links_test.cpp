#include "router/node/linkroute/routed_links.hpp"

#include "common/amqp/frame_output.hpp"
#include "common/base/conditions.hpp"
#include "router/node/container_connection.hpp"
#include "router/node/shard.hpp"
#include "tests/support/engine_peer.hpp"
#include "tests/unit/node/router_world.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weft::node::test {
namespace {

constexpr const char* kRouter = R"({"router": {"id": "A"}, "linkRoutes": [
    {"prefix": "q", "direction": "in", "containerId": "broker"},
    {"prefix": "q", "direction": "out", "containerId": "broker"},
    {"prefix": "$coordinator", "direction": "in", "containerId": "broker"}]})";

std::shared_ptr<const PeerProfile> profile_of(std::string_view role) {
    const auto config =
        parsed(R"({"listeners": [{"name": "l", "role": ")" + std::string(role) + R"("}]})");
    return std::make_shared<PeerProfile>(listener_profile(config.listeners.front(), "A"));
}

amqp::Options options_of(std::string_view container) {
    return {.server = false,
            .container_id = std::string(container),
            .sasl_choices = {amqp::sasl_at_once("ANONYMOUS")}};
}

/// A broker of which links are asked, or a client that asks for some.
class Party final : public weft::test::EnginePeer {
public:
    Party(Router& router, std::string_view role, amqp::Options options)
        : EnginePeer{router.loop(), std::move(options)} {
        Shard& shard = router.shards().home();
        auto connection = shard.make_connection(transport(), profile_of(role));
        connection_ = connection.get();
        carry(std::move(connection));
        open();
    }
    PeerConnection& connection() { return *connection_; }
    /// Without an exchange.
    amqp::Link* ask(amqp::Session& session, bool receiver, Bytes properties = {}) {
        const std::string name = "n" + std::to_string(++names_);
        amqp::Attach attach{.name = name, .receiver = receiver};
        attach.source.emplace().kind = amqp::Terminus::Kind::source;
        attach.target.emplace().kind = amqp::Terminus::Kind::target;
        (receiver ? attach.source : attach.target)->address = "q/x";
        attach.initial_delivery_count = 0;
        attach.properties = properties;
        return session.attach(attach);
    }

    /// A sender in the first session, as its handle 9, whatever links there are of that name. It
    /// takes none from now on, so no answer to this either.
    void ask_again(std::string_view name, std::string_view address = "q/x") {
        takes_ = false;
        amqp::Attach attach{.name = name, .handle = 9};
        attach.source.emplace().kind = amqp::Terminus::Kind::source;
        attach.target.emplace().kind = amqp::Terminus::Kind::target;
        attach.target->address = address;
        attach.initial_delivery_count = 0;
        BlockPool pool;
        amqp::FrameOutput output{pool};
        REQUIRE(output.write_attach(session().channel(), attach));
        io::Protocol& protocol = connection();
        protocol.on_bytes(output.bytes().pending(), transport().loop().now());
    }

    /// Without an exchange.
    amqp::Link* ask_coordinator(std::string_view name = "c") {
        amqp::Attach attach{.name = name};
        attach.source.emplace().kind = amqp::Terminus::Kind::source;
        attach.target.emplace().kind = amqp::Terminus::Kind::coordinator;
        attach.initial_delivery_count = 0;
        return session().attach(attach);
    }

    /// For a subscription that outlives its links.
    void subscribe(std::string_view name) {
        amqp::Attach attach{.name = name, .receiver = true};
        attach.source.emplace().kind = amqp::Terminus::Kind::source;
        attach.target.emplace().kind = amqp::Terminus::Kind::target;
        attach.source->address = "q/x";
        attach.source->durable = 2;
        attach.source->expiry_policy = "never";
        REQUIRE(session().attach(attach) != nullptr);
    }

    std::vector<amqp::Link*> asked;  // of it

private:
    void on_attach(amqp::Link& link, const amqp::Attach& attach) override {
        if (link.awaits_answer() && takes_) {
            amqp::Attach answer = attach;
            answer.initial_delivery_count = 0;
            CHECK(link.accept(answer));
            asked.push_back(&link);
        }
    }

    PeerConnection* connection_;
    bool takes_ = true;
    int names_ = 0;
};

struct World : RouterWorld {
    World() : World{options_of("broker")} {}
    explicit World(amqp::Options broker_options)
        : RouterWorld{kRouter}, broker{router, "route-container", std::move(broker_options)} {}

    Party client(amqp::Options options = options_of("client")) {
        return Party{router, "normal", std::move(options)};
    }
    /// Until nothing moves.
    void exchange(Party& client) {
        for (int i = 0; i < 4; ++i) {
            client.pump();
            broker.pump();
        }
    }
    RoutedList& list() { return router.shards().home().routed_attaches().list(); }

    Party broker;
};

}  // namespace

TEST_SUITE_BEGIN("routed_links");

TEST_CASE("links that wait for one session's window are not all tried for each frame of room") {
    constexpr std::size_t kLinks = 100;
    World world;
    amqp::Options options = options_of("client");
    options.session_window = 1;
    Party client = world.client(std::move(options));
    for (std::size_t i = 0; i < kLinks; ++i) {
        amqp::Link* const link = client.ask(client.session(), /*receiver=*/true);
        REQUIRE(link != nullptr);
        link->grant(10);
    }
    world.exchange(client);
    REQUIRE(world.broker.asked.size() == kLinks);
    const std::string body = "a message";
    for (amqp::Link* const link : world.broker.asked) {
        world.broker.send(*link, as_bytes(body), /*settled=*/true);
    }
    const std::uint64_t before = world.list().tries();
    world.exchange(client);
    CHECK(client.received() == kLinks);
    CHECK(world.list().tries() - before <= 3 * kLinks);
}

TEST_CASE("what is asked of a coordinator goes behind what waited before it, and behind no more") {
    amqp::Options options = options_of("broker");
    options.session_window = 1;
    World world{std::move(options)};
    Party client = world.client();
    amqp::Link* const parts = client.ask(client.session(), /*receiver=*/false);
    amqp::Link* const control = client.ask_coordinator();
    REQUIRE(parts != nullptr);
    REQUIRE(control != nullptr);
    world.exchange(client);
    REQUIRE(world.broker.asked.size() == 2);
    for (amqp::Link* const link : world.broker.asked) {
        link->grant(10);
    }
    world.exchange(client);
    const std::string body = "a message";
    for (amqp::Link* const link : {parts, parts, parts, control, control, parts, parts, parts}) {
        client.send(*link, as_bytes(body), /*settled=*/false);
    }
    CHECK(world.broker.received() == 0);
    for (int i = 0; i < 4; ++i) {
        world.exchange(client);
    }
    std::string order;
    for (const auto& delivery : world.broker.take_deliveries()) {
        order += delivery.link == world.broker.asked[1] ? 'c' : 'p';
    }
    REQUIRE(order.size() == 8);
    CHECK(order.substr(0, 4) == "pppc");
    CHECK(order.back() == 'c');  // it was tried when all the rest waited
}

TEST_CASE("coordinators that wait are not tried for each frame of room") {
    constexpr std::size_t kControls = 20;
    constexpr std::size_t kParts = 50;
    amqp::Options options = options_of("broker");
    options.session_window = 1;
    World world{std::move(options)};
    Party client = world.client();
    amqp::Link* const parts = client.ask(client.session(), /*receiver=*/false);
    std::vector<amqp::Link*> controls;
    for (std::size_t i = 0; i < kControls; ++i) {
        controls.push_back(client.ask_coordinator("c" + std::to_string(i)));
    }
    world.exchange(client);
    REQUIRE(world.broker.asked.size() == 1 + kControls);
    for (amqp::Link* const link : world.broker.asked) {
        link->grant(100);
    }
    world.exchange(client);
    const std::string body = "a message";
    for (std::size_t i = 0; i < kParts; ++i) {
        client.send(*parts, as_bytes(body), /*settled=*/false);
    }
    for (amqp::Link* const control : controls) {
        client.send(*control, as_bytes(body), /*settled=*/false);
    }
    const std::uint64_t before = world.list().tries();
    for (std::size_t i = 0; i < kParts; ++i) {
        world.exchange(client);
    }
    CHECK(world.broker.received() == kParts + kControls);
    CHECK(world.list().tries() - before <= 3 * (kParts + kControls));
}

TEST_CASE("what is asked of a coordinator goes nowhere if what waited before it is dropped") {
    amqp::Options options = options_of("broker");
    options.session_window = 1;
    World world{std::move(options)};
    Party client = world.client();
    amqp::Link* const parts = client.ask(client.session(), /*receiver=*/false);
    amqp::Link* const control = client.ask_coordinator();
    world.exchange(client);
    REQUIRE(world.broker.asked.size() == 2);
    for (amqp::Link* const link : world.broker.asked) {
        link->grant(10);
    }
    world.exchange(client);
    const std::string body = "a message";
    for (amqp::Link* const link : {parts, parts, control}) {
        client.send(*link, as_bytes(body), /*settled=*/false);
    }
    SUBCASE("by the broker's detach") {
        world.broker.asked[0]->detach(true, amqp::ErrorView{kInternalError, "x", {}});
    }
    SUBCASE("by a loss") {
        client.ask_again("n1");
    }
    for (int i = 0; i < 4; ++i) {
        world.exchange(client);
    }
    for (const auto& delivery : world.broker.take_deliveries()) {
        CHECK(delivery.link == world.broker.asked[0]);
    }
    CHECK(std::ranges::any_of(world.broker.detached(), [](const std::string& error) {
        return error.starts_with(kTransactionRollback);
    }));
    CHECK(client.detached().size() == 2);
}

TEST_CASE("a link whose name its peer attaches again is over, and the other end hears so") {
    World world;
    Party client = world.client();
    REQUIRE(client.ask(client.session(), /*receiver=*/false) != nullptr);
    world.exchange(client);
    REQUIRE(world.broker.asked.size() == 1);
    client.ask_again("n1");
    client.pump();  // it answers the detach of the first one
    CHECK(client.detached().size() == 1);
    CHECK(client.detached().front().starts_with(kStolen));
    SUBCASE("and the container answers") {
        world.exchange(client);
        REQUIRE(world.broker.detached().size() == 1);
        CHECK(world.broker.detached().front().starts_with("qd:routed-link-lost"));
        CHECK(world.broker.asked.size() == 2);
        CHECK(world.router.link_router().pairs() == 1);
    }
    SUBCASE("and the session ends first") {
        client.end_session();
        world.exchange(client);
        CHECK(world.router.link_router().pairs() == 0);
    }
    client.drop();
    world.broker.pump();
    CHECK(world.list().ends().empty());
}

TEST_CASE("a container may attach again the name of a link that it was offered") {
    World world;
    Party client = world.client();
    REQUIRE(client.ask(client.session(), /*receiver=*/true) != nullptr);
    world.exchange(client);
    REQUIRE(world.broker.asked.size() == 1);
    world.broker.ask_again("n1@client", "plain");
    world.broker.pump();
    world.exchange(client);
    CHECK(client.detached().size() == 1);
    CHECK(client.detached().front().starts_with("qd:routed-link-lost"));
    CHECK(world.router.link_router().pairs() == 0);
    CHECK(world.list().ends().empty());
}

TEST_CASE("a client's links end in slices when it is lost") {
    constexpr std::size_t kLinks = 3 * RoutedList::kLostAtOnce;
    World world;
    auto client = std::make_unique<Party>(world.router, "normal", options_of("client"));
    for (std::size_t i = 0; i < kLinks; ++i) {
        REQUIRE(client->ask(client->session(), /*receiver=*/false) != nullptr);
    }
    world.exchange(*client);
    REQUIRE(world.broker.asked.size() == kLinks);
    CHECK(world.list().ends().size() == 2 * kLinks);
    client.reset();
    world.broker.pump();
    CHECK(world.broker.detached().size() <= RoutedList::kLostAtOnce);
    CHECK(world.list().has_lost());
    while (world.broker.detached().size() < kLinks) {
        world.loop.run_one();
        world.broker.pump();
    }
    CHECK(world.list().lost() == kLinks);
    CHECK(world.list().ends().empty());
    CHECK(world.router.link_router().pairs() == 0);
    CHECK(world.broker.detached().front().starts_with("qd:routed-link-lost"));
}

TEST_CASE("who comes back for a subscription takes it from its former connection") {
    World world;
    Party before = world.client();
    before.subscribe("news");
    world.exchange(before);
    REQUIRE(world.broker.asked.size() == 1);
    CHECK(world.broker.asked[0]->name() == "news@client");
    Party other = world.client(options_of("other"));  // a subscription of its own
    other.subscribe("news");
    world.exchange(other);
    Party after = world.client();
    after.subscribe("news");
    world.exchange(after);
    REQUIRE(world.broker.asked.size() == 3);
    CHECK(world.broker.asked[1]->name() == "news@other");
    CHECK(world.broker.asked[2]->name() == "news@client");
    CHECK(world.broker.detached().size() == 1);
    world.exchange(before);
    REQUIRE(before.detached().size() == 1);
    CHECK(before.detached().front().starts_with(kStolen));
    CHECK(after.detached().empty());
    CHECK(other.detached().empty());
    world.exchange(before);
    CHECK(world.router.link_router().pairs() == 2);
    before.drop();
    world.exchange(after);
    CHECK(world.broker.detached().size() == 1);
}

TEST_CASE("a subscription whose former attach is not answered yet is no other one's meanwhile") {
    World world;
    Party before = world.client();
    before.subscribe("news");
    before.pump();  // the broker does not read
    Party after = world.client();
    after.subscribe("news");
    after.pump();
    REQUIRE(after.detached().size() == 1);
    CHECK(after.detached().front().starts_with(kResourceLocked));
    world.exchange(before);
    CHECK(before.detached().empty());
    after.subscribe("news");
    world.exchange(after);
    CHECK(world.broker.asked.back()->name() == "news@client");
    CHECK(after.detached().size() == 1);
}

TEST_CASE("one client leaves channels of a container to others") {
    amqp::Options options = options_of("broker");
    options.channel_max = 7;
    World world{std::move(options)};
    Party one = world.client();
    for (int i = 0; i < 8; ++i) {
        amqp::Session* const session = i == 0 ? &one.session() : one.engine().begin();
        REQUIRE(session != nullptr);
        REQUIRE(one.ask(*session, /*receiver=*/false) != nullptr);
    }
    world.exchange(one);
    CHECK(world.broker.asked.size() <= 4);
    const std::size_t before = world.broker.asked.size();
    CHECK(one.detached().size() == 8 - before);
    CHECK(one.detached().front().starts_with(kResourceLimitExceeded));
    Party other = world.client(options_of("other"));
    REQUIRE(other.ask(other.session(), /*receiver=*/false) != nullptr);
    world.exchange(other);
    CHECK(world.broker.asked.size() == before + 1);
    CHECK(other.detached().empty());
    CHECK(world.router.link_router().counters().refused == 8 - before);
}

TEST_CASE("a container that does not read is asked for no more links than it can") {
    World world;
    Party client = world.client();
    Buffer properties;
    {
        wire::Writer out{properties};
        const auto map = out.begin_map();
        out.symbol("words");
        out.string(std::string(15'000, 'x'));
        out.end(map);
    }
    constexpr std::size_t kLinks = 1'000;  // nearly twice as much
    for (std::size_t i = 0; i < kLinks; ++i) {
        REQUIRE(client.ask(client.session(), /*receiver=*/false, properties) != nullptr);
        client.pump();
    }
    const std::size_t output = world.broker.connection().engine().output().size();
    CHECK(output > RoutedLinks::kOutputMax);
    CHECK(output < RoutedLinks::kOutputMax + 100'000);
    CHECK(!client.detached().empty());
    CHECK(client.detached().front().starts_with(kResourceLimitExceeded));
    world.broker.pump();
    CHECK(world.broker.asked.size() + client.detached().size() == kLinks);
}

TEST_CASE("shares: each has what all others leave free, and a router counts for many") {
    RoutedShares shares;
    while (shares.has_session({1, false}, 64)) {
        shares.add_session(1);
    }
    std::size_t of_other = 0;
    for (; shares.has_session({2, false}, 64); ++of_other) {
        shares.add_session(2);
    }
    CHECK(of_other > 15);
    RoutedShares of_router;
    std::size_t taken = 0;
    for (; of_router.has_session({1, true}, 64); ++taken) {
        of_router.add_session(1);
    }
    CHECK(taken > 50);
    CHECK(taken < 64);
    CHECK(of_router.has_session({2, false}, 64));
    of_router.add_texts(3, RoutedShares::kTextsMax / 2);
    CHECK_FALSE(of_router.has_texts({3, false}));
    CHECK(of_router.has_texts({4, false}));
    of_router.remove_texts(3, RoutedShares::kTextsMax / 2);
    CHECK(of_router.has_texts({3, false}));
}

TEST_SUITE_END();

}  // namespace weft::node::test
