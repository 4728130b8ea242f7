/// Consumers that take nothing of what they asked for: they harm nobody else.
#include "broker/node/broker_connection.hpp"
#include "broker/node/forwarder.hpp"
#include "common/base/conditions.hpp"
#include "common/wire/message.hpp"
#include "tests/support/engine_peer.hpp"
#include "tests/unit/node/temporary_folder.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace weft::broker {
namespace {

constexpr std::size_t kRoom = 10'000;   // bytes that may be read ahead
constexpr std::size_t kLarge = 11'000;  // of a message
constexpr int kMany = 6;                // of those are more than ReadAhead::kOverMax times that

queue::Payload message_of(std::size_t bytes) {
    wire::Message message;
    message.body = wire::Value{std::string(bytes, 'x')};
    Buffer encoded;
    wire::encode_message(encoded, message);
    return std::make_shared<const Buffer>(std::move(encoded));
}

/// A consumer, which takes what comes as often as it is pumped: one frame of 512 bytes, and the
/// next one when it was.
class StillPeer final : public test::EnginePeer {
public:
    explicit StillPeer(io::Loop& loop)
        : EnginePeer{loop,
                     {.server = false,
                      .container_id = "still",
                      .max_frame_size = 512,
                      .session_window = 1}} {}

    amqp::Link& receive(const std::string& queue, std::uint32_t credit) {
        amqp::Attach attach;
        attach.name = "in";
        attach.receiver = true;
        attach.source.emplace().kind = amqp::Terminus::Kind::source;
        attach.source->address = queue;
        attach.target.emplace().kind = amqp::Terminus::Kind::target;
        link_ = &EnginePeer::attach(attach, credit);
        return *link_;
    }
    void grant(std::uint32_t credit) {
        link_->grant(credit);
        pump();
    }
    /// So many frames and no more, until it is called again.
    void take(int frames) {
        if (std::exchange(left_, frames) == 0) {
            session().hold(-kFull);
        }
        pump();
    }
    /// Of those.
    int left() const { return left_; }

private:
    static constexpr std::ptrdiff_t kFull = 1;

    void on_transfer(amqp::Link& link,
                     const amqp::IncomingTransfer& transfer,
                     amqp::Context& context) override {
        if (left_ > 0 && --left_ == 0) {
            session().hold(kFull);
        }
        EnginePeer::on_transfer(link, transfer, context);
    }

    amqp::Link* link_ = nullptr;
    int left_ = -1;  // any number
};

/// A broker, and those who take nothing, each of a queue of its own.
struct StillWorld {
    explicit StillWorld(Duration still_max, std::size_t room = kRoom) {
        auto opened = Queues::open(loop,
                                   {.store = {.folder = folder.path()},
                                    .auto_create = true,
                                    .read = {.bytes_max = room, .still_max = still_max}},
                                   [](const Error& error) { FAIL(error.text); });
        REQUIRE(opened);
        queues = std::move(*opened);
        topics.emplace(loop, *queues);
        topics->restore();
        forwarder.emplace(loop, *queues);
        put("orders", {1});
    }
    ~StillWorld() { peers.clear(); }

    void put(const std::string& queue, const std::vector<std::size_t>& sizes) {
        for (const std::size_t size : sizes) {
            CHECK(queues->find(queue, std::nullopt).value()->offer(message_of(size), {}, {}));
        }
        settle();
    }
    StillPeer& receive(const std::string& queue, std::uint32_t credit) {
        StillPeer& peer = *peers.emplace_back(std::make_unique<StillPeer>(loop));
        endpoint::ConnectionProfile profile{.name = "clients"};
        profile.engine.container_id = "b1";
        peer.carry(std::make_unique<BrokerConnection>(
            peer.transport(),
            std::make_shared<const endpoint::ConnectionProfile>(std::move(profile)), connections,
            agent, *queues, *topics, endings, *forwarder));
        peer.open();
        peer.receive(queue, credit);
        return peer;
    }
    /// What the broker can do without its peers is done.
    void settle() {
        for (int i = 0; i < 10; ++i) {
            bool idle = false;
            queues->finish([&] { idle = true; });
            while (!idle) {
                loop.run_one();
            }
        }
    }
    const queue::Queue& machine(const std::string& queue) {
        return queues->find(queue, std::nullopt).value()->machine();
    }

    node::test::TemporaryFolder folder;
    io::Loop loop;
    mgmt::Agent agent{mgmt::Catalogue{}};
    daemon::Connections connections{loop};
    std::unique_ptr<Queues> queues;
    std::optional<Topics> topics;
    Endings endings{loop};
    std::optional<Forwarder> forwarder;
    std::vector<std::unique_ptr<StillPeer>> peers;
};

}  // namespace

