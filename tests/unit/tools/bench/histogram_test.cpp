#include "tools/weft/bench/histogram.hpp"

#include <doctest/doctest.h>

#include <initializer_list>

namespace weft::tools {

TEST_SUITE("bench histogram") {
    TEST_CASE("an empty histogram says zero everywhere") {
        const BenchHistogram empty;
        CHECK(empty.count() == 0);
        CHECK(empty.max() == 0);
        CHECK(empty.quantile(.5) == 0);
    }

    TEST_CASE("small values are exact") {
        BenchHistogram histogram;
        for (std::uint64_t value = 1; value <= 100; ++value) {
            histogram.record(value);
        }
        CHECK(histogram.count() == 100);
        CHECK(histogram.quantile(0) == 1);
        CHECK(histogram.quantile(.5) == 50);
        CHECK(histogram.quantile(.99) == 99);
        CHECK(histogram.quantile(1) == 100);
    }

    TEST_CASE("a quantile is never below the value and at most 1/128 above it") {
        for (const std::uint64_t value :
             {255ULL, 256ULL, 257ULL, 511ULL, 512ULL, 1000ULL, 65'535ULL, 65'536ULL, 1'234'567ULL,
              987'654'321ULL, 1'000'000'000'000ULL}) {
            CAPTURE(value);
            BenchHistogram histogram;
            histogram.record(value);
            histogram.record(BenchHistogram::kValueMax);
            CHECK(histogram.quantile(.5) >= value);
            CHECK(histogram.quantile(.5) - value <= value / 128);
        }
    }

    TEST_CASE("the largest value is exact and bounds the quantiles") {
        BenchHistogram histogram;
        histogram.record(1'000'001);
        CHECK(histogram.max() == 1'000'001);
        CHECK(histogram.quantile(.999) == 1'000'001);
    }

    TEST_CASE("what is too large counts as the largest that there is") {
        BenchHistogram histogram;
        histogram.record(~std::uint64_t{0});
        CHECK(histogram.count() == 1);
        CHECK(histogram.max() == BenchHistogram::kValueMax);
        CHECK(histogram.quantile(1) == BenchHistogram::kValueMax);
    }

    TEST_CASE("a sum holds the values of both") {
        BenchHistogram low;
        BenchHistogram high;
        low.record(10);
        low.record(20);
        high.record(30);
        low.add(high);
        CHECK(low.count() == 3);
        CHECK(low.quantile(.5) == 20);
        CHECK(low.max() == 30);
    }
}

}  // namespace weft::tools
