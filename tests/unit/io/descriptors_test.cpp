#include "common/io/descriptors.hpp"

#include <doctest/doctest.h>

#include <initializer_list>

namespace weft::io {

TEST_SUITE("descriptors") {
    TEST_CASE("clients leave a sixteenth to others, at most 32, and management half of that") {
        CHECK(descriptors_left_by(Claim::client, 64) == 4);
        CHECK(descriptors_left_by(Claim::client, 1 << 20) == kDescriptorsKeptMax);
        CHECK(descriptors_left_by(Claim::management, 64) == 2);
        CHECK(descriptors_left_by(Claim::router, 64) == 0);
    }

    TEST_CASE("where few may be open nobody leaves any") {
        CHECK(descriptors_left_by(Claim::client, 15) == 0);
    }

    TEST_CASE("connections with HTTP may be a quarter of all, and no more than some thousands") {
        CHECK(http_connections_max(64) == 16);
        CHECK(http_connections_max(1 << 20) == kHttpConnectionsMax);
        CHECK(http_connections_max(1) == 1);
        CHECK(http_connections_max() > 0);
    }

    TEST_CASE("while there are enough anybody may open one") {
        for (const Claim claim : {Claim::client, Claim::management, Claim::router}) {
            CHECK(may_open(claim));
        }
    }
}

}  // namespace weft::io
