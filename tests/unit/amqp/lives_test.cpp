#include "common/amqp/lives.hpp"

#include <doctest/doctest.h>

#include <initializer_list>

namespace weft::amqp::test {

TEST_SUITE_BEGIN("lives");

TEST_CASE("a connection goes forward only, and is reported when it is over") {
    using enum ConnectionLife;
    for (const auto from : {headers_exchanged, open_pipe, open_sent, opened, close_sent}) {
        CHECK_FALSE(may_follow(from, handshake));
        CHECK(may_follow(from, over));
        CHECK_FALSE(may_follow(from, reported));
        CHECK_FALSE(may_follow(from, from));
    }
    CHECK(may_follow(over, reported));
    CHECK_FALSE(may_follow(reported, over));
    CHECK_FALSE(may_follow(headers_exchanged, close_sent));  // no close before our open
}

TEST_CASE("a session or link that was withdrawn waits for the peer's answer first") {
    CHECK(may_follow(SessionLife::begun, SessionLife::withdrawn));
    CHECK(may_follow(SessionLife::withdrawn, SessionLife::ending));
    CHECK_FALSE(may_follow(SessionLife::withdrawn, SessionLife::mapped));
    CHECK_FALSE(may_follow(SessionLife::mapped, SessionLife::withdrawn));
    CHECK(may_follow(LinkLife::offered, LinkLife::withdrawn));
    CHECK(may_follow(LinkLife::withdrawn, LinkLife::detaching));
    CHECK_FALSE(may_follow(LinkLife::withdrawn, LinkLife::attached));
    CHECK_FALSE(may_follow(LinkLife::attached, LinkLife::withdrawn));
}

TEST_CASE("nothing follows the end of a link or session") {
    for (const auto to : {LinkLife::asked, LinkLife::offered, LinkLife::attached,
                          LinkLife::withdrawn, LinkLife::detaching, LinkLife::gone}) {
        CHECK_FALSE(may_follow(LinkLife::gone, to));
        CHECK_FALSE(may_follow(LinkLife::detaching, to));
    }
    CHECK_FALSE(may_follow(SessionLife::ending, SessionLife::gone));
}

TEST_CASE(
    "a link that passes and has detached on one side waits for the other side's detach alone") {
    for (const auto from : {LinkLife::answering, LinkLife::departing}) {
        CHECK(may_follow(LinkLife::attached, from));
        CHECK(may_follow(from, LinkLife::gone));
        CHECK_FALSE(may_follow(from, LinkLife::detaching));
    }
}

TEST_SUITE_END();

}  // namespace weft::amqp::test
