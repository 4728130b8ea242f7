#include "common/io/log_writer.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <mutex>
#include <semaphore>
#include <string>
#include <thread>
#include <utility>

namespace weft::io {

namespace {

/// So that no test takes seconds.
constexpr LogWriter::Timing kSoon{.retry = std::chrono::milliseconds{1},
                                  .drain = std::chrono::milliseconds{50}};
constexpr Duration kLong = std::chrono::seconds{30};
constexpr auto kModule = Module::http;

/// What an output is to do, and what it got. Outlives it.
struct Script {
    std::atomic<int> error = 0;             // of each write
    std::atomic<std::size_t> most = 1'000;  // bytes that a write takes
    std::atomic<int> writes = 0;
    std::atomic<bool> closed = false;

    std::string text() {
        const std::lock_guard lock{mutex};
        return got;
    }

    std::mutex mutex;
    std::string got;
};

class FakeOutput final : public LogOutput {
public:
    explicit FakeOutput(Script& script) : script_{script} {}
    ~FakeOutput() override { script_.closed = true; }

    Written write(std::string_view text, Level) override {
        ++script_.writes;
        if (script_.error != 0) {
            return {.error = script_.error};
        }
        const std::string_view taken = text.substr(0, script_.most);
        const std::lock_guard lock{script_.mutex};
        script_.got += taken;
        return {.size = taken.size()};
    }

private:
    Script& script_;
};

/// Hangs in its first write until it is let go.
class HangingOutput final : public LogOutput {
public:
    explicit HangingOutput(std::binary_semaphore& go) : go_{go} {}
    Written write(std::string_view text, Level) override {
        go_.acquire();
        go_.release();
        return {.size = text.size()};
    }

private:
    std::binary_semaphore& go_;
};

LogLine line(std::string text) {
    return {.record = std::make_shared<const LogRecord>(
                LogRecord{"HTTP", Level::info, std::move(text), "", 0, 0}),
            .module = kModule,
            .timestamp = false};
}

/// Waits for what another thread does.
template <class Condition>
void await(Condition condition) {
    while (!condition()) {
        std::this_thread::yield();
    }
}

}  // namespace

TEST_SUITE("log writer") {
    TEST_CASE("lines are written in order, in as many writes as it takes") {
        Script script;
        LogWriter writer{kSoon};
        CHECK(writer.flush(kLong));
        const auto lane = writer.add(std::make_unique<FakeOutput>(script));
        script.most = 3;
        CHECK(writer.queue(*lane, line("first")));
        CHECK(writer.queue(*lane, line("second")));
        CHECK(writer.flush(kLong));
        CHECK(script.text() == "HTTP (info) first\nHTTP (info) second\n");
        CHECK(writer.failures() == 0);
    }

    TEST_CASE("an output that fails keeps its lines and is tried again by itself") {
        for (const int error : {ENOSPC, EIO, EPIPE, EROFS, EFBIG, EBADF}) {
            CAPTURE(error);
            Script script;
            LogWriter writer{kSoon};
            const auto lane = writer.add(std::make_unique<FakeOutput>(script));
            script.error = error;
            CHECK(writer.queue(*lane, line("a")));
            CHECK(writer.queue(*lane, line("b")));
            await([&] { return writer.failures() > 0; });
            CHECK_FALSE(writer.flush(Duration::zero()));
            script.error = 0;
            CHECK(writer.flush(kLong));
            CHECK(script.text() == "HTTP (info) a\nHTTP (info) b\n");
            CHECK(writer.dropped(kModule) == 0);
        }
    }

    TEST_CASE("an output that stands is no failure, and is tried again") {
        Script script;
        LogWriter writer{kSoon};
        const auto lane = writer.add(std::make_unique<FakeOutput>(script));
        script.error = EAGAIN;
        CHECK(writer.queue(*lane, line("a")));
        await([&] { return script.writes > 2; });
        script.error = 0;
        CHECK(writer.flush(kLong));
        CHECK(script.text() == "HTTP (info) a\n");
        CHECK(writer.failures() == 0);
    }

    TEST_CASE("what an output that stands has no room for is counted, and told when it goes on") {
        Script script;
        LogWriter writer{kSoon};
        const auto lane = writer.add(std::make_unique<FakeOutput>(script));
        script.error = EAGAIN;
        int queued = 0;
        while (writer.queue(*lane, line(std::string(4096, 'x')))) {
            ++queued;
        }
        CHECK_FALSE(writer.queue(*lane, line("and this")));
        CHECK(writer.dropped(kModule) == 2);
        script.most = 1'000'000;
        script.error = 0;
        CHECK(writer.flush(kLong));
        const std::string text = script.text();
        CHECK(std::ranges::count(text, '\n') == queued + 1);
        CHECK(text.ends_with("DEFAULT (warning) 2 lines left out: the output is too slow\n"));
        CHECK(writer.queue(*lane, line("room again")));
        CHECK(writer.flush(kLong));
        CHECK(script.text().ends_with("room again\n"));
    }

    TEST_CASE("an output that stands or fails holds back no other") {
        Script standing;
        Script failing;
        Script working;
        LogWriter writer{kSoon};
        standing.error = EAGAIN;
        failing.error = ENOSPC;
        const auto stands = writer.add(std::make_unique<FakeOutput>(standing));
        const auto fails = writer.add(std::make_unique<FakeOutput>(failing));
        const auto works = writer.add(std::make_unique<FakeOutput>(working));
        for (int i = 0; i < 100; ++i) {
            CHECK(writer.queue(*stands, line("x")));
            CHECK(writer.queue(*fails, line("x")));
            CHECK(writer.queue(*works, line("x")));
        }
        await([&] { return std::ranges::count(working.text(), '\n') == 100; });
        standing.error = 0;
        failing.error = 0;
    }

    TEST_CASE("an output that is retired is closed once its lines are written") {
        Script script;
        LogWriter writer{{.drain = kLong}};
        auto lane = writer.add(std::make_unique<FakeOutput>(script));
        script.error = EAGAIN;
        CHECK(writer.queue(*lane, line("the last")));
        await([&] { return script.writes > 0; });
        writer.retire(std::exchange(lane, nullptr));
        script.error = 0;
        await([&] { return script.closed.load(); });
        CHECK(script.text() == "HTTP (info) the last\n");
    }

    TEST_CASE("an output that is retired and fails is closed all the same, and its lines counted") {
        Script script;
        LogWriter writer{kSoon};
        auto lane = writer.add(std::make_unique<FakeOutput>(script));
        script.error = EIO;
        CHECK(writer.queue(*lane, line("a")));
        CHECK(writer.queue(*lane, line("b")));
        writer.retire(std::exchange(lane, nullptr));
        await([&] { return script.closed.load(); });
        CHECK(writer.dropped(kModule) == 2);
        CHECK(writer.flush(kLong));
    }

    TEST_CASE("an output that nobody logged to is closed when it is retired") {
        Script script;
        LogWriter writer{kSoon};
        auto lane = writer.add(std::make_unique<FakeOutput>(script));
        writer.retire(std::exchange(lane, nullptr));
        CHECK(script.closed);
    }

    TEST_CASE("what is queued at the end is written") {
        Script script;
        {
            LogWriter writer{{.drain = kLong}};
            const auto lane = writer.add(std::make_unique<FakeOutput>(script));
            for (int i = 0; i < 1000; ++i) {
                CHECK(writer.queue(*lane, line("x")));
            }
        }
        CHECK(std::ranges::count(script.text(), '\n') == 1000);
        CHECK(script.closed);
    }

    TEST_CASE("the end waits neither for an output that stands nor for a write that hangs") {
        Script script;
        script.error = EAGAIN;
        static std::binary_semaphore go{0};  // the thread that hangs may outlive the test
        {
            LogWriter writer{kSoon};
            const auto lane = writer.add(std::make_unique<FakeOutput>(script));
            CHECK(writer.queue(*lane, line("x")));
        }
        {
            LogWriter writer{kSoon};
            const auto lane = writer.add(std::make_unique<HangingOutput>(go));
            CHECK(writer.queue(*lane, line("x")));
        }
        go.release();  // its thread ends when it likes
    }
}

}  // namespace weft::io
