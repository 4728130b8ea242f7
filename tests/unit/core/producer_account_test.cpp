#include "router/core/producer_account.hpp"

#include <doctest/doctest.h>

namespace weft::router {

TEST_SUITE_BEGIN("ProducerAccount");

TEST_CASE("a delivery claims credit and bytes, and counts as undelivered and outstanding") {
    ProducerAccount account{2};
    Claims claims;
    account.open(claims);
    CHECK(claims.credit);
    CHECK(claims.undelivered);
    CHECK(claims.bytes);
    CHECK(account.outstanding() == 1);
    CHECK(account.undelivered() == 1);
    CHECK(account.credit() == 1);
}

TEST_CASE("credit comes back when a delivery is closed, not when it was passed on") {
    ProducerAccount account{1};
    Claims claims;
    account.open(claims);
    account.delivered();
    CHECK(account.undelivered() == 0);
    CHECK(account.credit() == 0);
    account.close();
    CHECK(account.outstanding() == 0);
    CHECK(account.credit() == 1);
}

TEST_CASE("who sends more than its capacity has no credit, and no debt") {
    ProducerAccount account{1};
    Claims first;
    Claims second;
    account.open(first);
    account.open(second);
    CHECK(account.credit() == 0);
    account.delivered();
    account.close();
    CHECK(account.credit() == 0);
    account.delivered();
    account.close();
    CHECK(account.credit() == 1);
}

TEST_CASE("another loop's producer has room again once a delivery was passed on") {
    ProducerAccount account{1};
    Claims claims;
    account.open(claims);
    CHECK(account.room() == 0);
    account.delivered();
    CHECK(account.room() == 1);
    CHECK(account.credit() == 0);
}

TEST_CASE("held bytes are what was charged and not taken back") {
    ProducerAccount account{1};
    account.charge(100);
    account.charge(-40);
    CHECK(account.held() == 60);
    account.charge(-60);
    CHECK(account.held() == 0);
}

TEST_SUITE_END();

}  // namespace weft::router
