#include "router/node/client_connection.hpp"

#include "tests/support/engine_peer.hpp"

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

    int made = 0;
    int gone = 0;
};

}  // namespace

TEST_SUITE_BEGIN("client_connection");

TEST_CASE("a connection that can't be made known ends in order, and leaves nothing in the core") {
    io::Loop loop;
    router::Core core{{.router_id = "A"}, nullptr};
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

TEST_SUITE_END();
