#include "common/wire/big_endian.hpp"
#include "common/wire/delivery_state.hpp"
#include "tests/unit/amqp/frames.hpp"
#include "tests/unit/amqp/recorder.hpp"

#include <doctest/doctest.h>

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

TEST_CASE("an answer that does not fit the peer's frames loses what is optional or is refused") {
    Fixture f{server_options()};
    f.give({header(0), open({.container_id = "p", .max_frame_size = 512}), begin(0)});
    const auto answer = [&](std::size_t name, std::size_t peers_address, std::size_t address) {
        const std::string own(address, 'a');
        const std::string peers(peers_address, 'p');
        const std::string text(name, 'n');
        f.engine.receive(
            attach(0, {.name = text,
                       .source = Terminus{.kind = Terminus::Kind::source, .address = peers},
                       .target = Terminus{.kind = Terminus::Kind::target, .address = own}}),
            f.now);
        Bytes out = f.engine.output().pending();
        while (!out.empty()) {
            const std::size_t size = wire::load_u32(out.data());
            CHECK(size <= 512);
            out = out.subspan(size);
        }
        const Lines lines = f.output();
        f.give(detach(0, {.closed = true}));
        return lines.back().starts_with("attach") ? "attach" : lines.back();
    };
    CHECK(answer(1, 100, 100) == "attach");
    CHECK(answer(1, 400, 100) == "attach");
    CHECK(answer(1, 100, 400) == "attach");
    CHECK(answer(1, 1, 480) == "detach 0 closed amqp:frame-size-too-small");
    CHECK(answer(300, 1, 300) == "detach 0 closed amqp:frame-size-too-small");
    CHECK(answer(460, 1, 1) == "detach 0 closed amqp:frame-size-too-small");
    CHECK(answer(470, 1, 1) == "end amqp:frame-size-too-small");
}

TEST_CASE("we ask for no link whose attach the peer can't take") {
    Fixture f{server_options()};
    f.give({header(0), open({.container_id = "p", .max_frame_size = 512}), begin(0)});
    const std::string name(500, 'n');
    Session& session = *f.handler.sessions.front();
    CHECK(session.attach({.name = name}) == nullptr);
    CHECK(f.output().empty());
    CHECK(session.attach({.name = "short"}) != nullptr);
}

TEST_CASE("few links and many are told apart by name and role") {
    for (const std::uint32_t count : {1U, 8U, 9U, 40U}) {
        CAPTURE(count);
        Fixture f{server_options()};
        f.begin_session();
        for (std::uint32_t i = 0; i < count; ++i) {
            const std::string name = "n" + std::to_string(i / 2);
            f.give(attach(0, {.name = name, .handle = i, .receiver = i % 2 == 1}));
        }
        f.handler.take();
        f.give(attach(0, {.name = "n0", .handle = count}));
        CHECK(f.handler.take() == Lines{"detach n0 closed amqp:link:stolen", "attach n0"});
        for (std::uint32_t i = 1; i < count; ++i) {
            f.give(detach(0, {.handle = i, .closed = true}));
        }
        f.handler.take();
        f.give(attach(0, {.name = "n0", .handle = count + 1, .receiver = true}));
        CHECK(f.handler.take() == Lines{"attach n0"});
    }
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

TEST_CASE("names and addresses are as long as frames allow, but not all of them together") {
    Options options = server_options();
    options.max_frame_size = 1 << 16;
    Fixture f{options};
    f.begin_session();
    const std::string name(31'000, 'n');
    const std::string address(31'000, 'a');
    const auto ask = [&](std::uint32_t handle) {
        const std::string own = name + std::to_string(handle);
        const Lines lines = f.give(
            attach(0, {.name = own,
                       .handle = handle,
                       .target = Terminus{.kind = Terminus::Kind::target, .address = address}}));
        CHECK(lines.front().starts_with("attach"));
        return lines.size() == 1 ? std::string{} : lines.back().substr(lines.back().rfind(' '));
    };
    std::uint32_t taken = 0;
    while (ask(taken).empty()) {
        ++taken;
    }
    CHECK(taken == kLinkTextsMax / (name.size() + address.size()));
    CHECK(ask(taken + 1) == " amqp:resource-limit-exceeded");
    SUBCASE("links that go make room") {
        f.give(detach(0, {.handle = 0, .closed = true}));
        CHECK(ask(0).empty());
        CHECK(ask(taken + 2) == " amqp:resource-limit-exceeded");
    }
    SUBCASE("so does a session that ends") {
        f.give({end(0), begin(0)});
        CHECK(ask(0).empty());
    }
    CHECK_FALSE(f.engine.finished());
}

TEST_CASE(
    "default outcomes, which are kept as long as their links, count with names and addresses") {
    Options options = server_options();
    options.max_frame_size = 1 << 16;
    Fixture f{options};
    f.begin_session();
    const Buffer outcome = wire::rejected("condition", std::string(60'000, 'x'));
    const auto is_taken = [&](std::uint32_t handle) {
        const Lines lines = f.give(attach(0, {.name = "a",
                                              .handle = handle,
                                              .receiver = true,
                                              .source = Terminus{.default_outcome = outcome}}));
        const bool taken = lines.size() == 1;
        f.give(detach(0, {.handle = handle, .closed = true}));
        return taken;
    };
    CHECK(is_taken(0));
    std::uint32_t kept = 0;
    const auto keep = [&] {
        const std::string name = "k" + std::to_string(kept);
        return f.give(attach(0, {.name = name,
                                 .handle = kept,
                                 .receiver = true,
                                 .source = Terminus{.default_outcome = outcome}}))
                   .size() == 1;
    };
    while (keep()) {
        ++kept;
    }
    CHECK(kept <= kLinkTextsMax / outcome.size());
    CHECK(kept >= kLinkTextsMax / outcome.size() - 1);
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

TEST_CASE("the links of a connection are limited") {
    Options options = server_options();
    options.links_max = 2;
    Fixture f{options};
    f.begin_session();
    f.give({begin(1), attach(0, {.name = "a"}), attach(1, {.name = "b"})});
    CHECK(f.handler.sessions.front()->attach({.name = "c"}) == nullptr);
    SUBCASE("one more ends its session") {
        CHECK(f.give(attach(1, {.name = "c", .handle = 1})) ==
              Lines{"end amqp:resource-limit-exceeded"});
    }
    SUBCASE("one that went makes room") {
        CHECK(f.give({detach(1, {}), attach(0, {.name = "c", .handle = 1})}) ==
              Lines{"detach 0", "attach 1 receiver c"});
    }
    SUBCASE("a session that went makes room") {
        CHECK(f.give({end(1), attach(0, {.name = "c", .handle = 1})}) ==
              Lines{"end", "attach 1 receiver c"});
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

TEST_CASE("handles far apart are found, at the cost of those in use") {
    Fixture f{server_options()};
    f.begin_session();
    f.give({attach(0, {.name = "a", .handle = 65535}), attach(0, {.name = "b", .handle = 30000}),
            attach(0, {.name = "c", .handle = 0})});
    f.handler.take();
    f.give(detach(0, {.handle = 30000}));
    f.give(detach(0, {.handle = 65535}));
    f.give(detach(0, {.handle = 0}));
    CHECK(f.handler.take() == Lines{"detach b", "detach a", "detach c"});
}

TEST_SUITE_END();

}  // namespace weft::amqp::test
