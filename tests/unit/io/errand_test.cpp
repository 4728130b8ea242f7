#include "common/io/errand.hpp"

#include "common/base/conditions.hpp"
#include "tests/unit/io/support.hpp"

#include <optional>
#include <semaphore>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

namespace weft::io {

namespace {

/// How an errand ended, and where its work and its end ran.
struct Seen {
    Errand::Work work(Result<void> with = {}) {
        return [this, with = std::move(with)] {
            worker = std::this_thread::get_id();
            return with;
        };
    }
    Errand::Done done() {
        return [this](const Result<void>& with) {
            told = std::this_thread::get_id();
            error = with ? "" : with.error().text;
        };
    }

    std::thread::id worker{};
    std::thread::id told{};
    std::optional<std::string> error{};
};

}  // namespace

TEST_SUITE("errand") {
    TEST_CASE("the work runs elsewhere, and the loop is told how it ended, each time") {
        Loop loop;
        Errand errand{loop};
        for (const char* error : {"", "no room"}) {
            Seen seen;
            errand.run(*error == 0 ? seen.work() : seen.work(fail(kInternalError, error)),
                       seen.done());
            CHECK(errand.is_running());
            run_until(loop, [&] { return seen.error.has_value(); });
            CHECK_FALSE(errand.is_running());
            CHECK(seen.error == error);
            CHECK(seen.worker != std::this_thread::get_id());
            CHECK(seen.told == std::this_thread::get_id());
        }
    }

    TEST_CASE("its end may begin the next one") {
        Loop loop;
        Errand errand{loop};
        Seen second;
        errand.run([] { return Result<void>{}; },
                   [&](const Result<void>&) { errand.run(second.work(), second.done()); });
        run_until(loop, [&] { return second.error.has_value(); });
        CHECK_FALSE(errand.is_running());
    }

    TEST_CASE("who waits for it is told at once, and the loop not again") {
        Loop loop;
        Errand errand{loop};
        int told = 0;
        errand.run([] { return Result<void>{}; }, [&](const Result<void>&) { ++told; });
        errand.wait();
        CHECK(told == 1);
        errand.wait();
        CHECK(told == 1);
        std::binary_semaphore go{0};
        errand.run(
            [&] {
                go.acquire();
                return Result<void>{};
            },
            [&](const Result<void>&) { ++told; });
        loop.run_one();  // what the first one posted
        CHECK(told == 1);
        CHECK(errand.is_running());
        go.release();
        run_until(loop, [&] { return told == 2; });
    }

    TEST_CASE("an errand that goes waits for its work, and nobody is told") {
        Loop loop;
        Seen seen;
        {
            Errand errand{loop};
            errand.run(seen.work(), seen.done());
        }
        CHECK(seen.worker != std::thread::id{});
        bool passed = false;
        loop.post([&] { passed = true; });
        run_until(loop, [&] { return passed; });
        CHECK_FALSE(seen.error);
    }

    TEST_CASE("work that throws is an error") {
        Loop loop;
        Errand errand{loop};
        Seen seen;
        errand.run([]() -> Result<void> { throw std::runtime_error("oh"); }, seen.done());
        run_until(loop, [&] { return seen.error.has_value(); });
        CHECK(seen.error == "an error of this program");
    }
}

}  // namespace weft::io
