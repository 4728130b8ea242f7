#include "router/linkstate/messages.hpp"
#include "tests/unit/node/router_peer.hpp"
#include "tests/unit/node/router_world.hpp"

using namespace weft;
using namespace weft::router;
using namespace weft::node;
using namespace weft::node::test;

namespace {

constexpr std::string_view kControl = RouterPeer::kControl;
constexpr std::string_view kData = RouterPeer::kData;

struct Meshed : RouterWorld {
    Meshed() : RouterWorld{R"({"router": {"id": "A", "mode": "interior"}})"} {}

    bool hears() const { return router.mesh()->state().counters().received > 0; }
    std::size_t neighbours() const { return router.mesh()->neighbours().size(); }
};

}  // namespace

TEST_SUITE_BEGIN("neighbour");

TEST_CASE("control messages flow once the control links stand, whatever else is attached") {
    Meshed world;
    RouterPeer peer{world.router.shards().home()};
    peer.open();
    SUBCASE("no data links") {
        CHECK(peer.received() == 0);
        peer.attach_pair(kControl, 10);
    }
    SUBCASE("data links first") {
        peer.attach_pair(kData, 10);
        CHECK(peer.received() == 0);
        peer.attach_pair(kControl, 10);
    }
    SUBCASE("receivers first") {
        peer.attach(/*receiver=*/true, kData);
        peer.attach(/*receiver=*/true, kControl, 10);
        peer.attach(/*receiver=*/false, kData);
        CHECK(peer.received() == 0);
        peer.attach(/*receiver=*/false, kControl);
    }
    CHECK(peer.received() == 1);  // a HELLO
    CHECK(peer.closed().empty());
}

TEST_CASE("a peer that gives no credit for control messages is no neighbour") {
    Meshed world;
    RouterPeer peer{world.router.shards().home()};
    peer.open();
    amqp::Link& control = peer.attach(/*receiver=*/false, kControl);
    peer.attach(/*receiver=*/true, kControl, /*credit=*/0);
    peer.attach_pair(kData, 10);
    peer.say_hello(control);
    CHECK(peer.received() == 0);
    CHECK(world.router.mesh()->state().index_of("P") == kNoRouter);
}

TEST_CASE("a second pair of control links is refused, and the first works on") {
    Meshed world;
    RouterPeer peer{world.router.shards().home()};
    peer.open();
    amqp::Link& control = peer.attach(/*receiver=*/false, kControl);
    peer.attach(/*receiver=*/true, kControl, 10);
    peer.attach_pair(kControl, 10);
    CHECK(peer.detached() == std::vector<std::string>(
                                 2, "qd:connection-role the connection has control links already"));
    peer.attach_pair(kData, 10);
    CHECK(peer.received() == 1);
    peer.say_hello(control);
    CHECK(world.hears());
    CHECK(peer.closed().empty());
}

TEST_CASE("a client's link is refused") {
    Meshed world;
    RouterPeer peer{world.router.shards().home()};
    peer.open();
    peer.attach(/*receiver=*/true, "other", 10);
    peer.attach(/*receiver=*/false, "other");
    CHECK(peer.detached() ==
          std::vector<std::string>(
              2, "qd:connection-role Link attach forbidden on inter-router connection"));
    CHECK(peer.closed().empty());
}

TEST_CASE("the loss of a link ends the connection, whatever link it is") {
    Meshed world;
    RouterPeer peer{world.router.shards().home()};
    peer.open();
    amqp::Link& control_in = peer.attach(/*receiver=*/true, kControl, 10);
    amqp::Link& control_out = peer.attach(/*receiver=*/false, kControl);
    amqp::Link& data_in = peer.attach(/*receiver=*/true, kData, 10);
    amqp::Link& data_out = peer.attach(/*receiver=*/false, kData);
    REQUIRE(peer.received() == 1);
    SUBCASE("") {
        peer.detach(control_in);
    }
    SUBCASE("") {
        peer.detach(control_out);
    }
    SUBCASE("") {
        peer.detach(data_in);
    }
    SUBCASE("") {
        peer.detach(data_out);
    }
    SUBCASE("") {
        peer.end_session();
    }
    CHECK(peer.closed() == "amqp:internal-error the peer detached a link between the routers");
    peer.drop();
    CHECK(world.neighbours() == 0);
    CHECK(world.router.shards().home().core().links().peer_links().empty());
}

