#include "broker/queue/returns.hpp"

#include <doctest/doctest.h>

#include <vector>

namespace weft::queue::test {

TEST_SUITE("returns") {
    TEST_CASE("the youngest are known one by one, and of all others the oldest") {
        Returns returns{3};
        for (const MessageId id : {50U, 7U, 60U, 61U, 62U, 63U, 64U}) {
            returns.add(id);
        }
        CHECK(returns.count() == 7);
        CHECK(returns.knows_all_since(4));
        CHECK_FALSE(returns.knows_all_since(3));
        std::vector<MessageId> known;
        returns.each_since(4, [&](MessageId id) { known.push_back(id); });
        CHECK(known == std::vector<MessageId>{62, 63, 64});
        CHECK(returns.oldest_since(0) == 7);
        CHECK(returns.oldest_since(3) == 61);
        CHECK(returns.oldest_since(6) == 64);
    }

    TEST_CASE("however many came back, none is older than what is said") {
        Returns returns{4};
        returns.add(3);
        for (MessageId id = 1000; id > 900; --id) {
            returns.add(id);
        }
        CHECK(returns.oldest_since(0) == 3);
        CHECK(returns.oldest_since(1) <= 901);  // it may be said to be older than it is
        CHECK(returns.oldest_since(100) == 901);
    }
}

}  // namespace weft::queue::test
