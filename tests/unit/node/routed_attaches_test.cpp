#include "router/node/linkroute/routed_attaches.hpp"

#include "router/node/linkroute/crossing.hpp"
#include "router/node/linkroute/link_router.hpp"
#include "router/node/shard.hpp"
#include "tests/unit/node/client.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <utility>
#include <vector>

namespace weft::node {
namespace {

router_config::NodeConfig two_loops() {
    router_config::NodeConfig config;
    config.id = "A";
    config.worker_threads = 2;
    return config;
}

/// The second of two loops, where link routes are known. Home is the test.
struct Asking {
    Asking() { shard.routed_attaches().set_asking(true); }
    /// The pairs that home was asked of since the last call.
    std::vector<std::uint64_t> asked() {
        shard.routed_attaches().end_turn();
        std::vector<std::uint64_t> pairs;
        for (const PairWord& word : std::exchange(words, {}).words) {
            CHECK(word.kind == PairWord::Kind::ask);
            pairs.push_back(word.pair);
            transacts = word.settled;
        }
        return pairs;
    }
    void say_plain(std::uint64_t pair) {
        PairWords answer;
        answer.add({.kind = PairWord::Kind::plain, .pair = pair});
        say(std::move(answer));
    }
    void refuse(std::uint64_t pair) {
        const amqp::ErrorView error{kNoRoute, "none", {}};
        PairWords answer;
        answer.add({.kind = PairWord::Kind::refused, .pair = pair},
                   [&](Buffer& out) { write(out, true, &error); });
        say(std::move(answer));
    }
    void say(PairWords answer) {
        shard.receive(0, std::move(answer));
        client.pump();
    }
    amqp::Link& attach_coordinator(std::string_view name) {
        amqp::Attach wish{.name = name};
        wish.source.emplace();
        wish.target.emplace().kind = amqp::Terminus::Kind::coordinator;
        wish.initial_delivery_count = 0;
        weft::test::EnginePeer& peer = client;
        return peer.attach(wish);
    }

    io::Loop loop;
    PairWords words;
    bool transacts = false;  // of the last one that home was asked of
    Shard shard{two_loops(),
                1,
                2,
                loop,
                [](std::size_t, Slab) {},
                [this](std::size_t, PairWords said) { words = std::move(said); }};
    test::Client client{shard};
};

}  // namespace

TEST_SUITE_BEGIN("routed_attaches");

TEST_CASE("a link without an address is nothing that home is asked of") {
    Asking f;
    CHECK(f.client.send_to("").credit() > 0);
    CHECK(f.asked().empty());
}

TEST_CASE("whatever is attached after a link that waits for home waits, too") {
    Asking f;
    const amqp::Link& first = f.client.send_to("a");
    const amqp::Link& second = f.client.send_to("");
    const auto pairs = f.asked();
    REQUIRE(pairs.size() == 2);
    CHECK(first.credit() == 0);
    CHECK(second.credit() == 0);
    f.say_plain(pairs[0]);
    CHECK(second.credit() == 0);
    f.say_plain(pairs[1]);
    CHECK(second.credit() > 0);
    CHECK(f.client.send_to("").credit() > 0);
    CHECK(f.asked().empty());
}

TEST_CASE("nobody waits behind a link that is gone, or behind another connection's") {
    Asking f;
    f.client.detach(f.client.send_to("a"));
    CHECK(f.asked().size() == 1);
    CHECK(f.client.send_to("").credit() > 0);
    f.client.send_to("b");
    test::Client other{f.shard};
    CHECK(other.send_to("").credit() > 0);
    f.client.end_session();
    CHECK(f.asked().size() == 1);
}

TEST_CASE(
    "a coordinator that was refused, or is gone before its answer, is none of its session's") {
    Asking f;
    f.client.send_to("a");
    const auto before = f.asked();
    CHECK_FALSE(f.transacts);
    f.say_plain(before.at(0));
    amqp::Link& first = f.attach_coordinator("1");
    const auto one = f.asked();
    f.client.send_to("b");
    const auto between = f.asked();
    CHECK(f.transacts);
    amqp::Link& second = f.attach_coordinator("2");
    CHECK(f.asked().empty());  // it waits until home has decided on the others
    SUBCASE("refused") {
        f.refuse(one.at(0));
        f.client.send_to("c");
        const auto last = f.asked();
        CHECK(f.transacts);  // the other one waits still
        f.say_plain(between.at(0));
        f.say_plain(last.at(0));
        f.shard.routed_attaches().move_links();
        const auto other = f.asked();
        REQUIRE(other.size() == 1);
        f.refuse(other.at(0));
    }
    SUBCASE("gone") {
        f.client.detach(first);
        f.client.detach(second);
    }
    f.client.send_to("d");
    f.asked();
    CHECK_FALSE(f.transacts);
}

TEST_CASE("of what another loop says a part is heard in one turn") {
    constexpr std::size_t kWords = 2 * RoutedAttaches::kStepsMax + 10;
    router::Core core{{.router_id = "A"}};
    MemoryShares memory{1'000};
    RoutedAttaches attaches{core, memory, 2, [](std::size_t, PairWords) {}};
    PairWords words;
    for (std::size_t i = 0; i < kWords; ++i) {
        words.add({.kind = PairWord::Kind::lost, .pair = i});
    }
    attaches.receive(1, std::move(words));
    CHECK(attaches.has_work());
    attaches.go_on();  // the turn has had its steps
    attaches.end_turn();
    attaches.go_on();
    CHECK(attaches.has_work());
    attaches.end_turn();
    attaches.go_on();
    CHECK_FALSE(attaches.has_work());
}

TEST_SUITE_END();

}  // namespace weft::node
