#include "router/node/client_connection.hpp"

#include "router/node/linkroute/routed_list.hpp"
#include "tests/support/engine_peer.hpp"
#include "tests/unit/node/client.hpp"
#include "tests/unit/node/router_world.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <new>

using namespace weft;
using namespace weft::node;

namespace {

/// Has no memory for one more connection.
class FullObserver final : public PeerObserver {
public:
    void on_made(PeerConnection&) override {
        ++made;
        throw std::bad_alloc{};
    }
    void on_gone(PeerConnection&) override { ++gone; }
    bool others_know(ClientConnection&, const router::Link&) override { return true; }
    RoutedList& routed_list() override { return routed; }
    MemoryShares& attaches() override { return memory; }
    RoutedList routed;
    MemoryShares memory{1'000'000};

    int made = 0;
    int gone = 0;
};

/// A client with so many receivers that they go in many slices, of one address, and another client.
struct Crowd : node::test::RouterWorld {
    static constexpr std::size_t kMany = 3'000;

    Crowd() : RouterWorld{R"({"router": {"id": "A"}})"} {
        for (std::size_t i = 0; i < kMany; ++i) {
            many.receive_from("a", 1);
        }
        REQUIRE(core.links().peer_links().size() == kMany);
    }
    /// Slices until nothing is left.
    std::size_t slices() {
        std::size_t count = 1;
        for (; core.work(loop.now()); ++count) {
        }
        return count;
    }

    Shard& shard = router.shards().home();
    router::Core& core = shard.core();
    node::test::Client many{shard};
    node::test::Client other{shard};
};

}  // namespace

TEST_SUITE_BEGIN("client_connection");

TEST_CASE("a connection that can't be made known ends in order, and leaves nothing in the core") {
    io::Loop loop;
    router::Core core{{.router_id = "A"}};
    FullObserver observer;
    weft::test::MemoryTransport transport{loop};
    auto profile = std::make_shared<PeerProfile>();
    profile->name = "clients";
    const std::size_t before = core.links().connections().size();
    auto connection = std::make_unique<ClientConnection>(core, transport, profile, observer);
    CHECK(observer.made == 1);
    CHECK(transport.aborted() == "out of memory");
    CHECK(core.links().connections().size() == before + 1);
    static_cast<io::Protocol&>(*connection).on_lost(transport.aborted());
    connection.reset();
    CHECK(observer.gone == 1);
    CHECK(core.links().connections().size() == before);
}

TEST_CASE_FIXTURE(Crowd, "the receivers of a session that is over get nothing, and go in slices") {
    many.end_session();
    CHECK(core.links().peer_links().size() == kMany - 500);
    other.receive_from("a", 10);
    other.send(other.send_to("a"), "m");
    CHECK(other.received() == 1);
    CHECK(slices() >= kMany / 500 - 1);
    CHECK(core.links().peer_links().size() == 2);
}

TEST_CASE_FIXTURE(Crowd, "the receivers of a connection that is lost do, too") {
    many.drop();
    CHECK(core.links().peer_links().size() == kMany - 500);
    CHECK(shard.connections().size() == 1);
    other.receive_from("a", 10);
    other.send(other.send_to("a"), "m");
    CHECK(other.received() == 1);
    CHECK(slices() >= kMany / 500 - 1);
    CHECK(core.links().peer_links().size() == 2);
}

TEST_SUITE_END();
