#include "common/io/proxy_door.hpp"

#include "tests/unit/io/support.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weft::io {
namespace {

using namespace std::literals;

constexpr std::string_view kOfClient =
    "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xc0\0\x02\x07\x0a\0\0\x01\x12\x67\x16\x28"sv;
constexpr std::string_view kOfProxy = "\r\n\r\n\0\r\nQUIT\n\x20\0\0\0"sv;

/// A listener with such a door, and what came through.
struct World {
    explicit World(std::string_view proxies = "127.0.0.0/8",
                   Duration header_max = std::chrono::minutes{1})
        : door{std::in_place, loop,
               ProxyDoor::Options{.where = "listener test",
                                  .proxies = {*IpRange::parse(proxies)},
                                  .header_max = header_max},
               [this](Socket socket) { passed.push_back(std::move(socket)); }} {}

    Socket dialled() {
        const std::uint64_t before = listener->accepted();
        Socket client = dial(listener->bound_port());
        run_until(loop, [&] { return listener->accepted() > before; });
        return client;
    }
    std::uint64_t ended(ProxyEnd how) const { return door->ends()[static_cast<std::size_t>(how)]; }
    /// Until so many came to that end.
    void run_to(ProxyEnd how, std::uint64_t count = 1) {
        run_until(loop, [&] { return ended(how) == count; });
    }

    Loop loop;
    std::vector<Socket> passed;
    std::optional<ProxyDoor> door;
    std::unique_ptr<Listener> listener =
        listen(loop, [this](Socket socket) { door->take(std::move(socket)); });
};

}  // namespace

TEST_SUITE_BEGIN("ProxyDoor");

TEST_CASE("a connection is the client's that the header names, and begins behind it") {
    World world;
    const Socket client = world.dialled();
    for (const char c : kOfClient) {
        CHECK(world.passed.empty());
        send_all(client, std::string_view{&c, 1});
    }
    send_all(client, "hello");
    world.run_to(ProxyEnd::passed);
    REQUIRE(world.passed.size() == 1);
    CHECK(world.passed[0].peer() == "192.0.2.7:4711");
    CHECK(take_arrived(world.passed[0]).text == "hello");
    CHECK(world.door->waiting() == 0);
    CHECK(world.door->refused() == 0);
}

TEST_CASE("a connection of the proxy's own keeps its address") {
    World world;
    const Socket client = world.dialled();
    send_all(client, kOfProxy);
    world.run_to(ProxyEnd::passed);
    CHECK(world.passed[0].peer().starts_with("127.0.0.1:"));
}

TEST_CASE("who is no proxy is not let in, whatever it says") {
    World world{"192.0.2.0/24"};
    const Socket client = world.dialled();
    CHECK(world.ended(ProxyEnd::stranger) == 1);
    CHECK(world.door->refused() == 1);
    CHECK(world.passed.empty());
    CHECK(take_arrived(client).ended);
}

TEST_CASE("what is no header, comes too late, or not at all ends that connection alone") {
    World world{"127.0.0.1", std::chrono::milliseconds{200}};
    const Socket amqp = world.dialled();
    send_all(amqp, "AMQP\0\1\0\0AMQP\0\1\0\0"sv);
    world.run_to(ProxyEnd::malformed);
    CHECK(take_arrived(amqp).ended);
    Socket goes = world.dialled();
    goes.reset();
    world.run_to(ProxyEnd::gone);
    const Socket silent = world.dialled();
    send_all(silent, kOfClient.substr(0, 20));
    world.run_to(ProxyEnd::late);
    CHECK(take_arrived(silent).ended);
    const Socket good = world.dialled();
    send_all(good, kOfClient);
    world.run_to(ProxyEnd::passed);
    CHECK(world.door->refused() == 3);
}

TEST_CASE("with the door those go who wait at it") {
    World world;
    const Socket client = world.dialled();
    CHECK(world.door->waiting() == 1);
    world.door.reset();
    world.loop.post([] {});
    world.loop.run_one();
    CHECK(take_arrived(client).ended);
}

TEST_SUITE_END();

}  // namespace weft::io
