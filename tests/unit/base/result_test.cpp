#include "common/base/result.hpp"

#include <doctest/doctest.h>

#include <memory>

namespace weft {
namespace {

Result<std::unique_ptr<int>> positive(int number) {
    if (number <= 0) {
        return fail("amqp:invalid-field", "not positive");
    }
    return std::make_unique<int>(number);
}

Result<int> sum(int a, int b) {
    WEFT_TRY(const auto first, positive(a));
    WEFT_TRY(const auto second, positive(b));
    return *first + *second;
}

TEST_SUITE("Result") {
    TEST_CASE("WEFT_TRY hands on values, also those that can only be moved") {
        CHECK(sum(1, 2) == 3);
    }

    TEST_CASE("WEFT_TRY returns the first error unchanged") {
        const auto result = sum(1, 0);
        REQUIRE_FALSE(result.has_value());
        CHECK(result.error() == Error{"amqp:invalid-field", "not positive"});
    }
}

}  // namespace
}  // namespace weft
