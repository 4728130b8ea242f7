#include "common/amqp/numbered_table.hpp"

#include <doctest/doctest.h>

namespace weft::amqp::test {
namespace {

int& put(NumberedTable<int>& table, int value) {
    const auto number = table.take_number(9);
    REQUIRE(number);
    return table.put(*number, std::make_unique<int>(value));
}

}  // namespace

TEST_SUITE_BEGIN("numbered table");

TEST_CASE("an object has a number of ours, and one of the peer's once that is known") {
    NumberedTable<int> table;
    CHECK(table.find(0) == nullptr);
    int& zero = put(table, 100);
    int& one = put(table, 101);
    CHECK(table.find(0) == &zero);
    CHECK(table.find(1) == &one);
    CHECK(table.find_remote(70000) == nullptr);
    table.put_remote(70000, one);
    CHECK(table.find_remote(70000) == &one);
    int sum = 0;
    table.for_each([&](const int& value) { sum += value; });
    CHECK(sum == 201);
}

TEST_CASE("what is removed frees both its numbers") {
    NumberedTable<int> table;
    table.put_remote(5, put(table, 100));
    table.put_remote(6, put(table, 101));
    const auto gone = table.remove(0, 5);
    CHECK(*gone == 100);
    CHECK(table.find(0) == nullptr);
    CHECK(table.find_remote(5) == nullptr);
    CHECK(*table.find(1) == 101);
    int& again = put(table, 102);
    CHECK(table.find(0) == &again);
    table.put_remote(5, again);
    CHECK(table.find_remote(5) == &again);
}

TEST_CASE("the peer may use its number again before the object goes") {
    NumberedTable<int> table;
    table.put_remote(5, put(table, 100));
    table.remove_remote(5);
    CHECK(table.find_remote(5) == nullptr);
    int& other = put(table, 101);
    table.put_remote(5, other);
    CHECK(*table.remove(0) == 100);
    CHECK(table.find_remote(5) == &other);
}

TEST_CASE("numbers end at the limit") {
    NumberedTable<int> table;
    CHECK(table.take_number(1) == 0);
    CHECK(table.take_number(1) == 1);
    CHECK_FALSE(table.take_number(1));
}

TEST_SUITE_END();

}  // namespace weft::amqp::test
