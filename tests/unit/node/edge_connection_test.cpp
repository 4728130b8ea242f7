#include "router/node/edge_connection.hpp"

#include "common/wire/value.hpp"
#include "router/edge/heartbeat.hpp"
#include "router/edge/tracking.hpp"
#include "router/edge/words.hpp"
#include "router/node/edges.hpp"
#include "router/node/product.hpp"
#include "router/node/shard.hpp"
#include "tests/support/engine_peer.hpp"
#include "tests/unit/node/router_world.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace weft::node::test {

TEST_SUITE_BEGIN("edge_connection");

namespace {

constexpr const char* kMeshRouter = R"({"router": {"id": "A", "mode": "interior"}})";

std::shared_ptr<const PeerProfile> edge_listener() {
    const auto config = parsed(R"({"router": {"id": "A", "mode": "interior"},
                                   "listeners": [{"name": "e", "role": "edge"}]})");
    return std::make_shared<PeerProfile>(listener_profile(config.listeners.front(), "A"));
}

Buffer properties_of(const char* program, bool asks) {
    wire::Map map{{wire::Symbol{"product"}, program}};
    if (asks) {
        edge::say_pace(map, edge::kPaceMin);
    }
    Buffer encoded;
    wire::encode(encoded, wire::Value{map});
    return encoded;
}

/// An edge router, in memory.
class EdgePeer final : public weft::test::EnginePeer {
public:
    explicit EdgePeer(Router& router, const char* program = kProduct, bool asks = true)
        : EnginePeer{router.loop(),
                     {.server = false,
                      .container_id = "e1",
                      .sasl_choices = {amqp::sasl_at_once("ANONYMOUS")},
                      .properties = properties_of(program, asks)}} {
        Shard& shard = router.shards().home();
        auto made = std::make_unique<EdgeConnection>(shard.core(), transport(), edge_listener(),
                                                     shard, shard.edges());
        connection = made.get();
        carry(std::move(made));
        open();
    }

    amqp::Link& link(bool receiver, std::string_view address, std::uint32_t credit = 0) {
        const std::string name = "link-" + std::to_string(++names_);
        amqp::Attach attach;
        attach.name = name;
        attach.receiver = receiver;
        attach.source.emplace();
        attach.target.emplace().kind = amqp::Terminus::Kind::target;
        attach.initial_delivery_count = 0;
        (receiver ? attach.source : attach.target)->address = address;
        return EnginePeer::attach(attach, credit);
    }

    EdgeConnection* connection = nullptr;
    std::optional<Duration> pace;
    std::vector<edge::Tracking> words;

private:
    void on_open(const amqp::Open& open) override {
        EnginePeer::on_open(open);
        Bytes said = open.properties;
        const auto decoded = wire::decode(said);
        pace = edge::pace_of(*decoded->as<wire::Map>());
    }
    void on_transfer(amqp::Link& link,
                     const amqp::IncomingTransfer& transfer,
                     amqp::Context& context) override {
        if (const auto word = edge::read_tracking(transfer.payload)) {
            words.push_back(*word);
        }
        EnginePeer::on_transfer(link, transfer, context);
    }

    int names_ = 0;
};

}  // namespace

TEST_CASE("how often it is to say that it is alive hears only who is of this product, and asks") {
    RouterWorld world{kMeshRouter};
    CHECK(EdgePeer{world.router}.pace == edge::kPaceMin);
    CHECK(EdgePeer{world.router, kProduct, false}.pace == std::nullopt);
    CHECK(EdgePeer{world.router, "qpid-dispatch-router", true}.pace == std::nullopt);
}

TEST_CASE("it is listed as long as it is connected") {
    RouterWorld world{kMeshRouter};
    const Edges& edges = world.router.shards().home().edges();
    {
        EdgePeer one{world.router};
        EdgePeer other{world.router};
        CHECK(edges.size() == 2);
        other.close();
        CHECK(edges.size() == 1);
    }
    CHECK(edges.size() == 0);
}

TEST_CASE("one with a heartbeat link that is silent is given up") {
    RouterWorld world{kMeshRouter};
    EdgePeer peer{world.router};
    const Instant now = world.loop.now();
    const Instant later = now + edge::kSilenceMax + edge::kSilenceMax;
    CHECK_FALSE(peer.connection->is_silent(later));  // it has no such link
    amqp::Link& beats = peer.link(false, edge::kHeartbeatAddress);
    CHECK(beats.credit() == edge::kHeartbeatCredit);
    CHECK_FALSE(peer.connection->is_silent(now + edge::silence_max(edge::kPaceMin)));
    CHECK(peer.connection->is_silent(later));
    Buffer beat;
    edge::write_heartbeat(beat, 1);
    peer.send(beats, beat, /*settled=*/false);
    CHECK(world.router.shards().home().edges().counters().heartbeats == 1);
    peer.connection->give_up();
    peer.pump();
    CHECK(peer.closed().find("heartbeat") != std::string::npos);
}

TEST_CASE("words about addresses wait for credit, and only the last one of each") {
    RouterWorld world{kMeshRouter};
    EdgePeer peer{world.router};
    EdgePeer other{world.router};
    amqp::Link& tracking = peer.link(true, edge::kTrackingAddress);
    peer.link(false, "a");
    peer.link(false, "b");
    amqp::Link& on_a = other.link(true, "a", 10);
    other.link(true, "b", 10);
    peer.pump();
    other.detach(on_a);
    peer.pump();
    CHECK(peer.words.empty());
    tracking.grant(10);
    peer.pump();
    REQUIRE(peer.words.size() == 2);
    CHECK(peer.words[0] == edge::Tracking{"M0a", false});
    CHECK(peer.words[1] == edge::Tracking{"M0b", true});
}

TEST_SUITE_END();

}  // namespace weft::node::test
