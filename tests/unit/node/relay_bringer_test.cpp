#include "tests/unit/node/loops.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace weft::node {
namespace {

/// Takes what is sent to a router's management, and asks who brought it.
class AskingService final : private router::Port {
public:
    AskingService(router::Core& core, const Relay& relay, Instant now)
        : core_{core}, relay_{relay}, now_{now}, connection_{core.connect(*this, service())} {
        const auto attached = core.attach(
            connection_,
            {.direction = router::Direction::out,
             .address = router::kManagementNode,
             .treatment = router::Treatment{.distribution = router::Distribution::closest}});
        link_ = attached->link;
        core.activate(*link_, now);
        core.on_credit(*link_, UINT32_MAX, /*drain=*/false, now);
    }
    ~AskingService() override {
        core_.detach(*link_, now_);
        core_.disconnect(connection_);
    }

    /// What it took, unsettled.
    void accept() {
        for (const Open& each : std::exchange(open_, {})) {
            core_.on_update(*link_, {each.id, /*settled=*/true, wire::kAccepted}, each.context,
                            now_);
        }
    }

    /// It takes what waits meanwhile.
    void open() {
        full = false;
        core_.on_writable(connection_, now_);
    }

    std::vector<std::uint64_t> bringers;
    bool full = false;

private:
    struct Open {
        wire::DeliveryId id = 0;
        std::uint64_t context = 0;
    };

    static router::Traits service() { return router::Traits::of_service(); }

    wire::Sent transfer(router::Link&,
                        const router::OutgoingHead& head,
                        Bytes payload,
                        bool more) override {
        if (full) {
            return {};
        }
        bringers.push_back(relay_.bringer_of(head.context));
        if (!head.settled) {
            open_.push_back({.id = ++last_, .context = head.context});
        }
        return {.taken = payload.size(), .started = true, .complete = !more, .id = last_};
    }
    void abort(router::Link&) override {}
    void update(router::Link&, wire::DeliveryId, Bytes, bool) override {}
    void grant(router::Link&, std::uint32_t, bool) override {}
    void drain(router::Link&) override {}
    void drained(router::Link&) override {}
    void hold(router::Link&, std::ptrdiff_t) override {}

    router::Core& core_;
    const Relay& relay_;
    Instant now_;
    router::Connection& connection_;
    router::Link* link_ = nullptr;
    wire::DeliveryId last_ = 0;
    std::vector<Open> open_;
};

}  // namespace

TEST_SUITE_BEGIN("Relay: bringers");

TEST_CASE("management learns which connection of another loop asks, however it does") {
    Loops loops;
    AskingService management{loops.second, loops.all[1]->relay, loops.now};
    loops.cross();
    router::Peer& producer = loops.here.producer(router::kManagementNode);
    router::FakePort other{loops.first, loops.now};
    router::Peer& another = other.producer(router::kManagementNode);
    loops.cross();
    loops.here.send(producer, as_bytes("x"), {.settled = true});
    loops.cross();
    other.send(another, as_bytes("y"), {.settled = true, .state = wire::kReleased});
    loops.cross();
    loops.here.send(producer, as_bytes("z"), {});
    loops.cross();
    management.accept();
    loops.cross();
    CHECK(producer.told.size() == 1);
    const std::uint64_t first = loops.here.connection().id;
    CHECK(management.bringers == std::vector{first, other.connection().id, first});

    router::Peer& local = loops.there.producer(router::kManagementNode);
    loops.there.send(local, as_bytes("here"), {.settled = true});
    loops.cross();
    CHECK(management.bringers.back() == 0);  // no other loop's
    loops.here.detach(producer);
    other.detach(another);
    loops.there.detach(local);
    loops.cross();
}

TEST_CASE("management learns who asked although it takes the requests later") {
    Loops loops;
    AskingService management{loops.second, loops.all[1]->relay, loops.now};
    loops.cross();
    router::Peer& producer = loops.here.producer(router::kManagementNode);
    router::FakePort other{loops.first, loops.now};
    router::Peer& another = other.producer(router::kManagementNode);
    loops.cross();
    management.full = true;
    loops.here.send(producer, as_bytes("x"), {.settled = true});
    other.send(another, as_bytes("y"), {.settled = true});
    loops.cross();
    CHECK(management.bringers.empty());
    management.open();
    CHECK(management.bringers == std::vector{loops.here.connection().id, other.connection().id});
    loops.here.detach(producer);
    other.detach(another);
    loops.cross();
}

TEST_CASE("of the last requests it is known who brought them, however many there were") {
    Loops loops;
    AskingService management{loops.second, loops.all[1]->relay, loops.now};
    loops.cross();
    router::Peer& producer = loops.here.producer(router::kManagementNode);
    loops.cross();
    const std::uint64_t one = loops.here.connection().id;
    for (std::size_t i = 0; i < 2 * Entries::kNamedMax + 10; ++i) {
        loops.here.send(producer, as_bytes("x"), {.settled = true});
        loops.cross();
    }
    CHECK(std::ranges::all_of(management.bringers, [one](auto each) { return each == one; }));
    loops.here.detach(producer);
    loops.cross();
}

TEST_SUITE_END();

}  // namespace weft::node
