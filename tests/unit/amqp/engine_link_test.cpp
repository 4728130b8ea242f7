#include "common/wire/big_endian.hpp"
#include "common/wire/delivery_state.hpp"
#include "tests/unit/amqp/frames.hpp"
#include "tests/unit/amqp/recorder.hpp"

#include <doctest/doctest.h>

#include <optional>

namespace weft::amqp::test {
namespace {

/// Attaches a link of ours as a receiver; the attach is in the output.
Link& own_receiver(Fixture& f, std::string_view name) {
    const Terminus source{.kind = Terminus::Kind::source, .address = "q"};
    Link* link =
        f.handler.sessions.front()->attach({.name = name, .receiver = true, .source = source});
    REQUIRE(link != nullptr);
    return *link;
}

}  // namespace

TEST_SUITE_BEGIN("engine link");

TEST_CASE("a handler accepts or refuses, now or later") {
    Fixture f{server_options()};
    f.begin_session();
    f.handler.attached = [](Link&, const Attach&) {};
    CHECK(f.give(attach(0, {.name = "x", .handle = 4, .max_message_size = 99})).empty());
    Link& link = *f.handler.links.back();
    CHECK(link.is_receiver());
    CHECK(link.name() == "x");
    CHECK(link.max_message_size() == 99);
    SUBCASE("accepted") {
        CHECK(link.accept({.target = Terminus{.kind = Terminus::Kind::target}}));
        CHECK(f.output() == Lines{"attach 0 receiver x no-source"});
        CHECK(link.accept({}));
        CHECK(f.output().empty());
    }
    SUBCASE("refused") {
        link.refuse({"amqp:not-found"});
        CHECK(f.output() ==
              Lines{"attach 0 receiver x no-source no-target", "detach 0 closed amqp:not-found"});
        CHECK(f.give(detach(0, {.handle = 4, .closed = true})).empty());
        CHECK(f.handler.take() == Lines{"attach x"});
    }
    SUBCASE("detached by the peer meanwhile") {
        CHECK(f.give(detach(0, {.handle = 4})) ==
              Lines{"attach 0 receiver x no-source no-target", "detach 0"});
        CHECK(f.handler.take() == Lines{"attach x", "detach x"});
    }
}

TEST_CASE("credit granted before accept goes out after it") {
    Fixture f{server_options()};
    f.begin_session();
    f.handler.attached = [](Link&, const Attach&) {};
    f.give(attach(0, {.name = "x", .initial_delivery_count = 7}));
    Link& link = *f.handler.links.back();
    link.grant(10);
    CHECK(f.output().empty());
    CHECK(link.accept({}));
    CHECK(f.output() ==
          Lines{"attach 0 receiver x no-source no-target", "flow 0 credit 10 after 7"});
}

TEST_CASE("credit given before accept is there after it, without an event") {
    Fixture f{server_options()};
    f.begin_session();
    f.handler.attached = [](Link&, const Attach&) {};
    f.give({attach(0, {.name = "x", .receiver = true}),
            flow(0, {.incoming_window = 9, .handle = 0, .link_credit = 5})});
    Link& link = *f.handler.links.back();
    CHECK(f.handler.take() == Lines{"attach x"});
    CHECK(link.send({}, as_bytes("x"), false).started == false);
    CHECK(link.accept({}));
    CHECK(link.credit() == 5);
    CHECK(link.send({}, as_bytes("x"), false).complete);
}

TEST_CASE("links of both roles may have one name") {
    Fixture f{server_options()};
    f.begin_session();
    CHECK(f.give({attach(0, {.name = "x"}),
                  attach(0, {.name = "x", .handle = 1, .receiver = true})}) ==
          Lines{"attach 0 receiver x", "attach 1 sender x"});
}

TEST_CASE("the peer detaches: answered in kind, and the handle is free again") {
    Fixture f{server_options()};
    f.begin_session();
    f.incoming_link(5, "a");
    SUBCASE("detached") {
        CHECK(f.give(detach(0, {})) == Lines{"detach 0"});
        CHECK(f.handler.take() == Lines{"detach a"});
    }
    SUBCASE("closed with an error") {
        CHECK(f.give(detach(0, {.closed = true, .error = ErrorView{"x:bad"}})) ==
              Lines{"detach 0 closed"});
        CHECK(f.handler.take() == Lines{"detach a closed x:bad"});
    }
    CHECK(f.give(attach(0, {.name = "a"})) == Lines{"attach 0 receiver a"});
}

TEST_CASE("our detach flushes dispositions and waits for the peer's") {
    Fixture f{server_options()};
    f.begin_session();
    Link& link = f.incoming_link(5, "a");
    f.give(transfer(0, first_of(0)));
    link.update(0, wire::kAccepted, true);
    link.detach(false, std::nullopt);
    CHECK(f.output() == Lines{"disposition receiver 0..0 settled accepted", "detach 0"});
    f.handler.take();
    // A delivery that was under way is dropped, but its number counts.
    CHECK(f.give(transfer(0, first_of(1), "late")).empty());
    CHECK(f.give(attach(0, {.name = "b", .handle = 1})) == Lines{"attach 1 receiver b"});
    f.handler.links.back()->grant(5);
    Transfer next = first_of(2);
    next.handle = 1;
    f.output();
    CHECK(f.give({transfer(0, next), detach(0, {})}).empty());
    CHECK(f.handler.take() == Lines{"attach b", "transfer 2 first ''"});
    CHECK(f.give(attach(0, {.name = "a"})) == Lines{"attach 0 receiver a"});
}

TEST_CASE("a delivery sent half is aborted before our detach") {
    Fixture f{server_options()};
    f.begin_session();
    Link& link = f.outgoing_link(5);
    link.send({}, as_bytes("half"), true);
    link.detach(true, std::nullopt);
    CHECK(f.output() ==
          Lines{"transfer 0 id 0 more 'half'", "transfer 0 aborted ''", "detach 0 closed"});
}

TEST_CASE("deliveries of a detached link are forgotten, others are not") {
    Fixture f{server_options()};
    f.begin_session();
    Link& gone = f.outgoing_link(5, "gone");
    f.give({attach(0, {.name = "kept", .handle = 1, .receiver = true}),
            flow(0, {.incoming_window = 9, .handle = 1, .link_credit = 5})});
    Link& kept = *f.handler.links.back();
    gone.send({.context = 10}, {}, false);
    kept.send({.context = 11}, {}, false);
    gone.send({.context = 12}, {}, false);
    f.give(detach(0, {}));
    f.handler.take();
    CHECK(kept.session().unsettled() == 1);
    f.give(disposition(0, {.receiver = true, .first = 0, .last = 9, .settled = true}));
    CHECK(f.handler.take() == Lines{"update 1 settled context 11"});
}

TEST_CASE("a name attached again steals the link") {
    Fixture f{server_options()};
    f.begin_session();
    f.incoming_link(5, "x");
    SUBCASE("in the same session") {
        CHECK(f.give(attach(0, {.name = "x", .handle = 1})) ==
              Lines{"detach 0 closed amqp:link:stolen", "attach 1 receiver x"});
    }
    SUBCASE("in another session") {
        CHECK(f.give({begin(1), attach(1, {.name = "x"})}) ==
              Lines{"begin 1 remote 1", "detach 0 closed amqp:link:stolen", "attach 0 receiver x"});
        f.handler.events.erase(f.handler.events.begin());
    }
    CHECK(f.handler.take() == Lines{"detach x closed amqp:link:stolen", "attach x"});
    // The answer to the older one changes nothing for the new one.
    CHECK(f.give(detach(0, {.closed = true})).empty());
    CHECK(f.handler.take().empty());
}

TEST_CASE("errors of links end the session") {
    Options options = server_options();
    options.handle_max = 7;
    Fixture f{options};
    f.begin_session();
    f.incoming_link(5, "x");
    SUBCASE("a handle in use") {
        CHECK(f.give(attach(0, {.name = "y"})) == Lines{"end amqp:session:handle-in-use"});
    }
    SUBCASE("a handle above handle-max ends the connection") {
        CHECK(f.give(attach(0, {.name = "y", .handle = 8})) ==
              Lines{"close amqp:connection:framing-error"});
    }
    SUBCASE("a detach of nothing") {
        CHECK(f.give(detach(0, {.handle = 3})) == Lines{"end amqp:session:unattached-handle"});
    }
    SUBCASE("a flow for nothing") {
        CHECK(f.give(flow(0, {.handle = 3})) == Lines{"end amqp:session:unattached-handle"});
    }
    SUBCASE("a transfer after detach") {
        CHECK(f.give({detach(0, {}), transfer(0, first_of(0))}) ==
              Lines{"detach 0", "end amqp:session:unattached-handle"});
    }
}

TEST_CASE("a link of our own") {
    Fixture f{server_options()};
    f.begin_session();
    Link& link = own_receiver(f, "mine");
    f.handler.attached = [](Link&, const Attach&) {};
    CHECK(f.output() == Lines{"attach 0 receiver mine no-target"});
    CHECK(link.session().attach({.name = "mine", .receiver = true}) == nullptr);

    SUBCASE("takes credit before the answer, counted from the peer's start") {
        link.grant(3);
        CHECK(f.output() == Lines{"flow 0 credit 3"});
        f.give(attach(0, {.name = "mine", .handle = 5, .initial_delivery_count = 100}));
        CHECK(f.handler.take() == Lines{"attach mine"});
        CHECK(link.credit() == 3);
        Transfer transfer_of_three = first_of(0);
        transfer_of_three.handle = 5;
        for (DeliveryId id = 0; id < 3; ++id) {
            transfer_of_three.delivery_id = id;
            f.give(transfer(0, transfer_of_three));
        }
        CHECK(link.delivery_count() == 103);
        transfer_of_three.delivery_id = 3;
        CHECK(f.give(transfer(0, transfer_of_three)) ==
              Lines{"detach 0 closed amqp:link:transfer-limit-exceeded"});
    }
    SUBCASE("may be refused") {
        f.give(
            {attach(0, {.name = "mine"}), detach(0, {.closed = true, .error = ErrorView{"x:no"}})});
        CHECK(f.handler.take() == Lines{"attach mine", "detach mine closed x:no"});
    }
    SUBCASE("may be detached before the answer") {
        link.detach(true, std::nullopt);
        CHECK(f.output() == Lines{"detach 0 closed"});
        CHECK(f.give({attach(0, {.name = "mine"}), detach(0, {.closed = true})}).empty());
        CHECK(f.handler.take().empty());
        CHECK(own_receiver(f, "mine").handle() == 0);
    }
}

TEST_CASE("a peer that goes on after its link was detached for an error is errant") {
    Options options = server_options();
    options.session_window = 4;
    Fixture f{options};
    f.begin_session();
    f.incoming_link(0);
    CHECK(f.give(transfer(0, first_of(0))) ==
          Lines{"detach 0 closed amqp:link:transfer-limit-exceeded"});
    // Three more may have been under way; what comes after used window given behind the detach.
    CHECK(f.give(transfer(0, first_of(1))) == Lines{"flow window 4"});
    CHECK(f.give({transfer(0, first_of(2)), transfer(0, first_of(3))}) == Lines{"flow window 4"});
    CHECK(f.give(transfer(0, first_of(4))) == Lines{"end amqp:session:errant-link"});
}

TEST_CASE("the peer's handle-max limits our links") {
    Fixture f{server_options()};
    f.give({header(0), open(), begin(0, {.handle_max = 0})});
    Link& link = own_receiver(f, "a");
    CHECK(link.session().attach({.name = "b"}) == nullptr);
    f.output();
    SUBCASE("and an attach that cannot be answered ends the session") {
        CHECK(f.give(attach(0, {.name = "x"})) == Lines{"end amqp:resource-limit-exceeded"});
    }
}

TEST_SUITE_END();

}  // namespace weft::amqp::test
