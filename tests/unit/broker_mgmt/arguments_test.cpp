#include "broker/mgmt/arguments.hpp"

#include <doctest/doctest.h>

namespace weft::broker_mgmt {
namespace {

using Ids = std::set<queue::MessageId>;

Result<Ids> read_ids(const std::string& text) {
    return ids_in({{"ids", text}}, 10);
}

}  // namespace

TEST_SUITE("arguments of operations") {
    TEST_CASE("ids are numbers and ranges, and none where nothing is said") {
        CHECK(ids_in({}, 10).value() == Ids{});
        CHECK(read_ids("7").value() == Ids{7});
        CHECK(read_ids("5,7,9-12").value() == Ids{5, 7, 9, 10, 11, 12});
        CHECK(read_ids("1-10").value().size() == 10);
        for (const char* wrong : {"", "x", "0", "5,", ",5", "9-5", "1-11", "1-2-3", "-5",
                                  "1-18446744073709551615", "1,2,3,4,5,6,7,8,9-11"}) {
            CAPTURE(wrong);
            CHECK_FALSE(read_ids(wrong));
        }
    }

    TEST_CASE("ids are told as they are read") {
        CHECK(ids_text({}) == "");
        CHECK(ids_text({5, 7, 9, 10, 11, 12}) == "5,7,9-12");
    }

    TEST_CASE("a queue is named by its name or its identity") {
        CHECK(queue_name({{"name", "orders"}}).value() == "orders");
        CHECK(queue_name({{"identity", "queue/a/b"}}).value() == "a/b");
        CHECK_FALSE(queue_name({{"identity", "link/7"}}));
        CHECK_FALSE(queue_name({}));
    }

    TEST_CASE("numbers have bounds and may be spelled") {
        CHECK(number_in({}, "count", 5, 1, 10).value() == 5);
        CHECK(number_in({{"count", "7"}}, "count", 5, 1, 10).value() == 7);
        CHECK_FALSE(number_in({{"count", 11}}, "count", 5, 1, 10));
        CHECK_FALSE(number_in({{"count", 0}}, "count", 5, 1, 10));
        CHECK_FALSE(number_in({{"count", "many"}}, "count", 5, 1, 10));
    }
}

}  // namespace weft::broker_mgmt
