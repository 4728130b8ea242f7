#include "common/io/transport.hpp"
#include "tests/unit/io/transport_world.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <utility>

namespace weft::io {

TEST_SUITE("tcp transport: what is not read") {
    TEST_CASE_FIXTURE(TransportWorld,
                      "a peer that reads slowly gets all, in order, while reading goes on") {
        connect();
        std::string all(8 << 20, '\0');
        for (std::size_t i = 0; i < all.size(); ++i) {
            all[i] = static_cast<char>(i * 31 >> 3);
        }
        record.output->append(as_bytes(all));
        record.transport->wake();
        loop.run_one();
        CHECK_FALSE(record.output->empty());  // the kernel did not take it all
        send_all(client, "still heard");
        run_until(loop, [&] { return record.received == "still heard"; });

        std::string got;
        run_until(loop, [&] {
            loop.post([] {});
            got += take_arrived(client, 100'000).text;
            return got.size() >= all.size() + 11;
        });
        CHECK(got == all + "still heard");
        CHECK(record.written > 1);
        CHECK(record.output->empty());
    }

    TEST_CASE_FIXTURE(TransportWorld, "what a protocol does not want is not read until it does") {
        connect();
        record.wants_input = false;
        send_all(client, "a");  // it is being waited for already
        run_until(loop, [&] { return record.received == "a"; });
        int sweeps = 0;
        const Timer count = loop.every(Loop::kSweepPeriod, [&] { ++sweeps; });
        send_all(client, "b");
        run_until(loop, [&] { return sweeps == 2; });
        CHECK(record.received == "a");
        record.wants_input = true;
        record.transport->wake();
        run_until(loop, [&] { return record.received == "ab"; });
    }

    /// With more output than the kernel takes.
    struct Unread : TransportWorld {
        Unread() {
            connect();
            record.output->append(as_bytes(std::string(8 << 20, 'x')));
            record.transport->wake();
            loop.run_one();
            REQUIRE_FALSE(record.output->empty());
        }
        int sweeps = 0;
        const Timer count = loop.every(Loop::kSweepPeriod, [this] { ++sweeps; });
    };

    TEST_CASE_FIXTURE(Unread, "a peer that leaves much unread is not read from until it reads") {
        record.bounds.bytes = 1 << 20;
        send_all(client, "a");
        run_until(loop, [&] { return record.received == "a"; });
        send_all(client, "b");
        run_until(loop, [&] { return sweeps == 2; });
        CHECK(record.received == "a");
        run_until(loop, [&] {
            loop.post([] {});
            take_arrived(client, 100'000);
            return record.received == "ab";
        });
        CHECK(record.output->size() <= record.bounds.bytes + 1);
    }

    TEST_CASE_FIXTURE(Unread, "a peer that reads nothing for its time is dropped") {
        run_until(loop, [&] { return sweeps == 2; });
        CHECK_FALSE(record.destroyed);
        SUBCASE("however little it leaves unread") {
            record.bounds.stall = std::chrono::milliseconds{1};
        }
        SUBCASE("sooner if it is too much") {
            record.bounds = {.bytes = 1 << 20, .stall = std::chrono::hours{1}};
        }
        SUBCASE("or if the connection ends") {
            record.transport->close();
        }
        const int before = sweeps;
        run_until(loop, [&] { return record.destroyed && loop.transports() == 0; });
        CHECK(record.lost == "the peer does not read what it gets");
        CHECK(record.losses == 1);
        CHECK((sweeps - before) * Loop::kSweepPeriod < Transport::kDrainMax);
    }

    TEST_CASE_FIXTURE(Unread, "a peer that reads, and leaves far too much unread, is dropped") {
        record.bounds.most = record.output->size() + 1;
        record.transport->wake();
        loop.run_one();
        CHECK_FALSE(record.destroyed);
        SUBCASE("at the next write") {
            record.output->append(as_bytes("xx"));
            record.transport->wake();
        }
        SUBCASE("also while it reads") {
            run_until(loop, [&] {
                loop.post([] {});
                take_arrived(client, 100'000);
                record.output->append(as_bytes(std::string(200'000, 'x')));
                record.transport->wake();
                return record.output->size() > record.bounds.most;
            });
        }
        run_until(loop, [&] { return record.destroyed && loop.transports() == 0; });
        CHECK(record.lost == "the peer does not read what it gets");
        CHECK(record.losses == 1);
    }

    TEST_CASE("all together may leave so much unread: who got on with nothing for longest goes") {
        TransportWorld world{4 << 20};
        world.connect();
        Record other;
        const auto listener = listen(world.loop, [&](Socket socket) {
            open(world.loop, std::move(socket), Security::none(), echo(other));
        });
        const Socket second = dial(listener->bound_port());
        run_until(world.loop, [&] { return other.transport != nullptr; });
        for (Record* const record : {&world.record, &other}) {
            record->bounds.bytes = 64 << 20;
            record->output->append(as_bytes(std::string(12 << 20, 'x')));
            record->transport->wake();
            run_until(world.loop, [&] { return record->output->size() < 12U << 20; });
        }
        run_until(world.loop, [&] { return world.record.destroyed; });
        CHECK(world.record.lost.find("others need the memory") != std::string::npos);
        CHECK_FALSE(other.destroyed);
        CHECK(world.loop.unread().counters().for_bytes == 1);
        CHECK(world.loop.unread().connections() == 1);
        std::size_t got = 0;
        run_until(world.loop, [&] {
            world.loop.post([] {});
            got += take_arrived(second, 100'000).text.size();
            return got == 12U << 20;
        });
        CHECK(world.loop.unread().connections() == 0);
        other.transport->abort("enough");
        run_until(world.loop, [&] { return other.destroyed; });
    }
}

}  // namespace weft::io
