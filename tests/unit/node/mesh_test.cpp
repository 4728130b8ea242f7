#include "router/node/mesh.hpp"

#include "tests/unit/core/fake_port.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace weft::node {
namespace {

router_config::NodeConfig router_called(const char* id,
                                        Duration hello_max_age,
                                        Duration hello_interval) {
    router_config::NodeConfig config;
    config.id = id;
    config.hello_interval = hello_interval;
    config.hello_max_age = hello_max_age;
    config.ra_interval = std::chrono::seconds(30);
    config.ra_interval_flux = std::chrono::seconds(4);
    config.remote_ls_max_age = std::chrono::seconds(60);
    return config;
}

/// A connection that keeps what it is to send.
class FakeNeighbour final : public Neighbour {
public:
    FakeNeighbour(router::Core& core, const Instant& now)
        : port{core, now, router::Traits::of_router()} {}

    const router::Connection& in_core() const override {
        return const_cast<router::FakePort&>(port).connection();
    }
    RoutedLinks& routed_links() override { return *none; }
    Instant heard() const override { return heard_at; }
    void hear() override {
        ++reads;
        on_hear();
    }
    Instant heard_part() const override { return {}; }
    std::uint32_t cost() const override { return own_cost; }
    void set_own_cost(std::uint32_t cost) override { own_cost = cost; }
    bool came_by(std::string_view name, bool is_dialled) const override {
        return name == listener && !is_dialled;
    }
    [[nodiscard]] bool send(Bytes message) override {
        std::exchange(on_send, [] {})();
        if (takes) {
            sent.emplace_back(message.begin(), message.end());
        }
        return takes;
    }
    void drop(std::string_view why) override { dropped = why; }
    std::vector<ControlLink> control_links() const override { return {}; }

    router::FakePort port;
    RoutedLinks* none = nullptr;  // nobody asks for it
    std::string listener = "mesh";
    std::uint32_t own_cost = 1;
    Instant heard_at{};
    std::function<void()> on_hear = [] {};
    std::function<void()> on_send = [] {};
    int reads = 0;
    bool takes = true;
    std::vector<Buffer> sent;
    std::string dropped;
};

/// A router of a mesh with one connection to another, which is up.
struct Place {
    Place(const char* id,
          io::Loop& loop,
          bool carries = true,
          Duration hello_max_age = std::chrono::seconds(3),
          Duration hello_interval = std::chrono::seconds(1))
        : core{{.router_id = id}},
          mesh{core, loop, router_called(id, hello_max_age, hello_interval)},
          neighbour{core, now},
          number{mesh.add(neighbour)} {
        neighbour.port.trunk();
        if (carries) {
            neighbour.port.data(router::Direction::out);
        }
    }
    ~Place() { mesh.link_down(number); }

    void up() { mesh.link_up(number, neighbour.cost()); }
    bool reaches(std::string_view router) {
        const RouterIndex index = mesh.index_of(router);
        return index != kNoRouter && core.routes().has_path(index);
    }
    linkstate::PeerLink leads_to(std::string_view router) {
        const auto path = mesh.state().path_to(mesh.index_of(router));
        return path ? path->link : linkstate::kNoLink;
    }

    Instant now{};
    router::Core core;
    Mesh mesh;
    FakeNeighbour neighbour;
    linkstate::PeerLink number;
};

/// Says that B hears A.
Buffer hello_of_b() {
    Buffer content;
    linkstate::write_message(content,
                             linkstate::Hello{.from = {.id = "B"}, .instance = 1, .seen = {"A"}});
    Buffer message;
    linkstate::write_envelope(
        message, {.to = "amqp:/_local/qdhello", .ingress = {}, .trace = {}, .content = content},
        "B");
    return message;
}

/// Carries messages until there are none.
void exchange(Place& a, Place& b) {
    while (!a.neighbour.sent.empty() || !b.neighbour.sent.empty()) {
        for (const Buffer& message : std::exchange(a.neighbour.sent, {})) {
            b.mesh.receive(b.number, message);
        }
        for (const Buffer& message : std::exchange(b.neighbour.sent, {})) {
            a.mesh.receive(a.number, message);
        }
    }
}

}  // namespace

TEST_SUITE_BEGIN("mesh");

TEST_CASE(
    "a control message costs what it causes, so that its connection has no more than a turn") {
    io::Loop loop;
    Place a{"A", loop};
    a.up();
    const std::size_t least = a.mesh.receive(a.number, Buffer{0x40});
    CHECK(least > 0);
    CHECK(a.mesh.receive(a.number, hello_of_b()) > least);  // it is answered
    Buffer content;
    linkstate::MobileUpdate update;
    update.from.id = "B";
    update.mobile_seq = 1;
    for (int i = 0; i < 100; ++i) {
        update.add.push_back("M0key" + std::to_string(i));
    }
    const auto enveloped = [&](std::string_view to) {
        Buffer message;
        linkstate::write_envelope(message,
                                  {.to = to, .ingress = {}, .trace = {}, .content = content}, "B");
        return message;
    };
    linkstate::write_message(content, update);
    CHECK(a.mesh.receive(a.number, enveloped("_topo/0/all/qdrouter.ma")) >= 100);
    content.clear();
    linkstate::write_message(content, linkstate::LinkStateRequest{.from = {.id = "B"}});
    CHECK(a.mesh.receive(a.number, enveloped("amqp:/_topo/0/A/qdrouter")) > least);
}