TEST_CASE("a control link that is lost before there are data links ends the connection") {
    Meshed world;
    RouterPeer peer{world.router.shards().home()};
    peer.open();
    peer.detach(peer.attach(/*receiver=*/false, kControl));
    CHECK(peer.closed() ==
          "amqp:internal-error the peer refuses links between routers; has its listener, or "
          "connector, the role inter-router?");
}

TEST_CASE("a link for a stream may go, and its neighbour stays") {
    Meshed world;
    RouterPeer peer{world.router.shards().home()};
    peer.open();
    peer.attach_pair(kControl, 10);
    for (std::size_t priority = 0; priority < kPriorities; ++priority) {
        peer.attach_pair(kData, 10);
    }
    const std::size_t links = world.router.shards().home().core().links().peer_links().size();
    peer.detach(peer.attach(/*receiver=*/false, kData));
    CHECK(peer.closed().empty());
    CHECK(world.router.shards().home().core().links().peer_links().size() == links);
}

TEST_CASE("a control message of any size up to the limit is read, and a larger one ends it") {
    Meshed world;
    RouterPeer peer{world.router.shards().home()};
    peer.open();
    amqp::Link& control = peer.attach(/*receiver=*/false, kControl);
    peer.attach(/*receiver=*/true, kControl, 10);
    peer.attach_pair(kData, 10);
    const Buffer piece(std::size_t{1} << 20);
    for (std::size_t sent = 0; sent <= linkstate::kControlMessageMax && peer.closed().empty();
         sent += piece.size()) {
        CHECK_FALSE(world.hears());
        peer.send(control, piece, /*more=*/true);
    }
    CHECK(peer.closed() == "amqp:internal-error a control message is too large");
    CHECK_FALSE(world.hears());
}

TEST_CASE("a peer that reads no control messages is given up") {
    Meshed world;
    RouterPeer peer{world.router.shards().home()};
    peer.open();
    amqp::Link& control = peer.attach(/*receiver=*/false, kControl);
    peer.attach(/*receiver=*/true, kControl, /*credit=*/1);
    peer.attach_pair(kData, 10);
    REQUIRE(peer.received() == 1);
    Neighbour& neighbour = *world.router.mesh()->neighbours().begin()->second;
    REQUIRE(neighbour.send(Buffer(ControlChannel::kUnsentMax)));
    CHECK(neighbour.control_links()[1].undelivered == 1);
    CHECK_FALSE(neighbour.send(Buffer(1)));
    peer.say_hello(control);  // and there is no room for the answer
    CHECK(peer.aborted() == "it does not read its control messages");
}

TEST_CASE("a connection may be lost in any phase") {
    Meshed world;
    for (int phase = 0; phase < 6; ++phase) {
        CAPTURE(phase);
        RouterPeer peer{world.router.shards().home()};
        CHECK(world.neighbours() == 1);
        if (phase > 0) {
            peer.open();
        }
        if (phase > 1) {
            peer.attach(/*receiver=*/true, kControl, 10);
        }
        if (phase > 2) {
            peer.attach(/*receiver=*/false, kControl);
        }
        if (phase > 3) {
            peer.attach(/*receiver=*/false, kData);
        }
        if (phase > 4) {
            peer.attach(/*receiver=*/true, kData, 10);
        }
        CHECK(peer.received() == (phase > 2 ? 1 : 0));
        peer.drop();
        CHECK(world.neighbours() == 0);
        CHECK(world.router.shards().home().connections().empty());
        CHECK(world.router.shards().home().core().links().peer_links().empty());
    }
}

TEST_SUITE_END();
