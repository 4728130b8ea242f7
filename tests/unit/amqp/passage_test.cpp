#include "common/amqp/passage.hpp"

#include "common/wire/delivery_state.hpp"
#include "tests/unit/amqp/passing.hpp"

#include <doctest/doctest.h>

#include <optional>

namespace weft::amqp::test {

TEST_SUITE_BEGIN("passage");

TEST_CASE("what the peer said before it was let through is told") {
    Passing f;
    f.give({attach(0, {.name = "out", .receiver = true})});
    CHECK_FALSE(f.handler.told);
    f.handler.attached = [](Link&, const Attach&) {};
    f.give(
        {attach(0, {.name = "two", .handle = 1, .receiver = true}), flow(0, {.next_incoming_id = 0,
                                                                             .incoming_window = 4,
                                                                             .handle = 1,
                                                                             .link_credit = 7,
                                                                             .drain = true,
                                                                             .echo = true})});
    const auto told = Passage{*f.handler.links.back()}.begin();
    REQUIRE(told);
    CHECK(told->link_credit == 7);
    CHECK(told->drain);
    CHECK(told->echo);
    CHECK_FALSE(told->delivery_count);
    // The echo is not answered by us.
    CHECK(f.handler.links.back()->accept({}));
    CHECK(f.output() == Lines{"attach 1 sender two no-source no-target"});
}

TEST_CASE("of a link that was attached what comes next passes, and what was before goes on") {
    Passing f;
    f.handler.attached = [](Link&, const Attach&) {};
    f.give({attach(0, {.name = "out", .receiver = true}),
            attach(0, {.name = "in", .handle = 1, .initial_delivery_count = 9})});
    Link& out = *f.handler.links.front();
    Link& in = *f.handler.links.back();
    REQUIRE(out.accept({}));
    REQUIRE(in.accept({}));
    in.grant(5);
    f.give({flow(0, {.next_incoming_id = 0, .incoming_window = 9, .handle = 0, .link_credit = 3})});
    REQUIRE(out.send({.context = 7, .tag = as_bytes("t")}, as_bytes("a"), false).complete);
    f.give({transfer(0, {.handle = 1, .delivery_id = 20, .delivery_tag = as_bytes("t")}, "b")});
    f.handler.take();
    in.grant(100);  // a flow is due, which nobody wrote

    const auto told = Passage{out}.begin();
    REQUIRE(told);
    CHECK(told->link_credit == 2);
    CHECK_FALSE(told->delivery_count);
    CHECK(out.delivery_count() == 1);
    CHECK(Passage{out}.next_delivery() == 1);
    CHECK_FALSE(Passage{in}.begin());
    CHECK(in.delivery_count() == 10);
    CHECK(Passage{in}.next_delivery() == 21);
    CHECK(f.output().empty());

    // What comes and goes now passes.
    CHECK(passed(f, out, first_of(0), "c") == Lines{"transfer 0 id 1 'c'"});
    f.give({transfer(0, {.handle = 1, .delivery_id = 21, .delivery_tag = as_bytes("t")}, "d")});
    CHECK(f.handler.take() == Lines{"passed 21 first 'd'"});
    // Of what was before the context is the one of then.
    f.give({disposition(0, {.receiver = true, .first = 0, .last = 1, .settled = true})});
    CHECK(f.handler.take() == Lines{"update 0 settled context 7", "update 1 settled context 5"});
    in.update(20, wire::kAccepted, true);
    CHECK(f.output() == Lines{"disposition receiver 20..20 settled accepted"});
    CHECK(f.session().unsettled() == 1);
}

TEST_CASE("an attach goes out with each field as it was given, at once or later") {
    Passing f;
    f.give({attach(0, {.name = "out", .receiver = true})});
    CHECK(f.output().empty());
    Link& link = *f.handler.links.back();
    Buffer map;
    wire::Writer{map}.raw(Buffer{0xc1, 0x01, 0x00});
    CHECK(link.accept({.unsettled = map,
                       .incomplete_unsettled = true,
                       .initial_delivery_count = 40,
                       .max_message_size = 77,
                       .properties = map}));
    f.engine.flush();
    const Bytes out = f.engine.output().pending();
    const Attach sent = decode_attach(out.subspan(11)).value();
    CHECK(sent.initial_delivery_count == 40);
    CHECK(sent.max_message_size == 77);
    CHECK(sent.incomplete_unsettled);
    CHECK(sent.unsettled.size() == 3);
    CHECK(sent.properties.size() == 3);
}

TEST_CASE("the peer's detach is answered by the handler alone") {
    Passing f;
    Link& link = f.outgoing();
    passed(f, link, first_of(0), "a");
    CHECK(f.give({detach(0, {.handle = 0, .closed = true})}).empty());
    CHECK(f.handler.take() == Lines{"detach out closed"});
    CHECK(f.session().unsettled() == 0);
    link.detach(true, ErrorView{"x:y", "z", {}});
    CHECK(f.output() == Lines{"detach 0 closed x:y"});
    // Its name and handle are free.
    f.give({attach(0, {.name = "out", .receiver = true})});
    CHECK(f.handler.take() == Lines{"attach out"});
}

TEST_CASE("the answer to our detach is told") {
    Passing f;
    Link& link = f.incoming();
    link.detach(false, std::nullopt);
    CHECK(f.output() == Lines{"detach 0"});
    f.give({transfer(0, first_of(0), "under way")});
    CHECK(f.handler.take().empty());
    CHECK(f.give({detach(0, {.handle = 0, .error = ErrorView{"a:b", "", {}}})}).empty());
    CHECK(f.handler.take() == Lines{"detach in a:b"});
}

TEST_CASE("a link of ours passes from its attach on") {
    Passing f;
    Link* const link =
        f.session().attach({.name = "mine", .receiver = true, .source = Terminus{}}, true);
    REQUIRE(link != nullptr);
    CHECK(f.output() == Lines{"attach 0 receiver mine no-target"});
    CHECK(Passage{*link}.flow({.link_credit = 5}));
    CHECK(f.output() == Lines{"flow 0 credit 5"});
    f.give(
        {attach(0, {.name = "mine", .initial_delivery_count = 3}), transfer(0, first_of(0), "a")});
    CHECK(f.handler.take() == Lines{"attach mine", "passed 0 first 'a'"});
}

TEST_CASE("who has detached may use the handle and the name again before he is answered") {
    Passing f;
    Link& link = f.outgoing();
    f.give({detach(0, {.handle = 0})});
    f.handler.take();
    f.give({attach(0, {.name = "out", .receiver = true})});
    CHECK(f.handler.take() == Lines{"attach out"});
    Link& again = *f.handler.links.back();
    CHECK(&again != &link);
    CHECK(again.accept({}));
    CHECK(f.output() == Lines{"attach 1 sender out no-source no-target"});
    // Now the first one is answered. The handle is the second's, also after that.
    link.detach(false, std::nullopt);
    CHECK(f.output() == Lines{"detach 0"});
    f.give({flow(0, {.next_incoming_id = 0, .incoming_window = 4, .handle = 0, .link_credit = 3})});
    CHECK(f.handler.take() == Lines{"flow passed 3 at none of 0"});
    f.give({detach(0, {.handle = 0, .closed = true})});
    CHECK(f.handler.take() == Lines{"detach out closed"});
    again.detach(true, std::nullopt);
    CHECK(f.output() == Lines{"detach 1 closed"});
}

TEST_CASE("a link whose detach the peer has not answered leaves its name to another") {
    Passing f;
    const Attach wish{.name = "mine", .receiver = true, .source = Terminus{}};
    Link* const link = f.session().attach(wish, true);
    REQUIRE(link != nullptr);
    f.give({attach(0, {.name = "mine"})});
    CHECK(f.session().attach(wish, true) == nullptr);
    link->detach(false, std::nullopt);
    f.output();
    f.handler.take();
    CHECK(f.session().attach(wish, true) != nullptr);
    CHECK(f.output() == Lines{"attach 1 receiver mine no-target"});
    f.give({detach(0, {.handle = 0}), attach(0, {.name = "mine"})});
    CHECK(f.handler.take() == Lines{"detach mine", "attach mine"});
    f.give({transfer(0, first_of(0), "a")});
    CHECK(f.handler.take() == Lines{"passed 0 first 'a'"});
}

TEST_CASE("what the peer's frames do not hold is left out of later frames and of flows") {
    Passing f{512};
    const Buffer much(1000, 0x40);
    Buffer state{0xa0, 198};  // a binary
    state.resize(200);
    Link& link = f.outgoing();
    Transfer given = first_of(0);
    given.more = true;
    passed(f, link, given, "a");
    given = {.delivery_tag = Bytes{much}, .more = true, .state = state};
    Bytes payload{};
    CHECK(Passage{link}.transfer(given, payload, 7));
    f.engine.flush();
    CHECK(f.engine.output().pending().size() <= 512);
    CHECK(f.engine.output().pending().size() > state.size());
    f.output();
    CHECK(Passage{link}.flow({.delivery_count = 41, .available = 6, .properties = much}));
    f.engine.flush();
    CHECK(f.engine.output().pending().size() <= 512);
    const Flow sent = decode_flow(f.engine.output().pending().subspan(11)).value();
    CHECK(sent.available == 6);
    CHECK(sent.properties.empty());
}

TEST_CASE("with its session a link is gone, whatever its life") {
    Passing f;
    f.outgoing();
    f.give({attach(0, {.name = "b", .handle = 1}), detach(0, {.handle = 0})});
    f.handler.take();
    f.give({end(0)});
    CHECK(f.handler.take() == Lines{"detach out", "detach b", "end"});
}

TEST_SUITE_END();

}  // namespace weft::amqp::test
