#include "common/io/listener.hpp"

#include "tests/unit/io/support.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <vector>

namespace weft::io {

TEST_SUITE("listener") {
    TEST_CASE("a port in use is refused with a remedy") {
        Loop loop;
        const auto first = listen(loop, [](Socket) {});
        const auto second = Listener::open(
            loop, {.name = "clients", .host = "127.0.0.1", .port = first->bound_port()}, {});
        REQUIRE_FALSE(second);
        CHECK(second.error().text ==
              "listener clients: 127.0.0.1:" + std::to_string(first->bound_port()) +
                  " is in use by another program; stop it or choose "
                  "another port");
    }

    TEST_CASE("a host that is none is refused by name") {
        Loop loop;
        const auto unknown =
            Listener::open(loop, {.name = "a", .host = "no-such-host.invalid", .port = 0}, {});
        REQUIRE_FALSE(unknown);
        CHECK(unknown.error().text.starts_with("listener a: no-such-host.invalid:0: "));
        const auto foreign =
            Listener::open(loop, {.name = "a", .host = "192.0.2.1", .port = 0}, {});
        REQUIRE_FALSE(foreign);
        CHECK(foreign.error().text == "listener a: 192.0.2.1:0 is not an address of this host");
        const auto family = Listener::open(
            loop, {.name = "a", .host = "127.0.0.1", .port = 0, .family = Family::v6}, {});
        REQUIRE_FALSE(family);
        CHECK(family.error().text.ends_with("the host has no address of the family IPv6"));
    }

    TEST_CASE("all interfaces take connections of the loopback") {
        Loop loop;
        int accepted = 0;
        auto listener = Listener::open(loop, {.name = "all"}, [&](Socket) { ++accepted; });
        REQUIRE(listener);
        const Socket client = dial((*listener)->bound_port());
        run_until(loop, [&] { return accepted == 1; });
        CHECK((*listener)->accepted() == 1);
    }

    TEST_CASE("a name stands for all its addresses") {
        Loop loop;
        int accepted = 0;
        auto listener =
            Listener::open(loop, {.name = "a", .host = "localhost"}, [&](Socket) { ++accepted; });
        REQUIRE(listener);
        CHECK((*listener)->is_loopback());
        const Socket client = dial((*listener)->bound_port());  // 127.0.0.1, be it the first or not
        run_until(loop, [&] { return accepted == 1; });
    }

    TEST_CASE("its port is free again once it is destroyed, even from within its callback") {
        Loop loop;
        std::unique_ptr<Listener> listener;
        bool accepted = false;
        listener = listen(loop, [&](Socket) {
            listener.reset();
            accepted = true;
        });
        const std::uint16_t port = listener->bound_port();
        const Socket client = dial(port);
        run_until(loop, [&] { return accepted; });
        CHECK(Listener::open(loop, {.name = "b", .host = "127.0.0.1", .port = port}, {}));
    }

    TEST_CASE("a name is refused where it may not be looked up, and localhost is none") {
        Loop loop;
        const auto open = [&](const char* host) {
            return Listener::open(
                loop, {.name = "a", .host = host, .port = 0, .names = Listener::Names::refused},
                {});
        };
        const auto refused = open("no-such-host.invalid");
        REQUIRE_FALSE(refused);
        CHECK(refused.error().text ==
              "listener a: no-such-host.invalid:0: a host name is looked up at the start only; "
              "give an address, as 192.0.2.1 or ::1");
        for (const char* host : {"127.0.0.1", "localhost", ""}) {
            CHECK(open(host));
        }
    }

    TEST_CASE("clients wait for others' descriptors, who leave them to others get some") {
        Loop loop;
        int clients = 0;
        int managers = 0;
        int routers = 0;
        const auto listen_for = [&](Claim claim, int& count) {
            auto listener =
                Listener::open(loop, {.name = "a", .host = "127.0.0.1", .port = 0, .claim = claim},
                               [&count](Socket) { ++count; });
            REQUIRE(listener);
            return std::move(*listener);
        };
        const auto for_clients = listen_for(Claim::client, clients);
        const auto for_management = listen_for(Claim::management, managers);
        const auto for_routers = listen_for(Claim::router, routers);
        const Socket client = dial(for_clients->bound_port());
        const Socket manager = dial(for_management->bound_port());
        const Socket router = dial(for_routers->bound_port());

        constexpr int kLimit = 64;  // four are kept, two of them for management
        std::vector<Socket> others;
        do {
            others.emplace_back(::dup(client.fd()));
        } while (others.back().fd() < kLimit - 5);
        rlimit before{};
        ::getrlimit(RLIMIT_NOFILE, &before);
        rlimit tight{kLimit, before.rlim_max};
        ::setrlimit(RLIMIT_NOFILE, &tight);
        run_until(loop, [&] { return for_clients->starved() == 1 && managers + routers == 2; });
        CHECK(clients == 0);
        others.pop_back();  // number 59
        run_until(loop, [&] { return clients == 1; });
        ::setrlimit(RLIMIT_NOFILE, &before);
        CHECK(for_management->starved() == 0);
        CHECK(for_routers->starved() == 0);
    }

    TEST_CASE("without descriptors it waits, and accepts those who queued once there are some") {
        Loop loop;
        std::vector<Socket> accepted;
        auto listener = listen(loop, [&](Socket socket) { accepted.push_back(std::move(socket)); });
        const Socket first = dial(listener->bound_port());
        const Socket second = dial(listener->bound_port());

        rlimit before{};
        ::getrlimit(RLIMIT_NOFILE, &before);
        const int next = ::dup(first.fd());  // the lowest free descriptor
        rlimit tight{static_cast<rlim_t>(next) + 1, before.rlim_max};
        ::setrlimit(RLIMIT_NOFILE, &tight);
        run_until(loop, [&] { return listener->starved() == 1; });
        CHECK(accepted.empty());
        ::setrlimit(RLIMIT_NOFILE, &before);
        ::close(next);

        run_until(loop, [&] { return accepted.size() == 2; });  // it tried again by itself
        CHECK(listener->accepted() == 2);
        CHECK(listener->starved() == 1);
    }
}

}  // namespace weft::io
