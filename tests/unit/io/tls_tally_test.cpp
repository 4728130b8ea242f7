#include "common/io/tls_tally.hpp"

#include <doctest/doctest.h>

namespace weft::io {
namespace {

int lines_of(TlsTally& tally, Instant now) {
    int lines = 0;
    while (tally.may_log(now)) {
        ++lines;
    }
    return lines;
}

}  // namespace

TEST_CASE("some failed handshakes are told at once, and then one each period") {
    TlsTally tally;
    Instant now{std::chrono::hours{1}};
    CHECK(lines_of(tally, now) == LineAllowance::kLinesAtOnce);
    CHECK(lines_of(tally, now + LineAllowance::kLinePeriod / 2) == 0);
    now += LineAllowance::kLinePeriod;
    CHECK(lines_of(tally, now) == 1);
    now += 3 * LineAllowance::kLinePeriod;
    CHECK(lines_of(tally, now) == 3);
    now += std::chrono::hours{1};
    CHECK(lines_of(tally, now) == LineAllowance::kLinesAtOnce);
}

}  // namespace weft::io
