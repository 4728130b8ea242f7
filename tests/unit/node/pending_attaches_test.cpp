#include "router/node/pending_attaches.hpp"

#include "common/io/loop.hpp"
#include "common/wire/reader.hpp"

#include <doctest/doctest.h>

#include <array>
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
    amqp::Engine engine{{.server = false, .container_id = "client"}, *this, loop.pool()};
    std::array<amqp::Link*, 3> links{};
};

struct Expecting : Links {
    Expecting() {
        for (std::uint64_t id = 0; id < links.size(); ++id) {
            const std::string name = "asked-" + std::to_string(id);
            amqp::Attach attach;
            attach.name = name;
            pending.expect(*links[id], id, attach, "address-" + std::to_string(id));
        }
    }

    std::vector<amqp::Link*> take_all() {
        std::vector<amqp::Link*> taken;
        while (const auto answer = pending.take()) {
            taken.push_back(answer->link);
        }
        return taken;
    }

    PendingAttaches pending;
};

}  // namespace

TEST_SUITE_BEGIN("pending attaches");

TEST_CASE("nothing is taken before it is decided") {
    Expecting world;
    CHECK_FALSE(world.pending.take());
    CHECK(world.pending.size() == 3);
}

TEST_CASE("answers keep the order of the attaches, whatever the order of the decisions") {
    Expecting world;
    world.pending.accept(2);
    world.pending.accept(1);
    CHECK(world.take_all().empty());
    world.pending.accept(0);
    CHECK(world.take_all() == std::vector(world.links.begin(), world.links.end()));
    CHECK(world.pending.empty());
}

TEST_CASE("an answer has what was asked and the address in effect, or why it is refused") {
    Expecting world;
    world.pending.accept(0);
    world.pending.refuse(1, {"amqp:not-found", "there is none"});
    const auto accepted = world.pending.take();
    REQUIRE(accepted);
    CHECK(accepted->address == "address-0");
    CHECK_FALSE(accepted->refusal);
    wire::Reader in{accepted->asked};
    (void)in.descriptor();
    const auto asked = amqp::decode_attach(in.rest());
    REQUIRE(asked);
    CHECK(asked->name == "asked-0");
    const auto refused = world.pending.take();
    REQUIRE(refused);
    CHECK(refused->refusal == Error{"amqp:not-found", "there is none"});
}

TEST_CASE("a link that is gone is not taken, and those behind it wait for it no more") {
    Expecting world;
    world.pending.accept(1);
    world.pending.remove(*world.links[0]);
    CHECK(world.take_all() == std::vector{world.links[1]});
    world.pending.accept(0);  // too late
    CHECK(world.take_all().empty());
    CHECK(world.pending.size() == 1);
}

TEST_SUITE_END();
