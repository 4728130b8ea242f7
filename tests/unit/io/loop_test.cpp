#include "common/io/loop.hpp"

#include "common/io/log.hpp"
#include "common/io/loop_thread.hpp"
#include "common/io/socket_transport.hpp"
#include "common/io/upgrade.hpp"
#include "tests/unit/io/support.hpp"

#include <algorithm>
#include <new>
#include <stdexcept>
#include <thread>
#include <vector>

namespace weft::io {

namespace {

/// A transport of nothing.
class Still final : public SocketTransport {
public:
    explicit Still(Loop& loop) : SocketTransport{loop, "nobody"} {}
    void open(const ProtocolFactory& factory) { carry(factory); }

private:
    void start_reading() override {}
    void write(OutBuffer&) override {}
    void shut_down() override {}
    void close_socket() override {}
    std::size_t under_way() override { return 0; }
    void become(std::unique_ptr<Upgrade>) override {}
};

}  // namespace

TEST_SUITE("loop") {
    TEST_CASE("many transports are swept over in turns, each once, though some go meanwhile") {
        constexpr int kMany = 3 * static_cast<int>(Loop::kSweptAtOnce) - 100;
        Record record;
        Loop loop;
        record.deadline = Instant::min();
        for (int i = 0; i < kMany; ++i) {
            auto owned = std::make_unique<Still>(loop);
            Still& transport = *owned;
            loop.adopt(std::move(owned));
            transport.open(echo(record));
        }
        int most = 0;
        while (record.ticks == 0) {
            loop.run_one();
        }
        most = record.ticks;
        record.transport->abort("gone");  // the last one, which was swept over
        while (record.ticks < kMany) {
            const int before = record.ticks;
            loop.run_one();
            most = std::max(most, record.ticks - before);
        }
        CHECK(most == static_cast<int>(Loop::kSweptAtOnce));
        CHECK(record.losses == 1);
        CHECK(loop.transports() == kMany - 1);
    }

    TEST_CASE("posted functions run in order, each in a turn of its own") {
        Loop loop;
        std::vector<std::string> seen;
        loop.set_turn_end(
            [&](bool is_sockets) { seen.push_back(is_sockets ? "socket's end" : "end"); });
        loop.post(
            [&, owned = std::make_unique<int>(1)] { seen.push_back(std::to_string(*owned)); });
        loop.post([&] { seen.push_back("2"); });
        run_until(loop, [&] { return seen.size() >= 4; });
        CHECK(seen == std::vector<std::string>{"1", "end", "2", "end"});
    }

    TEST_CASE("what is urgent runs before what was ready already, a timer behind it") {
        Loop loop;
        std::vector<std::string> seen;
        Timer timer;
        loop.set_urgent([&] { seen.push_back("urgent"); });
        loop.post([&] {
            timer = loop.after(Duration::zero(), [&] { seen.push_back("timer"); });
            loop.urge_at(loop.now());
        });
        for (int i = 0; i < 3; ++i) {
            loop.post([&] { seen.push_back("job"); });
        }
        run_until(loop, [&] { return seen.size() == 5; });
        CHECK(seen == std::vector<std::string>{"urgent", "job", "job", "job", "timer"});
    }

    TEST_CASE("what is urgent needs no other turn, and its time is used up when it runs") {
        Loop loop;
        int ran = 0;
        loop.set_urgent([&] { ++ran; });
        loop.urge_at(loop.now());
        run_until(loop, [&] { return ran == 1; });
        int turns = 0;
        for (int i = 0; i < 3; ++i) {
            loop.post([&] { ++turns; });
        }
        run_until(loop, [&] { return turns == 3; });
        CHECK(ran == 1);
        SUBCASE("it may ask for another") {
            loop.urge_at(loop.now());
            run_until(loop, [&] { return ran == 2; });
        }
        SUBCASE("not before its time") {
            loop.urge_at(loop.now() + std::chrono::hours{1});
        }
        SUBCASE("nor if it was taken back") {
            loop.urge_at(loop.now());
            loop.set_urgent({});
        }
        const int before = ran;
        loop.post([&] { ++turns; });
        run_until(loop, [&] { return turns == 4; });
        CHECK(ran == before);
    }

    TEST_CASE("a timer that something urgent cancels does not fire") {
        Loop loop;
        int fired = 0;
        int ended = 0;
        Timer timer = loop.after(Duration::zero(), [&] { ++fired; });
        loop.set_urgent([&] { timer.cancel(); });
        loop.urge_at(loop.now());
        const Timer last = loop.after(std::chrono::milliseconds{1}, [&] { ++ended; });
        run_until(loop, [&] { return ended == 1; });
        CHECK(fired == 0);
    }

    TEST_CASE("what is urgent may throw, and the turn is not lost") {
        Loop loop;
        int ran = 0;
        loop.set_urgent([] { throw std::runtime_error{"urgent"}; });
        loop.urge_at(loop.now());
        loop.post([&] { ++ran; });
        run_until(loop, [&] { return ran == 1; });
    }

    TEST_CASE("what throws is logged, and what comes after it runs") {
        Loop loop;
        int ends = 0;
        int fired = 0;
        int ran = 0;
        loop.set_turn_end([&](bool) {
            ++ends;
            throw std::bad_alloc{};
        });
        const auto before = log().count(Module::server, Level::error);
        const Timer timer = loop.every(std::chrono::microseconds{1}, [&] {
            ++fired;
            throw std::runtime_error{"of a timer"};
        });
        loop.post([] { throw std::runtime_error{"of a job"}; });
        loop.post([] { throw 7; });
        loop.post([&] { ++ran; });
        run_until(loop, [&] { return ran == 1 && fired >= 3; });
        CHECK(ends >= 6);
        CHECK(log().count(Module::server, Level::error) >= before + 11);
    }

    TEST_CASE("who calls another loop gets what is thrown there") {
        LoopThread other;
        other.start();
        CHECK_THROWS_AS(call(other.loop(), [] { throw std::runtime_error{"there"}; }),
                        std::runtime_error);
        int ran = 0;
        call(other.loop(), [&] { ++ran; });
        CHECK(ran == 1);
        other.join();
    }

    TEST_CASE("a function posted by another thread wakes the loop") {
        Loop loop;
        bool ran = false;
        std::thread other{[&] {
            loop.post([&] {
                ran = true;
                loop.stop();
            });
        }};
        loop.run();
        other.join();
        CHECK(ran);
    }

    TEST_CASE("a stop before run is not lost, and run can be called again") {
        Loop loop;
        loop.stop();
        loop.run();
        bool ran = false;
        loop.post([&] {
            ran = true;
            loop.stop();
        });
        loop.run();
        CHECK(ran);
    }

    TEST_CASE("a repeating timer fires until it is cancelled by itself") {
        Loop loop;
        int fired = 0;
        Timer timer;
        timer = loop.every(std::chrono::microseconds{1}, [&] {
            if (++fired == 3) {
                timer.cancel();
            }
        });
        bool later = false;
        run_until(loop, [&] { return fired == 3; });
        const Timer after = loop.after(std::chrono::milliseconds{2}, [&] { later = true; });
        run_until(loop, [&] { return later; });
        CHECK(fired == 3);
    }

    TEST_CASE("time stands still within a turn and does not go back") {
        Loop loop;
        std::vector<Instant> seen;
        loop.post([&] {
            seen.push_back(loop.now());
            while (std::chrono::steady_clock::now() <= seen[0]) {
            }
            seen.push_back(loop.now());
        });
        loop.post([&] { seen.push_back(loop.now()); });
        run_until(loop, [&] { return seen.size() == 3; });
        CHECK(seen[0] == seen[1]);
        CHECK(seen[2] > seen[1]);
    }
}

}  // namespace weft::io
