#include "common/io/connector.hpp"

#include "tests/unit/io/support.hpp"

#include <memory>
#include <new>
#include <vector>

namespace weft::io {

namespace {

constexpr Redial::Delays kRedialSoon{.first = std::chrono::milliseconds{10},
                                     .max = std::chrono::milliseconds{20}};

Connector::Options options(const char* name, const HostPort& target) {
    return {.name = name, .primary = target, .delays = kRedialSoon};
}

}  // namespace

TEST_SUITE("connector") {
    TEST_CASE("it connects, by number or name, and dials again after a loss") {
        Record record;
        Loop loop;
        std::vector<Socket> accepted;
        auto listener = listen(loop, [&](Socket socket) { accepted.push_back(std::move(socket)); });
        HostPort target{"127.0.0.1", std::to_string(listener->bound_port())};
        SUBCASE("by number") {}
        SUBCASE("by name") {
            target.host = "localhost";
        }
        int made = 0;
        Connector connector{loop, options("to-a", target), [&](Transport& transport) {
                                ++made;
                                return std::make_unique<Echo>(transport, record);
                            }};
        CHECK(connector.status() == Connector::Status::connecting);
        run_until(loop, [&] { return made == 1 && accepted.size() == 1; });
        CHECK(connector.status() ==
              Connector::Status::connecting);  // the peer has not answered yet
        connector.succeeded("well met");
        CHECK(connector.status() == Connector::Status::success);
        CHECK(connector.message() == "well met");

        accepted.clear();
        run_until(loop, [&] { return record.losses == 1; });
        CHECK(connector.status() == Connector::Status::failed);
        CHECK(name_of(connector.status()) == "CONNECTING");  // it is about to dial again
        CHECK(connector.message() ==
              "Connection to " + target.host + ":" + target.port + " failed: closed by the peer");
        run_until(loop, [&] { return made == 2; });
        connector.refused("amqp:not-allowed: not you");
        record.transport->abort("x");
        run_until(loop, [&] { return record.losses == 2; });
        CHECK(connector.message().ends_with(": amqp:not-allowed: not you"));
    }

    TEST_CASE("it dials again if the protocol can't be made") {
        Record record;  // outlives the loop, and so the protocol
        Loop loop;
        std::vector<Socket> accepted;
        auto listener = listen(loop, [&](Socket socket) { accepted.push_back(std::move(socket)); });
        const HostPort target{"127.0.0.1", std::to_string(listener->bound_port())};
        int made = 0;
        const Connector connector{loop, options("to-a", target),
                                  [&](Transport& transport) -> std::unique_ptr<Protocol> {
                                      if (++made < 3) {
                                          throw std::bad_alloc{};
                                      }
                                      return std::make_unique<Echo>(transport, record);
                                  }};
        run_until(loop, [&] { return made == 1 && loop.transports() == 0; });
        CHECK(connector.message().ends_with(": out of memory"));
        run_until(loop, [&] { return made == 3; });
        CHECK(connector.status() == Connector::Status::connecting);
    }

    TEST_CASE("of a host's addresses those of the family are dialled") {
        Record record;
        Loop loop;
        auto listener = listen(loop, [](Socket) {});
        const HostPort target{"127.0.0.1", std::to_string(listener->bound_port())};
        Connector::Options only_v6 = options("to-a", target);
        only_v6.family = Family::v6;
        Connector connector{loop, only_v6, echo(record)};
        run_until(loop, [&] { return connector.status() == Connector::Status::failed; });
        CHECK(connector.message().ends_with("the host has no address of the family IPv6"));
    }

    TEST_CASE("a refused dial fails over at once and says why") {
        Record record;
        Loop loop;
        std::uint16_t closed_port = listen(loop, [](Socket) {})->bound_port();
        auto listener = listen(loop, [](Socket) {});
        Connector connector{loop, options("to-b", {"127.0.0.1", std::to_string(closed_port)}),
                            echo(record)};
        connector.set_failovers({{"127.0.0.1", std::to_string(listener->bound_port())}});
        run_until(loop, [&] { return connector.status() == Connector::Status::failed; });
        CHECK(connector.message() == "Connection to 127.0.0.1:" + std::to_string(closed_port) +
                                         " failed: Connection refused");
        run_until(loop, [&] { return record.transport != nullptr; });
        CHECK(connector.target().port == std::to_string(listener->bound_port()));
    }

    TEST_CASE("a host that does not resolve, or a port that is none, is a failed dial") {
        Record record;
        Loop loop;
        HostPort target{"no-such-host.invalid", "5672"};
        SUBCASE("host") {}
        SUBCASE("port") {
            target = {"127.0.0.1", "65536"};
        }
        SUBCASE("digits and more") {
            target = {"127.0.0.1", "5672x"};
        }
        SUBCASE("service") {
            target = {"127.0.0.1", "no-such-service"};
        }
        Connector connector{loop, options("to-c", target), echo(record)};
        run_until(loop, [&] { return connector.status() == Connector::Status::failed; });
        CHECK(connector.message().starts_with("Connection to " + target.host + ":" + target.port +
                                              " failed: "));
        CHECK(record.transport == nullptr);
    }

    TEST_CASE("a connector that ends closes its connection and does not dial again") {
        Record record;
        Loop loop;
        std::vector<Socket> accepted;
        auto listener = listen(loop, [&](Socket socket) { accepted.push_back(std::move(socket)); });
        {
            const HostPort target{"127.0.0.1", std::to_string(listener->bound_port())};
            Connector connector{loop, options("to-d", target), echo(record)};
            run_until(loop, [&] { return record.transport != nullptr && !accepted.empty(); });
        }
        run_until(loop, [&] { return take_arrived(accepted[0]).ended; });
        accepted.clear();
        run_until(loop, [&] { return loop.transports() == 0; });
        CHECK(record.losses == 1);
        bool passed = false;
        const Timer longer_than_a_redial = loop.after(3 * kRedialSoon.max, [&] { passed = true; });
        run_until(loop, [&] { return passed; });
        CHECK(listener->accepted() == 1);
    }
}

}  // namespace weft::io
