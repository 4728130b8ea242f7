#include "router/node/control_channel.hpp"

#include "common/endpoint/connection.hpp"
#include "tests/support/engine_peer.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace weft::node {
namespace {

using Taken = ControlChannel::Taken;

/// A connection that has a channel and nothing else.
class Carrier final : public endpoint::Connection {
public:
    explicit Carrier(io::Transport& transport)
        : Connection{transport, std::make_shared<endpoint::ConnectionProfile>()} {
        start(1);
    }

    std::shared_ptr<ControlMemory> memory = std::make_shared<ControlMemory>();
    ControlChannel channel{memory};
    std::vector<Taken> taken;
    std::vector<std::string> messages;
    bool refused_second = false;

private:
    void on_attach(amqp::Link& link, const amqp::Attach& attach) override {
        static_cast<void>(link.accept({.source = attach.source, .target = attach.target}));
        if (!channel.add(link)) {
            refused_second = true;
        } else if (link.is_receiver()) {
            channel.give_credit();
        }
    }
    void on_transfer(amqp::Link&, const amqp::IncomingTransfer& transfer, amqp::Context&) override {
        taken.push_back(channel.take(transfer));
        if (taken.back() == Taken::message) {
            messages.emplace_back(as_text(channel.message(transfer)));
        }
        if (taken.back() != Taken::part) {
            channel.release();
        }
    }
    void on_credit(amqp::Link&) override { channel.send_waiting(); }
    void on_writable() override { channel.send_waiting(); }
};

/// Its peer, with a link each way.
class ChannelPeer final : public weft::test::EnginePeer {
public:
    explicit ChannelPeer(io::Loop& loop)
        : EnginePeer{loop, {.server = false, .container_id = "P"}} {
        auto made = std::make_unique<Carrier>(transport());
        carrier = made.get();
        carry(std::move(made));
        open();
    }

    amqp::Link& attach(bool receiver, const char* name) {
        amqp::Attach attach;
        attach.name = name;
        attach.receiver = receiver;
        attach.source.emplace();
        attach.target.emplace().kind = amqp::Terminus::Kind::target;
        return EnginePeer::attach(attach);
    }
    void give(amqp::Link& link, std::uint32_t credit) {
        link.grant(credit);
        pump();
    }

    Carrier* carrier;
};

struct ChannelWorld {
    io::Loop loop;
    ChannelPeer peer{loop};
    amqp::Link& to_us = peer.attach(/*receiver=*/false, "to us");
    amqp::Link& from_us = peer.attach(/*receiver=*/true, "from us");
    ControlChannel& channel = peer.carrier->channel;
};

std::string of(char letter, std::size_t size) {
    return std::string(size, letter);
}

}  // namespace

TEST_SUITE_BEGIN("control channel");

TEST_CASE_FIXTURE(ChannelWorld, "it has one link each way") {
    CHECK(channel.links().size() == 2);
    peer.attach(/*receiver=*/true, "another");
    CHECK(peer.carrier->refused_second);
    CHECK(channel.links().size() == 2);
    channel.remove(*channel.links().back().link);
    CHECK(channel.links().size() == 1);
    CHECK_FALSE(channel.is_ready());
}

TEST_CASE_FIXTURE(ChannelWorld, "it is ready once the peer takes messages") {
    CHECK_FALSE(channel.is_ready());
    peer.give(from_us, 1);
    CHECK(channel.is_ready());
}

TEST_CASE_FIXTURE(ChannelWorld,
                  "a message of several frames comes out whole, and the next one is its own") {
    peer.send(to_us, as_bytes("one "), /*settled=*/true, /*more=*/true);
    peer.send(to_us, as_bytes("and the rest"), /*settled=*/true);
    peer.send(to_us, as_bytes("two"), /*settled=*/true);
    CHECK(peer.carrier->taken == std::vector{Taken::part, Taken::message, Taken::message});
    CHECK(peer.carrier->messages == std::vector<std::string>{"one and the rest", "two"});
    CHECK(channel.links().front().messages == 2);
}

