#include "router/node/container_connection.hpp"

#include "common/amqp/capabilities.hpp"
#include "common/wire/value.hpp"
#include "router/node/product.hpp"
#include "router/node/shard.hpp"
#include "router/node/termini.hpp"
#include "tests/support/engine_peer.hpp"
#include "tests/unit/node/router_world.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <utility>

using namespace weft;
using namespace weft::node;
using namespace weft::node::test;

namespace {

std::string router_with(const std::string& direction) {
    return R"({"router": {"id": "A"}, "autoLinks": [{"address": "queue", "direction": ")" +
           direction + R"(", "containerId": "broker"}]})";
}

std::shared_ptr<const PeerProfile> container_listener() {
    const auto config = parsed(R"({"listeners": [{"name": "b", "role": "route-container"}]})");
    return std::make_shared<PeerProfile>(listener_profile(config.listeners.front(), "A"));
}

Buffer product(const char* name) {
    Buffer properties;
    wire::encode(properties, wire::Map{{wire::Symbol{"product"}, name}});
    return properties;
}

/// A container that refuses the router's link, and is slow to detach it.
class Refusing final : public weft::test::EnginePeer {
public:
    explicit Refusing(Router& router, const char* program = "broker")
        : EnginePeer{router.loop(),
                     {.server = false,
                      .container_id = "broker",
                      .sasl_choices = {amqp::sasl_at_once("ANONYMOUS")},
                      .properties = product(program)}} {
        Shard& shard = router.shards().home();
        carry(std::make_unique<ContainerConnection>(shard.core(), transport(), container_listener(),
                                                    shard, router.containers()));
        open();
    }

    amqp::Link* refused = nullptr;
    bool traces = false;  // the router asked for it

private:
    void on_attach(amqp::Link& link, const amqp::Attach& attach) override {
        CHECK(link.accept({}));  // without termini
        traces = amqp::has_capability(attach.desired_capabilities, kTraceCapability);
        refused = &link;
    }
};

/// A whole message of three bytes that comes settled on the first link of a session.
Buffer transfer(std::uint16_t channel) {
    Buffer frame{0x00, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00, static_cast<std::uint8_t>(channel)};
    append(frame, Buffer{0x00, 0x53, 0x14, 0xc0, 0x08, 0x05});
    append(frame, Buffer{0x43, 0x43, 0xa0, 0x01, 0x00, 0x43, 0x41});  // handle, id, tag, format
    append(frame, Buffer{0x00, 0x53, 0x77, 0xa1, 0x01, 'x'});
    frame[3] = static_cast<std::uint8_t>(frame.size());
    return frame;
}

}  // namespace

TEST_SUITE_BEGIN("container_connection");

TEST_CASE("what a container says of a link that it refused means nothing") {
    for (const bool receives : {false, true}) {
        CAPTURE(receives);
        RouterWorld world{router_with(receives ? "in" : "out")};
        Refusing container{world.router};
        while (container.refused == nullptr) {
            world.loop.run_one();
            container.pump();
        }
        const auto& links = world.router.shards().home().core().links();
        const std::size_t links_before = links.size();
        if (receives) {
            container.engine().output().append(transfer(container.refused->session().channel()));
        } else {
            container.refused->grant(10);
        }
        container.pump();
        CHECK(container.closed().empty());
        CHECK(container.ended().empty());
        CHECK(links.size() == links_before);
        container.detach(*container.refused);
        CHECK(world.router.containers().auto_links().all().front()->status() ==
              autolink::Status::failed);
    }
}

TEST_CASE("an auto-link whose container is gone has not failed") {
    for (const bool closes : {false, true}) {
        CAPTURE(closes);
        RouterWorld world{router_with("out")};
        Refusing container{world.router};
        while (container.refused == nullptr) {
            world.loop.run_one();
            container.pump();
        }
        if (closes) {
            container.close();
        } else {
            container.drop();
        }
        const autolink::AutoLink& link = *world.router.containers().auto_links().all().front();
        CHECK(link.status() == autolink::Status::inactive);
        CHECK(link.last_error.empty());
    }
}

TEST_CASE("another router is asked for the trace of what it brings") {
    const auto asks = [](const char* direction, const char* program) {
        RouterWorld world{router_with(direction)};
        Refusing container{world.router, program};
        while (container.refused == nullptr) {
            world.loop.run_one();
            container.pump();
        }
        return container.traces;
    };
    CHECK(asks("in", kProduct));
    CHECK_FALSE(asks("out", kProduct));
    CHECK_FALSE(asks("in", "broker"));
}

TEST_CASE("of a container's words as many are kept as somebody reads") {
    RouterWorld world{router_with("out")};
    Refusing container{world.router};
    while (container.refused == nullptr) {
        world.loop.run_one();
        container.pump();
    }
    const std::string words = "no such queue\n" + std::string(10'000, 'x');
    container.refused->detach(true, amqp::ErrorView{"amqp:not-found", words, {}});
    container.pump();
    const autolink::AutoLink& link = *world.router.containers().auto_links().all().front();
    CHECK(link.status() == autolink::Status::failed);
    CHECK(link.last_error.starts_with("no such queue"));
    CHECK(link.last_error.size() < 600);
}
