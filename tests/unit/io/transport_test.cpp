#include "common/io/transport.hpp"

#include "tests/unit/io/transport_world.hpp"

#include <sys/socket.h>

#include <chrono>
#include <string_view>
#include <utility>
#include <vector>

namespace weft::io {

TEST_SUITE("tcp transport") {
    TEST_CASE_FIXTURE(TransportWorld, "what is received is echoed") {
        send_all(client, "hello");
        CHECK(expect(5) == "hello");
        CHECK(record.written == 1);
        CHECK(record.transport->peer().starts_with("127.0.0.1:"));
        CHECK(loop.transports() == 1);
    }

    TEST_CASE_FIXTURE(TransportWorld, "a turn's end is told whether the turn was a socket's") {
        connect();
        std::vector<bool> turns;
        loop.set_turn_end([&](bool is_sockets) { turns.push_back(is_sockets); });
        loop.post([] {});
        run_until(loop, [&] { return !turns.empty(); });
        send_all(client, "hello");
        run_until(loop, [&] { return !record.received.empty(); });
        CHECK(turns == std::vector{false, true});
    }

    TEST_CASE_FIXTURE(TransportWorld,
                      "what has come is read at once by who asks, and then as ever") {
        connect();
        send_all(client, "one");
        while (record.received.empty()) {
            record.transport->read_now();
        }
        CHECK(record.received == "one");
        record.transport->read_now();  // there is nothing
        CHECK(record.received == "one");
        send_all(client, "two");
        run_until(loop, [&] { return record.received == "onetwo"; });
        SUBCASE("also the end") {
            ::shutdown(client.fd(), SHUT_WR);
            while (record.losses == 0) {
                record.transport->read_now();
                loop.run_one();
            }
            CHECK(record.lost == "closed by the peer");
            CHECK(record.destroyed);
        }
    }

    TEST_CASE_FIXTURE(TransportWorld, "output made outside of a turn is written after wake") {
        connect();
        record.output->append(as_bytes("news"));
        record.transport->wake();
        record.transport->wake();
        CHECK(expect(4) == "news");
    }

    TEST_CASE_FIXTURE(TransportWorld,
                      "input that a protocol holds has turns, before more is read") {
        connect();
        Record other;
        const auto others = listen(loop, [&](Socket socket) {
            open(loop, std::move(socket), Security::none(), echo(other));
        });
        Socket bystander = dial(others->bound_port());
        run_until(loop, [&] { return other.transport != nullptr; });
        record.turns_due = 1'000'000;
        send_all(client, "held");
        run_until(loop, [&] { return record.received == "held"; });
        send_all(client, "behind");
        send_all(bystander, "hello");
        run_until(loop, [&] { return other.received == "hello"; });
        CHECK(record.turns_due < 1'000'000);
        CHECK(record.received == "held");
        record.turns_due = 1;
        run_until(loop, [&] { return record.received == "heldbehind"; });
        CHECK(record.turns_due == 0);
        other.transport->abort("enough");
        run_until(loop, [&] { return other.destroyed; });
    }

    TEST_CASE_FIXTURE(TransportWorld, "a protocol that holds input can be lost") {
        connect();
        record.turns_due = 1'000'000;
        send_all(client, "held");
        run_until(loop, [&] { return record.turns_due < 999'990; });
        record.transport->abort("enough");
        run_until(loop, [&] { return record.destroyed; });
        CHECK(record.lost == "enough");
    }

    TEST_CASE_FIXTURE(TransportWorld, "a finished protocol's last bytes arrive before the end") {
        send_all(client, "quit");
        CHECK(expect(3) == "bye");
        SUBCASE("the peer ends its side") {
            ::shutdown(client.fd(), SHUT_WR);
        }
        SUBCASE("the peer goes on sending and is not listened to") {
            send_all(client, "more");
            ::shutdown(client.fd(), SHUT_WR);
        }
        run_until(loop, [&] { return record.destroyed && loop.transports() == 0; });
        CHECK(record.lost == "closed");
        CHECK(record.losses == 1);
        CHECK(record.received == "quit");
        CHECK(take_arrived(client).ended);
    }

    TEST_CASE_FIXTURE(TransportWorld, "close writes what is pending first") {
        connect();
        record.output->append(as_bytes("last"));
        record.transport->close();
        record.transport->close();
        CHECK(expect(4) == "last");
        ::shutdown(client.fd(), SHUT_WR);
        run_until(loop, [&] { return record.destroyed && loop.transports() == 0; });
        CHECK(record.losses == 1);
    }

    TEST_CASE_FIXTURE(TransportWorld,
                      "a peer that closes or resets is reported once, after its bytes") {
        SUBCASE("closes") {
            send_all(client, "x");
            client.reset();
        }
        SUBCASE("resets") {
            connect();
            send_all(client, "x");
            run_until(loop, [&] { return record.received == "x"; });
            const linger reset{1, 0};
            ::setsockopt(client.fd(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
            client.reset();
        }
        run_until(loop, [&] { return record.destroyed && loop.transports() == 0; });
        CHECK(record.received == "x");
        CHECK(record.losses == 1);
        CHECK_FALSE(record.lost.empty());
    }

    TEST_CASE_FIXTURE(TransportWorld, "abort within a call is reported after it") {
        send_all(client, "abort");
        run_until(loop, [&] { return record.destroyed && loop.transports() == 0; });
        CHECK(record.lost == "wanted");
        CHECK(record.losses == 1);
    }

    TEST_CASE_FIXTURE(TransportWorld,
                      "a protocol is ticked once its deadline has passed, not before") {
        connect();
        int sweeps = 0;
        const Timer count = loop.every(Loop::kSweepPeriod, [&] { ++sweeps; });
        run_until(loop, [&] { return sweeps == 2; });
        CHECK(record.ticks == 0);
        record.deadline = loop.now();
        run_until(loop, [&] { return record.ticks > 0; });
    }

    TEST_CASE_FIXTURE(TransportWorld,
                      "a protocol that is ticked exactly does not wait for the sweep") {
        connect();
        int sweeps = 0;
        const Timer count = loop.every(Loop::kSweepPeriod, [&] { ++sweeps; });
        record.deadline = loop.now();  // always due
        record.transport->tick_exactly();
        run_until(loop, [&] { return record.ticks == 100; });
        CHECK(sweeps < 100);
        SUBCASE("and is not ticked when nothing is due") {
            record.deadline = loop.now() + std::chrono::hours{1};
            const int before = sweeps;
            run_until(loop, [&] { return sweeps == before + 2; });
            CHECK(record.ticks == 100);
        }
        SUBCASE("nor once it is closed") {
            record.transport->close();
            run_until(loop, [&] { return record.destroyed && loop.transports() == 0; });
            CHECK(record.losses == 1);
        }
    }

    TEST_CASE_FIXTURE(TransportWorld,
                      "a peer that never ends its side is closed after the linger time") {
        send_all(client, "quit");
        CHECK(expect(3) == "bye");
        run_until(loop, [&] { return record.destroyed; });
        CHECK(record.lost == "closed");
    }

    TEST_CASE("a loop that ends drops its transports without a report") {
        Record record;
        {
            Loop loop;
            auto listener = listen(loop, [&](Socket socket) {
                open(loop, std::move(socket), Security::none(), echo(record));
            });
            const Socket client = dial(listener->bound_port());
            run_until(loop, [&] { return record.transport != nullptr; });
        }
        CHECK(record.losses == 0);
    }

    TEST_CASE_FIXTURE(TransportWorld, "a plain connection tells that nothing protects it") {
        connect();
        const security::Protection& facts = record.transport->security();
        CHECK_FALSE(facts.is_encrypted());
        CHECK(facts.strength == 0);
        CHECK(facts.peer_subject.empty());
    }
}

}  // namespace weft::io
