#include "common/wire/value.hpp"
#include "common/wire/writer.hpp"
#include "tests/unit/endpoint/fixture.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace weft;
using namespace weft::endpoint;
using namespace weft::endpoint::test;

namespace {

using Events = std::vector<std::string>;

amqp::Link& attach(World& world) {
    amqp::Attach attach;
    attach.name = "link";
    attach.initial_delivery_count = 0;
    return world.peer.attach(attach);
}

Buffer properties(wire::Map map) {
    Buffer encoded;
    wire::encode(encoded, std::move(map));
    return encoded;
}

}  // namespace

TEST_SUITE_BEGIN("endpoint connection");

TEST_CASE("a server's connection opens when its peer does, and knows it then") {
    World world{server_profile(),
                {.properties = properties({{wire::Symbol{"product"}, "a test"}})}};
    CHECK(world.connection->id() == TestConnection::kId);
    CHECK_FALSE(world.connection->was_opened());
    world.peer.open();
    CHECK(world.peer.opened());
    CHECK(world.connection->was_opened());
    CHECK(world.connection->engine().is_open());
    CHECK_FALSE(world.connection->outgoing());
    CHECK(world.connection->engine().remote_container() == "peer");
    CHECK(world.connection->properties() == properties({{wire::Symbol{"product"}, "a test"}}));
    CHECK(world.connection->events() == Events{"opened"});
}

TEST_CASE("a client's connection opens by itself, and a session works in both directions") {
    World world{client_profile()};
    world.peer.open();
    CHECK(world.connection->outgoing());
    CHECK(world.connection->was_opened());
    REQUIRE(world.connection->engine().begin() != nullptr);
    world.connection->wake();
    world.peer.pump();
    attach(world);
    CHECK(world.connection->events() == Events{"opened"});
}

TEST_CASE("a close with a reason reaches the peer, and nothing more is read afterwards") {
    World world{server_profile()};
    world.peer.open();
    attach(world);
    world.connection->close("amqp:connection:forced", "the daemon stops");
    CHECK(world.peer.closed().empty());  // not written yet
    world.peer.pump();
    CHECK(world.peer.closed() == "amqp:connection:forced the daemon stops");
    CHECK(world.connection->was_opened());
    CHECK_FALSE(world.connection->engine().is_open());
    CHECK(world.protocol().finished());
    CHECK(world.connection->events() == Events{"opened", "detached", "closed"});
}

TEST_CASE("a peer that closes is told apart from a connection that is closed here") {
    World world{server_profile()};
    world.peer.open();
    world.peer.close();
    CHECK(world.protocol().finished());
    CHECK(world.connection->events() == Events{"opened", "closed by the peer"});
}

TEST_CASE("a connection that is lost tells its parts before and after its links are gone") {
    World world{server_profile()};
    world.peer.open();
    attach(world);
    Events events;
    world.connection->when_gone([&] { events = world.connection->events(); });
    world.peer.drop("the wire is cut");
    CHECK(events == Events{"opened", "cut: the wire is cut", "detached",
                           "closed: amqp:connection:forced", "gone: the wire is cut"});
}

TEST_CASE("a connection that is lost before it opened tells the same") {
    World world{server_profile()};
    Events events;
    world.connection->when_gone([&] { events = world.connection->events(); });
    world.peer.drop("refused");
    CHECK(events == Events{"cut: refused", "closed: amqp:connection:forced", "gone: refused"});
}

TEST_CASE("who is expelled is gone in the next turn and once, and still hears why") {
    World world{server_profile()};
    world.peer.open();
    amqp::Link& link = attach(world);
    Events events;
    world.connection->when_gone([&] { events = world.connection->events(); });
    world.connection->expel("amqp:connection:forced", "go away");
    CHECK(events.empty());
    world.loop.run_one();
    CHECK(events == Events{"opened", "cut: go away", "detached", "closed: amqp:connection:forced",
                           "gone: go away"});
    CHECK(world.protocol().finished());
    CHECK(world.protocol().deadline() == kNever);
    CHECK(world.peer.transport().aborted().empty());

    world.peer.detach(link);  // sent before it heard: reaches nobody
    CHECK(world.peer.closed() == "amqp:connection:forced go away");
    world.protocol().on_lost("closed");
    CHECK(world.connection->events() == events);
}

TEST_CASE("who is expelled before it opened is gone, too") {
    World world{server_profile()};
    world.connection->expel("amqp:connection:forced", "go away");
    world.loop.run_one();
    CHECK(world.protocol().finished());
    CHECK(world.connection->events() ==
          Events{"cut: go away", "closed: amqp:connection:forced", "gone: go away"});
    world.peer.open();
    CHECK(world.connection->events().size() == 3);
}

