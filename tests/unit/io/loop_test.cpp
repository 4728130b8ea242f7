#include "common/io/loop.hpp"

#include "tests/unit/io/support.hpp"

#include <thread>
#include <vector>

namespace weft::io {

TEST_SUITE("loop") {
    TEST_CASE("posted functions run in order, each in a turn of its own") {
        Loop loop;
        std::vector<std::string> seen;
        loop.set_turn_end([&] { seen.push_back("end"); });
        loop.post(
            [&, owned = std::make_unique<int>(1)] { seen.push_back(std::to_string(*owned)); });
        loop.post([&] { seen.push_back("2"); });
        run_until(loop, [&] { return seen.size() >= 4; });
        CHECK(seen == std::vector<std::string>{"1", "end", "2", "end"});
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
