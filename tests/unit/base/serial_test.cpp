#include "common/base/serial.hpp"

#include <doctest/doctest.h>

namespace weft {

TEST_SUITE("serial") {
    TEST_CASE("a serial number precedes the half of all numbers that follows it") {
        CHECK(precedes(1, 2));
        CHECK_FALSE(precedes(2, 1));
        CHECK_FALSE(precedes(7, 7));
        CHECK(precedes(0, 0x7fffffff));
        CHECK(precedes(0x90000000, 0));
    }

    TEST_CASE("the order holds where the counter wraps") {
        CHECK(precedes(0xffffffff, 0));
        CHECK_FALSE(precedes(0, 0xffffffff));
        CHECK(precedes(0xfffffff0, 0x10));
    }

    TEST_CASE("of two numbers that are half a round apart none precedes the other") {
        CHECK_FALSE(precedes(0, 0x80000000));
        CHECK_FALSE(precedes(0x80000000, 0));
    }

    TEST_CASE("what is ahead says how far, what is behind or equal is ahead by 0") {
        CHECK(ahead(5, 3) == 2);
        CHECK(ahead(3, 5) == 0);
        CHECK(ahead(4, 4) == 0);
        CHECK(ahead(1, 0xfffffffe) == 3);
    }
}

}  // namespace weft