TEST_CASE("a neighbour is greeted once its connection carries messages") {
    io::Loop loop;
    Place a{"A", loop};
    CHECK(a.neighbour.sent.empty());
    a.up();
    CHECK(a.neighbour.sent.size() == 1);
}

/// B hears A, whose connection to it carries no messages yet.
struct OneWay {
    OneWay() {
        a.up();
        b.up();
        exchange(a, b);
    }
    io::Loop loop;
    Place a{"A", loop, /*carries=*/false};
    Place b{"B", loop};
};

TEST_CASE_FIXTURE(OneWay,
                  "a neighbour without data links is heard of, and is a way once it has one") {
    CHECK(a.mesh.index_of("B") != kNoRouter);
    CHECK_FALSE(a.reaches("B"));
    CHECK(b.reaches("A"));
    a.neighbour.port.data(router::Direction::out);
    a.mesh.data_up(a.number);
    CHECK(a.reaches("B"));
}

TEST_CASE_FIXTURE(OneWay, "a path that is lost before it could be used stays lost") {
    a.mesh.link_down(a.number);
    a.neighbour.port.data(router::Direction::out);
    a.mesh.data_up(a.number);
    CHECK_FALSE(a.reaches("B"));
}

TEST_CASE("a way that works is not left for a better one that carries no messages yet") {
    io::Loop loop;
    Place a{"A", loop, /*carries=*/false};
    FakeNeighbour other{a.core, a.now};
    other.port.trunk();
    other.port.data(router::Direction::out);
    const linkstate::PeerLink dearer = a.mesh.add(other);
    a.mesh.link_up(dearer, 5);
    a.mesh.receive(dearer, hello_of_b());
    a.up();
    a.mesh.receive(a.number, hello_of_b());
    CHECK(a.reaches("B"));
    CHECK(a.leads_to("B") == dearer);
    a.neighbour.port.data(router::Direction::out);
    a.mesh.data_up(a.number);
    CHECK(a.reaches("B"));
    CHECK(a.leads_to("B") == a.number);
    a.mesh.link_down(dearer);
    a.mesh.remove(dearer);
}

TEST_CASE("what stands unread in its socket speaks for a neighbour that seems silent") {
    io::Loop loop;
    Place a{"A", loop, /*carries=*/true, /*hello_max_age=*/std::chrono::milliseconds(5)};
    a.neighbour.on_hear = [&] { a.mesh.receive(a.number, hello_of_b()); };
    a.up();
    a.mesh.receive(a.number, hello_of_b());
    while (a.neighbour.reads < 3) {
        loop.run_one();
    }
    CHECK(a.reaches("B"));
    CHECK(a.neighbour.dropped.empty());
    a.neighbour.on_hear = [] {};
    while (a.neighbour.dropped.empty()) {
        loop.run_one();
    }
    CHECK_FALSE(a.reaches("B"));
}

TEST_CASE("a HELLO does not wait for what clients made ready before it was due") {
    io::Loop loop;
    Place a{"A", loop, /*carries=*/true, /*hello_max_age=*/std::chrono::seconds(3),
            /*hello_interval=*/std::chrono::milliseconds(1)};
    a.up();
    std::size_t turns = 0;
    std::size_t before = 0;  // turns, when the HELLO came
    loop.post([&] {
        const Instant due = loop.now() + std::chrono::milliseconds(1);
        while (std::chrono::steady_clock::now() < due) {  // as a client's read that takes so long
        }
        a.neighbour.on_send = [&] { before = turns; };
    });
    for (int i = 0; i < 100; ++i) {
        loop.post([&] { ++turns; });
    }
    while (turns < 100) {
        loop.run_one();
    }
    CHECK(before == 0);
    CHECK(a.neighbour.sent.size() >= 2);
}

TEST_CASE("routers that hear one another are ways, until a connection is lost") {
    io::Loop loop;
    Place a{"A", loop};
    Place b{"B", loop};
    a.up();
    b.up();
    exchange(a, b);
    CHECK(a.reaches("B"));
    CHECK(b.reaches("A"));
    CHECK(a.mesh.leads_here(a.mesh.index_of("B"), a.neighbour.port.trunk()));
    a.mesh.link_down(a.number);
    CHECK_FALSE(a.reaches("B"));
}

TEST_CASE("a neighbour that takes no messages is dropped") {
    io::Loop loop;
    Place a{"A", loop};
    a.neighbour.takes = false;
    a.up();
    CHECK(a.neighbour.dropped == "it does not read its control messages");
}

TEST_CASE("a cost changes for the connections of its listener, and of no other") {
    io::Loop loop;
    Place a{"A", loop};
    FakeNeighbour other{a.core, a.now};
    other.listener = "elsewhere";
    const linkstate::PeerLink number = a.mesh.add(other);
    a.mesh.change_cost("mesh", /*dialled=*/false, 7);
    CHECK(a.neighbour.own_cost == 7);
    CHECK(other.own_cost == 1);
    a.mesh.change_cost("mesh", /*dialled=*/true, 9);
    CHECK(a.neighbour.own_cost == 7);
    a.mesh.remove(number);
}

TEST_CASE("a number is never given out twice") {
    io::Loop loop;
    Place a{"A", loop};
    FakeNeighbour other{a.core, a.now};
    const linkstate::PeerLink first = a.mesh.add(other);
    a.mesh.remove(first);
    const linkstate::PeerLink second = a.mesh.add(other);
    CHECK(second != first);
    CHECK(a.mesh.neighbours().size() == 2);
    a.mesh.remove(second);
}

TEST_SUITE_END();

}  // namespace weft::node