TEST_CASE_FIXTURE(ChannelWorld, "an aborted message leaves nothing behind") {
    peer.send(to_us, as_bytes("half of"), /*settled=*/true, /*more=*/true);
    to_us.abort();
    peer.pump();
    peer.send(to_us, as_bytes("whole"), /*settled=*/true);
    CHECK(peer.carrier->taken == std::vector{Taken::part, Taken::aborted, Taken::message});
    CHECK(peer.carrier->messages == std::vector<std::string>{"whole"});
}

TEST_CASE_FIXTURE(ChannelWorld,
                  "messages are settled and their credit comes back, however they are sent") {
    CHECK(to_us.credit() == ControlChannel::kCredit);
    constexpr std::size_t kMany = 2 * ControlChannel::kCredit;
    for (std::size_t i = 0; i < kMany; ++i) {
        REQUIRE(to_us.credit() > 0);
        peer.send(to_us, as_bytes("x"), /*settled=*/i % 2 == 0);
    }
    CHECK(peer.carrier->messages.size() == kMany);
    CHECK(to_us.unsettled() == 0);
}

TEST_CASE_FIXTURE(ChannelWorld,
                  "a message larger than any may be is told with the frame that makes it so") {
    const Buffer largest(linkstate::kControlMessageMax);
    CHECK(channel.take({.more = true, .payload = largest}) == Taken::part);
    CHECK(channel.take({.first = false, .more = true, .payload = as_bytes("x")}) ==
          Taken::too_large);
}

TEST_CASE_FIXTURE(ChannelWorld, "messages that never end leave room for those of others") {
    ControlMemory& memory = *peer.carrier->memory;
    memory.bytes = ControlMemory::kBytesMax - 3'000'000;  // of other channels
    const Buffer part(1'000'000);
    CHECK(channel.take({.more = true, .payload = part}) == Taken::part);
    CHECK(channel.take({.first = false, .more = true, .payload = part}) == Taken::part);
    CHECK(channel.take({.first = false, .more = true, .payload = part}) == Taken::no_room);
    CHECK(memory.refused == 1);
    const auto others = std::make_shared<ControlMemory>(memory);
    {
        ControlChannel another{others};
        CHECK(another.take({.more = true, .payload = part}) == Taken::part);
        CHECK(others->bytes == memory.bytes + part.size());
    }
    CHECK(others->bytes == memory.bytes);
    channel.release();
    CHECK(memory.bytes == ControlMemory::kBytesMax - 3'000'000);
    CHECK(channel.take({.more = true, .payload = part}) == Taken::part);
}

TEST_CASE_FIXTURE(ChannelWorld, "what waits for credit goes out in order, settled") {
    REQUIRE(channel.send(as_bytes("a")));
    REQUIRE(channel.send(as_bytes("b")));
    REQUIRE(channel.send(as_bytes("c")));
    CHECK(channel.links().back().undelivered == 3);
    peer.give(from_us, 1);
    CHECK(peer.received() == 1);
    CHECK(channel.links().back().undelivered == 2);
    CHECK(channel.links().back().messages == 1);
    peer.give(from_us, 5);
    CHECK(peer.received() == 3);
    CHECK(channel.links().back().undelivered == 0);
    CHECK(from_us.unsettled() == 0);
}

TEST_CASE_FIXTURE(ChannelWorld, "a message larger than the output goes out as there is room") {
    peer.give(from_us, 2);
    const std::string large = of('l', 3 * (1 << 18));
    REQUIRE(channel.send(as_bytes(large)));
    REQUIRE(channel.send(as_bytes("small")));
    CHECK(channel.links().back().messages == 0);
    peer.pump();  // each exchange makes room
    CHECK(peer.received() == 2);
    CHECK(channel.links().back().messages == 2);
}

TEST_CASE_FIXTURE(ChannelWorld, "a peer that reads none of them is told after so many bytes") {
    const Buffer half(ControlChannel::kUnsentMax / 2);
    CHECK(channel.send(half));
    CHECK(channel.send(half));
    CHECK_FALSE(channel.send(Buffer(1)));
    CHECK(channel.links().back().undelivered == 2);
}

TEST_SUITE_END();

}  // namespace weft::node
