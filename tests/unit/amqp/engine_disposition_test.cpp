#include "common/wire/delivery_state.hpp"
#include "common/wire/value.hpp"
#include "tests/unit/amqp/frames.hpp"
#include "tests/unit/amqp/recorder.hpp"

#include <doctest/doctest.h>

namespace weft::amqp::test {
namespace {

/// A session with an incoming link on which `count` deliveries came.
struct Received : Fixture {
    explicit Received(DeliveryId count) : Fixture{server_options()} {
        begin_session();
        link = &incoming_link(1000);
        handler.transferred = [](Link&, const IncomingTransfer& transfer, Context& context) {
            context = 100 + transfer.id;
        };
        for (DeliveryId id = 0; id < count; ++id) {
            give(transfer(0, first_of(id)));
        }
        handler.take();
    }
    void accept(DeliveryId id) { link->update(id, wire::kAccepted, true); }

    Link* link = nullptr;
};

}  // namespace

TEST_SUITE_BEGIN("engine disposition");

TEST_CASE("updates of neighbours go out as one range") {
    Received f{10};
    SUBCASE("ascending") {
        for (DeliveryId id = 0; id < 5; ++id) {
            f.accept(id);
        }
        CHECK(f.output() == Lines{"disposition receiver 0..4 settled accepted"});
    }
    SUBCASE("descending") {
        for (DeliveryId id = 5; id-- > 0;) {
            f.accept(id);
        }
        CHECK(f.output() == Lines{"disposition receiver 0..4 settled accepted"});
    }
    SUBCASE("until there is a gap") {
        f.accept(0);
        f.accept(2);
        CHECK(f.output() == Lines{"disposition receiver 0..0 settled accepted",
                                  "disposition receiver 2..2 settled accepted"});
    }
    SUBCASE("until the state changes") {
        f.accept(0);
        f.link->update(1, wire::kReleased, true);
        f.link->update(2, wire::kReleased, false);
        f.link->update(3, {}, false);
        CHECK(f.output() == Lines{"disposition receiver 0..0 settled accepted",
                                  "disposition receiver 1..1 settled released",
                                  "disposition receiver 2..2 released",
                                  "disposition receiver 3..3"});
    }
}

TEST_CASE("states that are long are passed on whole") {
    Received f{3};
    const std::string description(400, 'd');
    const Buffer state = wire::rejected("x:bad", description);
    f.accept(0);
    f.link->update(1, state, true);
    f.accept(2);
    f.engine.flush();
    const Bytes out = f.engine.output().pending();
    CHECK(as_text(out).find(description) != std::string_view::npos);
    CHECK(f.output() == Lines{"disposition receiver 0..0 settled accepted",
                              "disposition receiver 1..1 settled rejected",
                              "disposition receiver 2..2 settled accepted"});
}

TEST_CASE("a state that the peer's frames cannot carry loses its fields") {
    Fixture f{server_options()};
    f.give({header(0), open({.container_id = "p", .max_frame_size = 512}),
            begin(0, {.incoming_window = 10})});
    Link& link = f.incoming_link(5);
    f.give(transfer(0, first_of(0)));
    const std::string description(1000, 'd');
    link.update(0, wire::rejected("x:bad", description), true);
    f.engine.flush();
    CHECK(f.engine.output().size() < 64);
    CHECK(f.output() == Lines{"disposition receiver 0..0 settled rejected"});
}

TEST_CASE("an update of what is settled or unknown does nothing") {
    Received f{2};
    f.accept(0);
    f.accept(0);
    f.accept(7);
    CHECK(f.output() == Lines{"disposition receiver 0..0 settled accepted"});
    SUBCASE("or of another link's delivery") {
        f.give(attach(0, {.name = "other", .handle = 1}));
        f.handler.links.back()->update(1, wire::kAccepted, true);
        CHECK(f.output().empty());
    }
}

TEST_CASE("the peer's updates carry state and context, and settle") {
    Fixture f{server_options()};
    f.begin_session();
    Link& link = f.outgoing_link(10);
    for (Context i = 0; i < 4; ++i) {
        link.send({.context = 50 + i}, {}, false);
    }
    f.output();
    f.give(disposition(0, {.receiver = true, .first = 1, .last = 2, .state = wire::kAccepted}));
    CHECK(f.handler.take() == Lines{"update 1 36 context 51", "update 2 36 context 52"});
    CHECK(link.unsettled() == 4);
    f.give(disposition(
        0, {.receiver = true, .first = 0, .last = 1, .settled = true, .state = wire::kReleased}));
    CHECK(f.handler.take() ==
          Lines{"update 0 settled 38 context 50", "update 1 settled 38 context 51"});
    CHECK(link.unsettled() == 2);
    f.give(disposition(0, {.receiver = true, .first = 0, .last = 3, .settled = true}));
    CHECK(f.handler.take() == Lines{"update 2 settled context 52", "update 3 settled context 53"});
}

TEST_CASE("roles do not mix") {
    Received f{1};
    f.give(disposition(0, {.receiver = true, .first = 0, .last = 0, .settled = true}));
    CHECK(f.handler.take().empty());
    f.give(disposition(0, {.receiver = false, .first = 0, .last = 0, .settled = true}));
    CHECK(f.handler.take() == Lines{"update 0 settled context 100"});
}

TEST_CASE("receiver settle mode second: the sender settles after our state") {
    Received f{2};
    f.link->update(0, wire::kAccepted, false);
    f.link->update(1, wire::kAccepted, false);
    CHECK(f.output() == Lines{"disposition receiver 0..1 accepted"});
    f.give(disposition(0, {.first = 0, .last = 1, .settled = true, .state = wire::kAccepted}));
    CHECK(f.handler.take() ==
          Lines{"update 0 settled 36 context 100", "update 1 settled 36 context 101"});
}

TEST_CASE("the sender settles a delivery that is still coming in") {
    Received f{0};
    Transfer more = first_of(0);
    more.more = true;
    f.give({transfer(0, more, "a"), disposition(0, {.first = 0, .last = 0, .settled = true})});
    CHECK(f.link->unsettled() == 0);
    f.give(transfer(0, {}, "b"));
    CHECK(f.handler.take() == Lines{"transfer 0 first more 'a'", "update 0 settled context 100",
                                    "transfer 0 settled 'b'"});
}

TEST_CASE("we send with receiver settle mode second: state first, then we settle") {
    Fixture f{server_options()};
    f.begin_session();
    Link& link = f.outgoing_link(10);
    link.send({.context = 5}, {}, false);
    f.output();
    f.handler.updated = [&](Link& of, const DeliveryUpdate& update, Context) {
        if (!update.settled) {
            of.update(update.id, update.state, true);
        }
    };
    CHECK(f.give(disposition(
              0, {.receiver = true, .first = 0, .last = 0, .state = wire::kAccepted})) ==
          Lines{"disposition sender 0..0 settled accepted"});
    CHECK(link.unsettled() == 0);
}

TEST_CASE("a wide range costs what is there") {
    Received f{3};
    f.give(disposition(0, {.first = 0x90000000, .last = 0x90000000 + 0x7fffffff, .settled = true}));
    CHECK(f.handler.take() == Lines{"update 0 settled context 100", "update 1 settled context 101",
                                    "update 2 settled context 102"});
}

TEST_CASE("a disposition of what lies half the numbers away touches nothing") {
    Received f{3};
    for (const DeliveryId id : {0x80000001U, 0x80000000U, 0x7fffffffU, 0xffffffffU, 3U}) {
        f.give(disposition(0, {.first = id, .last = id, .settled = true}));
        CHECK(f.handler.take().empty());
    }
    CHECK(f.link->unsettled() == 3);
}

TEST_CASE("dispositions that settle nothing, again and again in one read, end the session") {
    Received f{600};
    Buffer many;
    const Buffer again = disposition(0, {.first = 0, .last = 599, .state = wire::kAccepted});
    for (std::size_t updates = 0; updates <= kUpdatesMax; updates += 600) {
        append(many, again);
    }
    Lines lines = f.give(many);
    while (f.engine.has_work()) {
        CHECK(lines.empty());
        lines = f.give(Buffer{});
    }
    CHECK(lines == Lines{"end amqp:resource-limit-exceeded"});
    CHECK(f.handler.take().size() >= kUpdatesMax);
}

TEST_CASE("a large state for many deliveries at once ends the session") {
    Received f{600};
    Buffer state;
    wire::encode(state, wire::Binary{Buffer(9'000, 'x')});
    CHECK(f.give(disposition(0, {.first = 0, .last = 599, .state = state})) ==
          Lines{"end amqp:resource-limit-exceeded"});
}

TEST_CASE("a range that ends before it starts ends the session") {
    Received f{3};
    CHECK(f.give(disposition(0, {.first = 2, .last = 1, .settled = true})) ==
          Lines{"end amqp:invalid-field"});
}

TEST_CASE("a handler may detach the link and settle others within a range") {
    Fixture f{server_options()};
    f.begin_session();
    Link& link = f.outgoing_link(1000);
    for (Context i = 0; i < 600; ++i) {
        link.send({.context = i}, {}, false);
    }
    f.output();
    int updates = 0;
    SUBCASE("detach") {
        f.handler.updated = [&](Link& of, const DeliveryUpdate&, Context) {
            ++updates;
            of.detach(true, std::nullopt);
        };
        f.give(disposition(0, {.receiver = true, .first = 0, .last = 599, .settled = true}));
        CHECK(updates == 1);
    }
    SUBCASE("settle the next and send more") {
        f.handler.updated = [&](Link& of, const DeliveryUpdate& update, Context) {
            ++updates;
            of.update(update.id + 1, {}, true);
            of.send({}, {}, false);
        };
        f.give(disposition(0, {.receiver = true, .first = 0, .last = 5000, .settled = true}));
        CHECK(updates == 300);
        CHECK(link.unsettled() == 300);
    }
}

constexpr DeliveryId kSentCount = kInputStepsMax / 2 * 5;

/// A link on which so many deliveries went out.
struct ManySent : Fixture {
    ManySent() : Fixture{server_options()} {
        begin_session();
        link = &outgoing_link(10 * kInputStepsMax);
        give(flow(0, {.next_incoming_id = 0, .incoming_window = 10 * kInputStepsMax}));
        send(kSentCount);
        handler.updated = [this](Link&, const DeliveryUpdate&, Context) { ++updates; };
    }
    void send(DeliveryId count) {
        for (DeliveryId i = 0; i < count; ++i) {
            REQUIRE(link->send({}, {}, false).complete);
            if (i % 1000 == 999) {
                output();
            }
        }
    }
    Link* link = nullptr;
    std::size_t updates = 0;
};

TEST_CASE_FIXTURE(ManySent,
                  "a disposition over many deliveries takes turns, and means no later ones") {
    Buffer in = disposition(
        0, {.receiver = true, .first = 0, .last = 10 * kInputStepsMax, .settled = true});
    append(in, end(0));
    give(in);
    CHECK(updates == kInputStepsMax);
    CHECK(engine.has_work());
    send(10);
    give(Buffer{});
    CHECK(updates == 2 * kInputStepsMax);
    CHECK(engine.has_work());
    std::size_t left = 0;
    handler.detached = [&](Link& gone) { left = gone.unsettled(); };
    give(Buffer{});
    CHECK(updates == kSentCount);
    CHECK(left == 10);
    CHECK_FALSE(engine.has_work());
}

TEST_CASE_FIXTURE(ManySent, "what comes behind a disposition that takes turns waits for its own") {
    Buffer in =
        disposition(0, {.receiver = true, .first = 0, .last = kSentCount - 1, .settled = true});
    append(in, detach(0, {.handle = 0}));
    give(in);
    handler.take();
    SUBCASE("and comes after it") {
        give(Buffer{});
        CHECK(handler.take().size() == kInputStepsMax);
        give(Buffer{});
        CHECK(updates == kSentCount);
        CHECK(handler.take().back().starts_with("detach"));
    }
    SUBCASE("unless the session ends meanwhile") {
        handler.sessions.front()->end(std::nullopt);
        give(Buffer{});
        CHECK(updates == kInputStepsMax);
        CHECK_FALSE(engine.has_work());
    }
    SUBCASE("unless the transport is lost meanwhile") {
        engine.abandon(nullptr);
        CHECK(updates == kInputStepsMax);
        CHECK_FALSE(engine.has_work());
    }
}

TEST_CASE("dispositions over wide gaps, again and again, take turns as well") {
    Fixture f{server_options()};
    f.begin_session(4000);
    Link& link = f.outgoing_link(4000);
    for (DeliveryId id = 0; id < 4000; ++id) {
        REQUIRE(link.send({}, {}, false).complete);
        if (id % 1000 == 999) {
            f.output();
        }
    }
    f.give(disposition(0, {.receiver = true, .first = 1, .last = 3998, .settled = true}));
    Buffer many;
    for (int i = 0; i < 400; ++i) {
        append(many, disposition(0, {.receiver = true, .first = 0, .last = 3999}));
    }
    f.handler.take();
    f.give(many);
    CHECK(f.engine.has_work());
    const std::size_t first = f.handler.take().size();
    CHECK(first < 400);
    while (f.engine.has_work()) {
        f.give(Buffer{});
    }
    CHECK(first + f.handler.take().size() == 800);
}

TEST_CASE_FIXTURE(ManySent, "work that the handler reports takes turns as well") {
    int flows = 0;
    handler.credited = [&](Link&) {
        ++flows;
        engine.spend(kInputStepsMax / 2);
    };
    Buffer in;
    for (std::uint32_t credit = 20 * kInputStepsMax; credit < 20 * kInputStepsMax + 5; ++credit) {
        append(in, flow(0, {.next_incoming_id = 0,
                            .incoming_window = 10 * kInputStepsMax,
                            .handle = 0,
                            .delivery_count = 0,
                            .link_credit = credit}));
    }
    give(in);
    CHECK(flows == 2);
    give(Buffer{});
    CHECK(flows == 4);
    give(Buffer{});
    CHECK(flows == 5);
}

TEST_SUITE_END();

}  // namespace weft::amqp::test
