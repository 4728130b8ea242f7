#include "common/daemon/metrics_writer.hpp"

#include <doctest/doctest.h>

using namespace weft::daemon;

TEST_SUITE_BEGIN("metrics writer");

TEST_CASE("label values are escaped, and what is no UTF-8 is spelled out") {
    MetricsWriter out;
    out.sample("m", {{"l", "a\"b\\c\nd"}, {"k", "\xc3\xa9\xff\xc3"}}, 1);
    CHECK(out.take() == "m{l=\"a\\\"b\\\\c\\nd\",k=\"\xc3\xa9\\\\xff\\\\xc3\"} 1\n");
}

TEST_CASE("a family of one sample has its help and kind before it") {
    MetricsWriter out;
    out.gauge("g", "Now.", 2);
    out.counter("c", "So far.", 3);
    CHECK(out.take() ==
          "# HELP g Now.\n# TYPE g gauge\ng 2\n# HELP c So far.\n# TYPE c counter\nc 3\n");
}

TEST_SUITE_END();
