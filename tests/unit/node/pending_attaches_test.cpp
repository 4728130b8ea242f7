#include "router/node/pending_attaches.hpp"

#include "common/io/loop.hpp"
#include "common/wire/reader.hpp"

#include <doctest/doctest.h>

#include <array>
#include <set>
#include <string>
#include <vector>

using namespace weft;
using namespace weft::node;

namespace {

/// Links to tell apart; nothing is asked of their engine.
struct Links : private amqp::Handler {
    Links() {
        engine.start({});
        amqp::Session* session = engine.begin();
        for (std::size_t i = 0; i < links.size(); ++i) {
            const std::string name = "link-" + std::to_string(i);
            amqp::Attach attach;
            attach.name = name;
            links[i] = session->attach(attach);
        }
    }

    io::Loop loop;
    amqp::Engine engine{std::make_shared<const amqp::Options>(
                            amqp::Options{.server = false, .container_id = "client"}),
                        *this, loop.pool()};
    std::array<amqp::Link*, 3> links{};
};

struct Expecting : Links {
    Expecting() {
        for (std::size_t i = 0; i < links.size(); ++i) {
            ours[i].id = 10 * (i + 1);
            ours[i].self = {static_cast<std::uint32_t>(i), 0};
            const std::string address = "address-" + std::to_string(i);
            amqp::Attach reply;
            reply.source.emplace().address = address;
            CHECK(pending.expect(*links[i], ours[i], reply));
        }
    }

    auto take() {
        return pending.take([this](router::LinkRef each) { return gone.contains(each.index); });
    }
    std::vector<amqp::Link*> take_all() {
        std::vector<amqp::Link*> taken;
        while (const auto answer = take()) {
            taken.push_back(answer->link);
        }
        return taken;
    }

    router::Connection connection{router::no_port(), {}, {}};
    std::array<router::Link, 3> ours{router::Link{connection, router::Direction::out, 1},
                                     router::Link{connection, router::Direction::out, 1},
                                     router::Link{connection, router::Direction::out, 1}};
    std::set<std::uint32_t> gone;
    MemoryShares memory{1'000'000};
    PendingAttaches pending{memory, 7};
};

}  // namespace

TEST_SUITE_BEGIN("pending attaches");

TEST_CASE("nothing is taken before it is decided") {
    Expecting world;
    CHECK_FALSE(world.take());
    CHECK(world.pending.size() == 3);
}

TEST_CASE("answers keep the order of the attaches, whatever the order of the decisions") {
    Expecting world;
    world.pending.accept(30);
    world.pending.accept(20);
    CHECK(world.take_all().empty());
    world.pending.accept(10);
    CHECK(world.take_all() == std::vector(world.links.begin(), world.links.end()));
    CHECK(world.pending.empty());
}

TEST_CASE("an answer is the reply that was prepared, or why the link is refused") {
    Expecting world;
    world.pending.accept(10);
    world.pending.refuse(20, {"amqp:not-found", "there is none"});
    const auto accepted = world.take();
    REQUIRE(accepted);
    CHECK(accepted->ours == world.ours[0].self);
    CHECK_FALSE(accepted->refusal);
    wire::Reader in{accepted->reply};
    (void)in.descriptor();
    const auto reply = amqp::decode_attach(in.rest());
    REQUIRE(reply);
    CHECK(reply->source->address == "address-0");
    const auto refused = world.take();
    REQUIRE(refused);
    CHECK(refused->refusal == Error{"amqp:not-found", "there is none"});
}

TEST_CASE("a link that is gone is not taken, and those behind it wait for it no more") {
    Expecting world;
    world.pending.accept(20);
    world.gone = {0};
    CHECK(world.take_all() == std::vector{world.links[1]});
    world.pending.accept(10);  // too late
    CHECK(world.take_all().empty());
    CHECK(world.pending.size() == 1);
}

TEST_CASE("a decision about what nobody awaits is of no account") {
    Expecting world;
    world.pending.accept(5);
    world.pending.accept(15);
    world.pending.accept(99);
    CHECK_FALSE(world.take());
    CHECK(world.pending.size() == 3);
}

TEST_CASE("those of one connection take no more than others leave free") {
    Expecting world;
    CHECK(world.memory.bytes() > 0);
    const std::string address(2'000, 'a');
    amqp::Attach reply;
    reply.source.emplace().address = address;
    std::size_t taken = 0;
    for (std::uint64_t id = 100; id < 1'000; ++id) {
        world.ours[0].id = id;
        if (!world.pending.expect(*world.links[0], world.ours[0], reply)) {
            break;
        }
        ++taken;
    }
    CHECK(taken < 250);  // half of it
    CHECK(world.memory.refused() == 1);
    PendingAttaches other{world.memory, 8};
    CHECK(other.expect(*world.links[1], world.ours[1], reply));
    world.gone = {0, 1, 2};
    CHECK(world.take_all().empty());
    CHECK(world.pending.empty());
    CHECK(world.memory.bytes() < 3'000);  // the other's
}

TEST_SUITE_END();
