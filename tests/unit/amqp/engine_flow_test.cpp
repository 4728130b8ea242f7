#include "tests/unit/amqp/frames.hpp"
#include "tests/unit/amqp/recorder.hpp"

#include <doctest/doctest.h>

namespace weft::amqp::test {
namespace {

/// Deliveries `first` … `first` + `count` − 1 of one empty frame each.
Buffer deliveries(DeliveryId first, DeliveryId count) {
    Buffer all;
    for (DeliveryId id = first; id != first + count; ++id) {
        append(all, transfer(0, first_of(id)));
    }
    return all;
}

}  // namespace

TEST_SUITE_BEGIN("engine flow");

TEST_CASE("credit goes out with the flush if there was none") {
    Fixture f{server_options()};
    f.begin_session();
    Link& link = f.incoming_link(0);
    link.grant(10);
    link.grant(12);
    CHECK(f.output() == Lines{"flow 0 credit 12 after 0"});
    CHECK(f.output().empty());
}

TEST_CASE("credit is renewed when half of it is used") {
    Fixture f{server_options()};
    f.begin_session();
    Link& link = f.incoming_link(10);
    f.give(deliveries(0, 4));
    link.grant(10);
    CHECK(f.output().empty());
    CHECK(link.credit() == 10);
    SUBCASE("by a later grant") {
        f.engine.receive(deliveries(4, 1), f.now);
        link.grant(10);
        CHECK(f.output() == Lines{"flow 0 credit 10 after 5"});
    }
    SUBCASE("by deliveries alone") {
        CHECK(f.give(deliveries(4, 1)) == Lines{"flow 0 credit 9 after 5"});
    }
}

TEST_CASE("less credit goes out at once, but what the peer knew of is not held against it") {
    Fixture f{server_options()};
    f.begin_session();
    Link& link = f.incoming_link(10);
    link.grant(1);
    CHECK(f.output() == Lines{"flow 0 credit 1 after 0"});
    CHECK(f.give(deliveries(0, 10)).empty());
    CHECK(link.credit() == 0);
    CHECK(f.give(deliveries(10, 1)) == Lines{"detach 0 closed amqp:link:transfer-limit-exceeded"});
}

TEST_CASE("a sender that may overrun its credit is stopped beyond that alone") {
    Options options = server_options();
    options.credit_overrun = 3;
    Fixture f{std::move(options)};
    f.begin_session();
    Link& link = f.incoming_link(2);
    (void)f.output();
    CHECK(f.give(deliveries(0, 5)).empty());
    CHECK(link.credit() == 0);
    link.grant(4);
    CHECK(f.output() == Lines{"flow 0 credit 4 after 5"});
    CHECK(f.give(deliveries(5, 4)).empty());
    CHECK(f.give(deliveries(9, 4)) == Lines{"detach 0 closed amqp:link:transfer-limit-exceeded"});
}

TEST_CASE("delivery counts wrap around") {
    Fixture f{server_options()};
    f.begin_session();
    f.give(attach(0, {.name = "x", .initial_delivery_count = 0xfffffffe}));
    Link& link = *f.handler.links.back();
    link.grant(4);
    CHECK(f.output() == Lines{"flow 0 credit 4 after 4294967294"});
    f.give(deliveries(0, 3));
    CHECK(link.delivery_count() == 1);
    CHECK(link.credit() == 1);
    f.give(deliveries(3, 1));
    CHECK(f.give(deliveries(4, 1)) == Lines{"detach 0 closed amqp:link:transfer-limit-exceeded"});
}

TEST_CASE("we drain: the sender gives its credit back") {
    Fixture f{server_options()};
    f.begin_session();
    Link& link = f.incoming_link(10, "x");
    f.give(deliveries(0, 2));
    f.handler.take();
    link.grant(link.credit(), true);
    CHECK(f.output() == Lines{"flow 0 credit 8 after 2 drain"});
    CHECK(link.drain());
    f.give(deliveries(2, 1));
    f.give(flow(0, {.next_outgoing_id = 3,
                    .handle = 0,
                    .delivery_count = 10,
                    .link_credit = 0,
                    .available = 4,
                    .drain = true}));
    CHECK(f.handler.take() == Lines{"transfer 2 first ''", "drained x"});
    CHECK(link.credit() == 0);
    CHECK_FALSE(link.drain());
    CHECK(link.available() == 4);
    CHECK(link.delivery_count() == 10);
    link.grant(5);
    CHECK(f.output() == Lines{"flow 0 credit 5 after 10"});
    CHECK(f.give(deliveries(3, 6)) == Lines{"detach 0 closed amqp:link:transfer-limit-exceeded"});
}

TEST_CASE("we drain: the sender uses its credit up") {
    Fixture f{server_options()};
    f.begin_session();
    Link& link = f.incoming_link(2, "x");
    link.grant(2, true);
    f.output();
    f.give(deliveries(0, 1));
    Transfer last = first_of(1);
    last.more = true;
    f.give(transfer(0, last));
    CHECK(f.handler.take() == Lines{"transfer 0 first ''", "transfer 1 first more ''"});
    f.give(transfer(0, {}));
    CHECK(f.handler.take() == Lines{"transfer 1 ''", "drained x"});
    f.give(flow(0, {.next_outgoing_id = 3, .handle = 0, .delivery_count = 2, .link_credit = 0}));
    CHECK(f.handler.take().empty());
}

TEST_CASE("we drain: without credit the sender is asked for an answer") {
    Fixture f{server_options()};
    f.begin_session();
    Link& link = f.incoming_link(0, "x");
    link.grant(0, true);
    CHECK(f.output() == Lines{"flow 0 credit 0 after 0 drain echo"});
    f.give(flow(0, {.handle = 0, .delivery_count = 0, .link_credit = 0}));
    CHECK(f.handler.take() == Lines{"drained x"});
}

TEST_CASE("we drain: so is a sender whose last deliveries came before it could be told") {
    Fixture f{server_options()};
    f.begin_session();
    Link& link = f.incoming_link(2, "x");
    f.output();
    link.grant(2, true);
    f.engine.receive(deliveries(0, 2), f.now);
    CHECK(f.handler.take() == Lines{"transfer 0 first ''", "transfer 1 first ''", "drained x"});
    CHECK(f.output() == Lines{"flow 0 credit 0 after 2"});
    CHECK_FALSE(link.drain());
}

TEST_CASE(
    "we drain: a sender that is to have fresh credit has not used that up before it is told") {
    Fixture f{server_options()};
    f.begin_session();
    Link& link = f.incoming_link(2, "x");
    f.output();
    f.engine.receive(deliveries(0, 2), f.now);
    CHECK(f.handler.take() == Lines{"transfer 0 first ''", "transfer 1 first ''"});
    link.grant(2, true);
    const auto given_back = [](std::uint32_t count) {
        return flow(
            0, {.next_outgoing_id = 3, .handle = 0, .delivery_count = count, .link_credit = 0});
    };
    f.engine.receive(given_back(2), f.now);  // it crosses our drain
    CHECK(f.handler.take().empty());
    CHECK(f.output() == Lines{"flow 0 credit 2 after 2 drain"});
    f.give(given_back(4));
    CHECK(f.handler.take() == Lines{"drained x"});
}

TEST_CASE("we drain: of credit that was taken back some may be in use") {
    Fixture f{server_options()};
    f.begin_session();
    Link& link = f.incoming_link(4, "x");
    f.output();
    link.grant(1, true);
    f.engine.receive(deliveries(0, 1), f.now);
    CHECK(f.handler.take() == Lines{"transfer 0 first ''"});
    CHECK(f.output() == Lines{"flow 0 credit 0 after 1 drain echo"});
    f.give(flow(0, {.next_outgoing_id = 2, .handle = 0, .delivery_count = 1, .link_credit = 0}));
    CHECK(f.handler.take() == Lines{"drained x"});
}

TEST_CASE("an answer that crosses our drain is not taken for one") {
    Fixture f{server_options()};
    f.begin_session();
    Link& link = f.incoming_link(0, "x");
    link.grant(0, true);
    f.engine.receive(flow(0, {.handle = 0, .delivery_count = 0, .link_credit = 0}), f.now);
    CHECK(f.handler.take().empty());
    CHECK(f.output() == Lines{"flow 0 credit 0 after 0 drain echo"});
}

TEST_CASE("a drain may be called off") {
    Fixture f{server_options()};
    f.begin_session();
    Link& link = f.incoming_link(5);
    link.grant(5, true);
    CHECK(f.output() == Lines{"flow 0 credit 5 after 0 drain"});
    link.grant(5);
    CHECK(f.output() == Lines{"flow 0 credit 5 after 0"});
}

TEST_CASE("the peer gives credit and takes it away") {
    Fixture f{server_options()};
    f.begin_session();
    Link& link = f.outgoing_link(3);
    CHECK(link.credit() == 3);
    link.send({}, {}, false);
    link.send({}, {}, false);
    f.output();
    const auto give_credit = [&](std::uint32_t credit, std::uint32_t after) {
        f.give(flow(0, {.next_incoming_id = 0,
                        .incoming_window = 1000,
                        .handle = 0,
                        .delivery_count = after,
                        .link_credit = credit}));
    };
    give_credit(3, 0);
    CHECK(f.handler.take().empty());
    give_credit(10, 0);
    CHECK(link.credit() == 8);
    give_credit(1, 1);
    CHECK(link.credit() == 0);
    give_credit(0xffffffff, 2);
    CHECK(link.credit() == 0xffffffff);
    CHECK(f.handler.take() == Lines{"credit 8", "credit 0", "credit 4294967295"});
}

TEST_CASE("the peer drains: the rest of its credit is given back") {
    Fixture f{server_options()};
    f.begin_session();
    Link& link = f.outgoing_link(10);
    f.handler.credited = [&](Link& of) {
        of.send({}, as_bytes("x"), false);
        of.drained();
    };
    const Buffer drain = flow(
        0,
        {.incoming_window = 9, .handle = 0, .delivery_count = 0, .link_credit = 10, .drain = true});
    CHECK(f.give(drain) == Lines{"transfer 0 id 0 'x'", "flow 0 credit 0 after 10 drain"});
    CHECK(f.handler.take() == Lines{"credit 10 drain"});
    CHECK(link.credit() == 0);
    link.drained();
    f.give(flow(0, {.incoming_window = 9, .handle = 0, .delivery_count = 10, .link_credit = 2}));
    CHECK(f.handler.take() == Lines{"credit 2"});
}

TEST_CASE("a flow that asks for an echo gets one") {
    Fixture f{server_options()};
    f.begin_session();
    f.outgoing_link(10);
    CHECK(f.give(flow(0, {.incoming_window = 9,
                          .handle = 0,
                          .delivery_count = 0,
                          .link_credit = 10,
                          .echo = true})) == Lines{"flow 0 credit 10 after 0"});
    CHECK(f.give(flow(0, {.incoming_window = 9, .echo = true})) == Lines{"flow window 512"});
    CHECK(f.give(flow(0, {.incoming_window = 9})).empty());
}

TEST_CASE("the window is renewed when half of it is used") {
    Options options = server_options();
    options.session_window = 8;
    Fixture f{options};
    f.begin_session();
    f.incoming_link(100);
    CHECK(f.give(deliveries(0, 3)).empty());
    CHECK(f.give(deliveries(3, 1)) == Lines{"flow window 8"});
    CHECK(f.give(deliveries(4, 3)).empty());
}

TEST_CASE("what the handler holds takes from the window") {
    Options options = server_options();
    options.session_window = 8;
    options.max_frame_size = 1000;
    Fixture f{options};
    f.begin_session();
    Link& link = f.incoming_link(100);
    Session& session = link.session();
    session.hold(2001);  // three frames
    CHECK(f.give(deliveries(0, 5)).empty());
    CHECK(f.give(deliveries(5, 1)) == Lines{"flow window 5"});
    SUBCASE("all of it, if it must") {
        session.hold(1000000);
        CHECK(f.give(deliveries(6, 5)).empty());
        CHECK(session.incoming_window() == 0);
        session.hold(-1000000 + 4000);
        CHECK(f.output() == Lines{"flow window 1"});
        session.hold(-6001);
        CHECK(f.output() == Lines{"flow window 8"});
    }
    SUBCASE("and comes back with it") {
        session.hold(-2001);
        CHECK(f.give(deliveries(6, 1)) == Lines{"flow window 8"});
    }
}

TEST_CASE("a link's flow carries the window too") {
    Options options = server_options();
    options.session_window = 8;
    Fixture f{options};
    f.begin_session();
    Link& link = f.incoming_link(4);
    f.engine.receive(deliveries(0, 4), f.now);
    link.grant(4);
    CHECK(f.output() == Lines{"flow 0 credit 4 after 4"});
    CHECK(link.session().incoming_window() == 8);
}

TEST_CASE(
    "flows wait while much is unread, and the last word of each goes out once there is room") {
    Options options = server_options();
    options.output_limit = 4096;
    Fixture f{options};
    f.begin_session();
    constexpr std::uint32_t kLinks = 1000;
    for (std::uint32_t i = 0; i < kLinks; ++i) {
        const std::string name = std::to_string(i);
        f.give(attach(0, {.name = name, .handle = i}));
    }
    REQUIRE(f.handler.links.size() == kLinks);
    for (std::uint32_t credit = 1; credit <= 100; ++credit) {
        for (Link* link : f.handler.links) {
            link->grant(credit % 2);
        }
        f.engine.flush();
        CHECK(f.engine.output().size() < options.output_limit + 100);
    }
    CHECK(f.engine.owes_flows());
    for (Link* link : f.handler.links) {
        link->grant(7);
    }
    std::size_t last_words = 0;
    while (f.engine.owes_flows()) {
        for (const std::string& line : f.output()) {
            last_words += line.find("credit 7") != std::string::npos ? 1U : 0U;
        }
    }
    CHECK(last_words == kLinks);
}

TEST_CASE("properties of a flow are told as they came, before what else it says") {
    Fixture f{server_options()};
    f.begin_session();
    Link& link = f.outgoing_link(0);
    const Buffer map = {0xc1, 0x04, 0x02, 0xa3, 0x00, 0x41};  // one key, true
    f.handler.flow_properties = [&](Link& of, Bytes properties) {
        CHECK(&of == &link);
        CHECK(Buffer{properties.begin(), properties.end()} == map);
        CHECK(of.credit() == 0);
        f.handler.events.push_back("properties");
    };
    Flow peers{.next_incoming_id = 0,
               .incoming_window = 1000,
               .handle = 0,
               .delivery_count = 0,
               .link_credit = 5,
               .properties = map};
    f.give(flow(0, peers));
    CHECK(f.handler.take() == Lines{"properties", "credit 5"});
    SUBCASE("a flow without any tells of none") {
        peers.properties = {};
        peers.link_credit = 6;
        f.give(flow(0, peers));
        CHECK(f.handler.take() == Lines{"credit 6"});
    }
    SUBCASE("nor does one of the session, or of a link that is detached") {
        peers.handle.reset();
        peers.delivery_count.reset();
        peers.link_credit.reset();
        f.give(flow(0, peers));
        link.detach(/*closed=*/true, {});
        peers.handle = 0;
        f.give(flow(0, peers));
        CHECK(f.handler.take().empty());
    }
}

TEST_CASE("a link that is detached for the properties of a flow hears nothing else of it") {
    Fixture f{server_options()};
    f.begin_session();
    Link& link = f.outgoing_link(0);
    const Buffer map = {0xc1, 0x04, 0x02, 0xa3, 0x00, 0x41};
    f.handler.flow_properties = [](Link& of, Bytes) { of.detach(/*closed=*/true, {}); };
    CHECK(f.give(flow(0, {.next_incoming_id = 0,
                          .incoming_window = 1000,
                          .handle = 0,
                          .delivery_count = 0,
                          .link_credit = 5,
                          .echo = true,
                          .properties = map})) == Lines{"detach 0 closed"});
    CHECK(f.handler.take().empty());
    CHECK(link.credit() == 0);
}

TEST_SUITE_END();

}  // namespace weft::amqp::test