TEST_CASE("who is expelled and lost in one turn is gone once") {
    World world{server_profile()};
    world.peer.open();
    int told = 0;
    world.connection->when_gone([&] { ++told; });
    world.connection->expel("amqp:connection:forced", "go away");
    world.peer.drop("the wire is cut");
    world.loop.run_one();
    CHECK(told == 1);
}

TEST_CASE("an orphan is gone at once and once, and whoever waits for it is not called") {
    World world{server_profile()};
    world.peer.open();
    bool called = false;
    world.connection->when_gone([&] { called = true; });
    world.connection->orphan("the daemon is gone");
    CHECK(world.peer.transport().aborted() == "the daemon is gone");
    const Events once = world.connection->events();
    CHECK(once.back() == "gone: the daemon is gone");
    world.protocol().on_lost("the transport is gone");
    CHECK(world.connection->events() == once);
    CHECK_FALSE(called);
}

TEST_CASE("a peer that does not open in time is given up") {
    ConnectionProfile profile = server_profile();
    profile.engine.handshake_timeout = std::chrono::seconds{5};
    World world{profile};
    const Instant due = world.protocol().deadline();
    CHECK(due == world.connection->started_at() + profile.engine.handshake_timeout);
    world.protocol().on_tick(due);
    CHECK(world.protocol().finished());
}

TEST_CASE("a peer that falls silent is given up, and hears why") {
    ConnectionProfile profile = server_profile();
    profile.engine.idle_timeout = std::chrono::seconds{8};
    World world{profile};
    world.peer.open();
    world.protocol().on_tick(world.protocol().deadline());
    world.peer.pump();
    CHECK(world.peer.closed().starts_with("amqp:resource-limit-exceeded"));
    CHECK_FALSE(world.connection->engine().is_open());
}

TEST_CASE("time-outs that are too short for the sweep of the loop are kept exactly") {
    struct {
        Duration ours{};
        Duration peers{};
        bool exact = false;
    } const cases[] = {{{}, {}, false},
                       {std::chrono::seconds{16}, std::chrono::seconds{8}, false},
                       {std::chrono::seconds{1}, {}, true},
                       {{}, std::chrono::milliseconds{100}, true},
                       {{}, std::chrono::seconds{1}, true}};
    for (const auto& each : cases) {
        for (ConnectionProfile profile : {server_profile(), client_profile()}) {
            profile.engine.idle_timeout = each.ours;
            World world{profile, {.idle_timeout = each.peers}};
            world.peer.open();
            CHECK(world.connection->was_opened());
            CHECK(world.peer.transport().ticks_exactly() == each.exact);
        }
    }
}

TEST_CASE("what a peer may leave unread is bounded, in bytes and in time") {
    ConnectionProfile profile = server_profile();
    profile.engine.idle_timeout = std::chrono::seconds{3};
    World world{profile};
    CHECK(world.protocol().output_bounds().bytes == profile.unread_max);
    CHECK(world.protocol().output_bounds().most == profile.output_max);
    CHECK(world.protocol().output_bounds().stall == std::chrono::seconds{3});
}

TEST_CASE("the transport is woken once for all that is done outside of its own calls") {
    World world{server_profile()};
    world.peer.open();
    const int before = world.peer.transport().wakes();
    world.connection->wake();
    world.connection->wake();
    CHECK(world.peer.transport().wakes() == before + 1);
    world.protocol().before_write();
    world.connection->wake();
    CHECK(world.peer.transport().wakes() == before + 2);
}

TEST_CASE("whoever dialled hears where else it may go, and it may be gone itself") {
    const wire::List others{
        wire::Map{{wire::Symbol{"network-host"}, "elsewhere"}, {wire::Symbol{"port"}, "1"}}};
    World world{client_profile(),
                {.properties = properties({{wire::Symbol{"failover-server-list"}, others}})}};
    auto connector = std::make_shared<io::Connector>(
        world.loop, io::Connector::Options{.name = "to-server", .primary = {"primary", "5672"}},
        [](io::Transport&) -> std::unique_ptr<io::Protocol> { return nullptr; });
    CHECK(world.connection->host() == "127.0.0.1:40000");
    world.connection->dialled_by(connector);
    CHECK(world.connection->host() == "primary:5672");
    SUBCASE("it is there") {
        world.peer.open();
        CHECK(connector->targets() ==
              std::vector<io::HostPort>{{"primary", "5672"}, {"elsewhere", "1"}});
    }
    SUBCASE("it is there, and the next peer does not say") {
        connector->set_failovers({{"known", "2"}});
        World silent{client_profile()};
        silent.connection->dialled_by(connector);
        silent.peer.open();
        CHECK(connector->targets() ==
              std::vector<io::HostPort>{{"primary", "5672"}, {"known", "2"}});
    }
    SUBCASE("it is gone") {
        connector.reset();
        world.peer.open();
        CHECK(world.connection->was_opened());
        CHECK(world.connection->host() == "127.0.0.1:40000");
    }
}

TEST_SUITE_END();
