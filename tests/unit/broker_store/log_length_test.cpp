#include "common/sqlite/log_length.hpp"

#include <doctest/doctest.h>

namespace weft::sqlite::test {

using Log = LogLength;

TEST_SUITE("store: length of the log") {
    TEST_CASE("it is written back each time it has grown by a step, once at a time") {
        Log log;
        CHECK_FALSE(log.is_due(Log::kStep - 1));
        CHECK(log.is_due(Log::kStep + 3));
        CHECK_FALSE(log.is_due(3 * Log::kStep));  // still at it
        log.wrote_back(Log::kStep + 3);
        CHECK(log.is_due(3 * Log::kStep + 1));  // as it grew meanwhile
        CHECK_FALSE(log.is_due(3 * Log::kStep + 500));
        log.wrote_back(3 * Log::kStep);
        CHECK_FALSE(log.is_due(4 * Log::kStep));
        CHECK(log.is_due(4 * Log::kStep + 1));
    }

    TEST_CASE("the writer begins it anew when little is left, and when it is long") {
        Log log;
        CHECK_FALSE(Log::begins_anew(Log::kStep, log.written()));
        CHECK(log.is_due(Log::kStep));
        log.wrote_back(Log::kStep);
        CHECK(Log::begins_anew(Log::kStep + Log::kLittle, log.written()));
        CHECK_FALSE(Log::begins_anew(Log::kStep + Log::kLittle + 1, log.written()));
        CHECK(Log::begins_anew(Log::kMost, 0));
        CHECK_FALSE(Log::begins_anew(70, Log::kStep));  // it is another log by now
    }

    TEST_CASE("of a log that began anew nothing is written back yet") {
        Log log;
        CHECK(log.is_due(Log::kStep));
        log.wrote_back(Log::kStep);
        CHECK_FALSE(log.is_due(0));
        CHECK(log.written() == 0);
        CHECK_FALSE(log.is_due(Log::kStep - 1));
        CHECK(log.is_due(Log::kStep));
        CHECK_FALSE(log.is_due(5));  // anew, while the one before is written back
        log.wrote_back(Log::kStep);
        CHECK(log.written() == 0);
        CHECK(log.is_due(Log::kStep));
    }
}

}  // namespace weft::sqlite::test