TEST_SUITE("who takes nothing") {
    TEST_CASE("what has not begun to leave is given back, and comes when its peer takes it") {
        StillWorld world{std::chrono::hours{1}};
        for (int i = 0; i < kMany; ++i) {
            const std::string queue = "q" + std::to_string(i);
            world.put(queue, {1, kLarge});  // the first one uses up the window of the session
            world.receive(queue, 2);
            world.settle();
        }
        StillPeer& other = world.receive("orders", 1);
        world.settle();
        other.pump();
        CHECK(other.received() == 1);
        CHECK(world.queues->read_ahead().given_back() > 0);
        CHECK(problem_of(*world.queues).empty());
        CHECK(world.machine("q0").unsettled() == 1);  // the small one
        for (int round = 0; round < 10; ++round) {
            for (const auto& peer : world.peers) {
                peer->pump();
                world.settle();
            }
        }
        for (std::size_t i = 0; i < static_cast<std::size_t>(kMany); ++i) {
            CHECK(world.peers[i]->received() == 2);
        }
        CHECK(world.queues->read_ahead().bytes() == 0);
    }

    TEST_CASE("what is ready for consumers without credit goes out of memory, and comes later") {
        StillWorld world{std::chrono::hours{1}};
        for (int i = 0; i < kMany; ++i) {
            const std::string queue = "q" + std::to_string(i);
            world.put(queue, {1, kLarge / 2, kLarge / 2});
            StillPeer& peer = world.receive(queue, 1);
            world.settle();
            peer.pump();
            CHECK(peer.received() == 1);
        }
        StillPeer& other = world.receive("orders", 1);
        world.settle();
        other.pump();
        CHECK(other.received() == 1);
        CHECK(world.queues->read_ahead().given_back() > 0);
        CHECK(world.machine("q0").depth() == 3);
        StillPeer& first = *world.peers.front();
        first.deliveries().front().link->grant(2);
        for (int round = 0; round < 5; ++round) {
            first.pump();
            world.settle();
        }
        CHECK(first.received() == 3);
    }

    TEST_CASE("a message that has begun is waited for, and it is said whose it is") {
        StillWorld world{std::chrono::hours{1}};
        for (int i = 0; i < kMany; ++i) {
            const std::string queue = "q" + std::to_string(i);
            world.put(queue, {kLarge});
            world.receive(queue, 1);
            world.settle();
        }
        StillPeer& other = world.receive("orders", 1);
        world.settle();
        other.pump();
        CHECK(other.received() == 0);
        const std::string problem = problem_of(*world.queues);
        CHECK(problem.find("] of 'still' takes nothing of ") != std::string::npos);
        CHECK(problem.find(" bytes of 'q0' that it asked for") != std::string::npos);
        for (const auto& peer : world.peers) {  // but now they take it
            peer->pump();
        }
        for (int round = 0; round < 5; ++round) {
            world.settle();
            other.pump();
        }
        CHECK(other.received() == 1);
    }

    TEST_CASE("one that takes nothing more of it for long loses its link, and not the message") {
        StillWorld world{Duration::zero()};
        for (int i = 0; i < kMany; ++i) {
            const std::string queue = "q" + std::to_string(i);
            world.put(queue, {kLarge});
            world.receive(queue, 1);
            world.settle();
        }
        StillPeer& other = world.receive("orders", 1);
        world.settle();
        other.pump();
        CHECK(other.received() == 1);
        StillPeer& first = *world.peers.front();
        first.pump();
        REQUIRE(first.detached().size() == 1);
        CHECK(first.detached()[0].starts_with(kResourceLimitExceeded));
        CHECK(world.machine("q0").depth() == 1);
        CHECK(world.machine("q0").unsettled() == 0);
    }

    TEST_CASE("who takes next to nothing is as still as who takes nothing") {
        constexpr std::size_t kHuge = 150'000;
        StillWorld world{std::chrono::hours{1}, 100'000};
        for (const std::string queue : {"q0", "q1", "q2"}) {  // more than kOverMax times that
            world.put(queue, {kHuge});
            world.receive(queue, 1);
            world.settle();
        }
        world.receive("orders", 1);
        world.settle();
        const auto longest = [&] {
            const std::string problem = problem_of(*world.queues);
            return problem.substr(std::min(problem.find("bytes of '"), problem.size()), 12);
        };
        CHECK(longest() == "bytes of 'q0");
        const auto take = [&](int frames) {
            StillPeer& first = *world.peers.front();
            for (first.take(frames); first.left() > 0; first.pump()) {
                world.settle();
            }
            world.settle();
        };
        take(3);
        CHECK(longest() == "bytes of 'q0");
        take(static_cast<int>(ReadAhead::kMovedLeast / 400));
        CHECK(longest() == "bytes of 'q1");
    }

    TEST_CASE("what producers bring for peers that take nothing of it counts, and is bounded") {
        StillWorld world{std::chrono::hours{1}};
        constexpr int kQueues = 12;
        for (int i = 0; i < kQueues; ++i) {
            world.receive("q" + std::to_string(i), 1);
        }
        const ReadAhead& all = world.queues->read_ahead();
        for (int i = 0; i < kQueues; ++i) {
            world.put("q" + std::to_string(i), {kLarge});
            CHECK(all.bytes() < ReadAhead::kOverMax * kRoom + 2 * kLarge);
        }
        CHECK(all.bytes() >= ReadAhead::kOverMax * kRoom);
        CHECK(all.in_line() > 0);
        CHECK_FALSE(all.keeps());
    }

    TEST_CASE("producers fill the windows of no more queues than there is room for") {
        StillWorld world{std::chrono::hours{1}};
        for (int i = 0; i < 10; ++i) {
            const std::string queue = "q" + std::to_string(i);
            world.receive(queue, 0);
            world.put(queue, {kRoom / 4, kRoom / 4});
        }
        const ReadAhead& all = world.queues->read_ahead();
        CHECK_FALSE(all.keeps());
        world.peers.front()->grant(2);
        world.settle();
        CHECK(world.peers.front()->received() == 0);
        CHECK(all.bytes() > kRoom / 2);  // what it gets was there, and waits for it
        CHECK(all.bytes() < kRoom);
        StillPeer& last = *world.peers.back();
        const std::size_t before = all.bytes();
        last.grant(2);
        world.settle();
        CHECK(all.bytes() > before + kRoom / 4);  // and this was read
        for (int round = 0; round < 5; ++round) {
            last.pump();
            world.settle();
        }
        CHECK(last.received() == 2);
    }
}

}  // namespace weft::broker
