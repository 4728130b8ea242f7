#include "common/io/log_queue.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <string>
#include <vector>

namespace weft::io {

namespace {

constexpr std::size_t kTextBytes = 100;

/// Of `kTextBytes`, and so looks like its number.
LogLine line(int number,
             Module module = Module::default_,
             Level level = Level::info,
             double seconds = 0) {
    std::string text = std::to_string(number);
    text.resize(kTextBytes, ' ');
    return {.record = std::make_shared<const LogRecord>(
                LogRecord{"LEAF", level, std::move(text), "", 0, seconds}),
            .module = module,
            .timestamp = false};
}

/// Takes and writes what is there, at most so many; the texts up to the first blank.
std::vector<std::string> written(LogQueue& queue, std::size_t most = 1000) {
    std::vector<std::string> texts;
    while (texts.size() < most) {
        const auto taken = queue.take();
        if (!taken) {
            break;
        }
        queue.written(*taken);
        const std::string& text = taken->record->text;
        texts.push_back(text.substr(0, text.size() == kTextBytes ? text.find(' ') : text.size()));
    }
    return texts;
}

constexpr std::size_t kBytesEach = kTextBytes + LogQueue::kLineBytes;

/// That takes so many lines of one module, which leaves one less free, and a third more for
/// warnings.
LogQueue queue_of(std::size_t lines) {
    return LogQueue{lines == 0 ? 0 : (2 * lines - 1) * kBytesEach * 4 / 3 + 1};
}

/// How many of those that `module` has to say are taken, until one is not.
int flood(LogQueue& queue, Module module, Level level = Level::info) {
    int taken = 0;
    while (queue.add(line(taken, module, level))) {
        ++taken;
    }
    return taken;
}

}  // namespace

TEST_SUITE("log queue") {
    TEST_CASE("lines come out in the order in which they came, and take no room then") {
        LogQueue queue = queue_of(3);
        CHECK(queue.empty());
        for (int i = 0; i < 3; ++i) {
            CHECK(queue.add(line(i)));
        }
        CHECK(written(queue) == std::vector<std::string>{"0", "1", "2"});
        CHECK(queue.bytes() == 0);
        CHECK(queue.empty());
    }

    TEST_CASE("what finds no room is counted, and told after those that did") {
        LogQueue queue = queue_of(4);
        for (int i = 0; i < 10; ++i) {
            CHECK(queue.add(line(i)) == (i < 4));
        }
        CHECK(queue.bytes() <= 4 * kBytesEach);
        CHECK(written(queue) ==
              std::vector<std::string>{"0", "1", "2", "3",
                                       "6 lines left out: the output is too slow"});
        CHECK(queue.empty());
        CHECK(queue.bytes() == 0);
    }

    TEST_CASE("a module's flood leaves room for others, and all for warnings") {
        LogQueue queue{160 * kBytesEach};
        CHECK(flood(queue, Module::server) == 60);  // half of what is not the warnings'
        CHECK(flood(queue, Module::http) == 30);
        CHECK(flood(queue, Module::agent) == 15);
        CHECK(queue.add(line(0, Module::conn_mgr)));
        CHECK(flood(queue, Module::server, Level::warning) == 27);
        CHECK(flood(queue, Module::conn_mgr, Level::error) == 14);
        CHECK(queue.bytes() <= 160 * kBytesEach);
    }

    TEST_CASE("whoever comes last has a share") {
        LogQueue queue{160 * kBytesEach};
        for (const Module module : {Module::server, Module::http, Module::agent}) {
            (void)flood(queue, module);
        }
        CHECK(flood(queue, Module::protocol) >= 7);  // a sixteenth of 120
    }

    TEST_CASE("what each module left out is told in its own place") {
        LogQueue queue = queue_of(2);
        CHECK(flood(queue, Module::server) == 2);
        CHECK(queue.add(line(9, Module::http)));
        CHECK_FALSE(queue.add(line(8, Module::http)));
        CHECK_FALSE(queue.add(line(7, Module::server)));
        CHECK(written(queue, 3).size() == 3);
        CHECK(queue.add(line(6, Module::http)));
        CHECK(written(queue) ==
              std::vector<std::string>{"1 line left out: the output is too slow", "6",
                                       "2 lines left out: the output is too slow"});
    }

    TEST_CASE("what tells of a gap is no older than what stands before it") {
        LogQueue queue = queue_of(1);
        CHECK(queue.add(line(0, Module::server, Level::info, 1)));
        CHECK_FALSE(queue.add(line(1, Module::server, Level::info, 2)));
        CHECK_FALSE(queue.add(line(2, Module::http, Level::info, 4)));
        (void)written(queue, 1);
        CHECK(queue.add(line(3, Module::agent, Level::info, 3)));
        double before = 0;
        std::size_t lines = 0;
        for (auto next = queue.take(); next; next = queue.take(), ++lines) {
            CHECK(next->record->epoch_seconds >= before);
            before = next->record->epoch_seconds;
            queue.written(*next);
        }
        CHECK(lines == 3);
    }

    TEST_CASE("a queue that was full takes lines again when half of it is free") {
        LogQueue queue = queue_of(4);
        for (int i = 0; i < 5; ++i) {
            (void)queue.add(line(i));
        }
        CHECK(written(queue, 1).size() == 1);
        CHECK_FALSE(queue.add(line(5)));
        CHECK(written(queue, 2).size() == 2);
        CHECK(queue.add(line(6)));
        CHECK(written(queue) ==
              std::vector<std::string>{"3", "2 lines left out: the output is too slow", "6"});
    }

    TEST_CASE("what is taken and not written yet takes its room still") {
        LogQueue queue = queue_of(1);
        CHECK(queue.add(line(0)));
        const auto taken = queue.take();
        REQUIRE(taken);
        CHECK_FALSE(queue.add(line(1)));
        queue.written(*taken);
        CHECK(written(queue) ==
              std::vector<std::string>{"1 line left out: the output is too slow"});
    }

    TEST_CASE("of an output that fails its error is told, once") {
        LogQueue queue = queue_of(2);
        queue.set_failure(ENOSPC);
        for (int i = 0; i < 3; ++i) {
            (void)queue.add(line(i));
        }
        CHECK(written(queue).back() == "1 line left out: No space left on device");
        for (int i = 0; i < 3; ++i) {
            (void)queue.add(line(i));
        }
        CHECK(written(queue).back() == "1 line left out: the output is too slow");
    }

    TEST_CASE("an error that cost no line is forgotten") {
        LogQueue queue = queue_of(2);
        queue.set_failure(EIO);
        CHECK(queue.add(line(0)));
        CHECK(written(queue).size() == 1);
        for (int i = 0; i < 3; ++i) {
            (void)queue.add(line(i));
        }
        CHECK(written(queue).back() == "1 line left out: the output is too slow");
    }

    TEST_CASE("the line that tells looks like those around it") {
        LogQueue queue = queue_of(0);
        LogLine json = line(0);
        json.format = Log::Format::json;
        CHECK_FALSE(queue.add(json));
        const auto told = queue.take();
        REQUIRE(told);
        CHECK(
            told->text().find("\"module\":\"DEFAULT\",\"level\":\"warning\",\"text\":\"1 line left "
                              "out") != std::string::npos);
    }
}

}  // namespace weft::io
