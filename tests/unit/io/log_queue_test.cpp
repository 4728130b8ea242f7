#include "common/io/log_queue.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <string>
#include <vector>

namespace weft::io {

namespace {

constexpr std::size_t kTextBytes = 100;

/// Of `kTextBytes`, and so looks like its number.
LogLine line(int number) {
    std::string text = std::to_string(number);
    text.resize(kTextBytes, ' ');
    return {.record = std::make_shared<const LogRecord>(
                LogRecord{"LEAF", Level::info, std::move(text), "", 0, 0}),
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

LogQueue queue_of(std::size_t lines) {
    return LogQueue{lines * (kTextBytes + LogQueue::kLineBytes)};
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
        CHECK(queue.bytes() <= 4 * (kTextBytes + LogQueue::kLineBytes));
        CHECK(written(queue) ==
              std::vector<std::string>{"0", "1", "2", "3",
                                       "6 lines left out: the output is too slow"});
        CHECK(queue.empty());
        CHECK(queue.bytes() == 0);
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
