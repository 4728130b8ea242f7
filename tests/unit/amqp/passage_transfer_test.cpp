#include "common/amqp/passage.hpp"
#include "common/wire/delivery_state.hpp"
#include "tests/unit/amqp/passing.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <string>

namespace weft::amqp::test {

TEST_SUITE_BEGIN("passage: flows and transfers");

TEST_CASE("flows are told with all they say, and answered by nobody") {
    Passing f;
    f.outgoing();
    CHECK(f.give({flow(0, {.next_incoming_id = 0,
                           .incoming_window = 4,
                           .handle = 0,
                           .delivery_count = 40,
                           .link_credit = 3,
                           .available = 8,
                           .drain = true,
                           .echo = true})})
              .empty());
    CHECK(f.handler.take() == Lines{"flow passed 3 drain echo at 40 of 8"});
}

TEST_CASE("a receiver's flow goes out once, as the last one said it") {
    Passing f;
    Link& link = f.incoming();
    CHECK(f.output().empty());  // no credit of our own
    CHECK(Passage{link}.flow({.delivery_count = 9, .link_credit = 10, .echo = true}));
    CHECK(Passage{link}.flow({.delivery_count = 9, .link_credit = 20, .available = 4}));
    f.engine.flush();
    const Flow sent = decode_flow(f.engine.output().pending().subspan(11)).value();
    CHECK(sent.delivery_count == 9);
    CHECK(sent.link_credit == 20);
    CHECK(sent.available == 4);
    CHECK(sent.echo);
    CHECK_FALSE(sent.drain);
    CHECK(f.output().size() == 1);
}

TEST_CASE("a flow with properties keeps them") {
    Passing f;
    Link& link = f.incoming();
    const Buffer map{0xc1, 0x01, 0x00};
    CHECK(Passage{link}.flow({.link_credit = 20, .properties = map}));
    f.engine.flush();
    const Flow sent = decode_flow(f.engine.output().pending().subspan(11)).value();
    CHECK(sent.link_credit == 20);
    CHECK_FALSE(sent.delivery_count);
    CHECK(sent.properties.size() == 3);
    CHECK(sent.incoming_window > 0);
}

TEST_CASE("transfers come with what stands in them, whatever the credit") {
    Passing f;
    f.incoming();
    Transfer transfer = first_of(0);
    transfer.receiver_settle_mode = 1;
    transfer.more = true;
    transfer.state = wire::kAccepted;
    f.give({test::transfer(0, transfer, "ab"),
            test::transfer(0, {.settled = true, .batchable = true}, "c")});
    CHECK(f.handler.take() == Lines{"passed 0 first more 'ab'", "passed 0 'c'"});
    CHECK(f.handler.last.settled == true);
    CHECK(f.handler.last.batchable);
    CHECK_FALSE(f.handler.last.message_format);
    CHECK(f.session().unsettled() == 0);
}

TEST_CASE("a delivery and what becomes of it pass under our own ids") {
    Passing f;
    f.incoming();
    f.give({transfer(0, first_of(0), "a"), transfer(0, first_of(1), "b")});
    CHECK(f.session().unsettled() == 2);
    f.handler.take();
    // The sender settles one, and says something of the other.
    f.give({disposition(0, {.first = 0, .last = 0, .settled = true}),
            disposition(0, {.first = 1, .last = 1, .state = wire::kAccepted})});
    CHECK(f.handler.take() == Lines{"update 0 settled context 70", "update 1 36 context 71"});
    Link& link = *f.handler.links.back();
    link.update(1, wire::kAccepted, true);
    CHECK(f.output() == Lines{"disposition receiver 1..1 settled accepted"});
    CHECK(f.session().unsettled() == 0);
}

TEST_CASE("transfers go out with all fields, without credit, and cut to the peer's frames") {
    Passing f;
    Link& link = f.outgoing();
    Transfer given = first_of(0);
    given.message_format = 3;
    CHECK(passed(f, link, given, "abc") == Lines{"transfer 0 id 0 format 3 'abc'"});
    CHECK(f.session().unsettled() == 1);
    CHECK(link.delivery_count() == 41);

    given = {.delivery_tag = as_bytes("tag"),
             .more = true,
             .receiver_settle_mode = 1,
             .state = wire::kAccepted,
             .resume = true,
             .batchable = true};
    Bytes payload = as_bytes("x");
    CHECK(Passage{link}.transfer(given, payload, 6));
    f.engine.flush();
    std::size_t consumed = 0;
    const Transfer sent =
        decode_transfer(f.engine.output().pending().subspan(11), consumed).value();
    CHECK(sent.delivery_id == 1);
    CHECK(as_text(*sent.delivery_tag) == "tag");
    CHECK_FALSE(sent.settled);
    CHECK_FALSE(sent.message_format);
    CHECK(sent.more);
    CHECK(sent.receiver_settle_mode == 1);
    CHECK(sent.state.size() == Bytes{wire::kAccepted}.size());
    CHECK(sent.resume);
    CHECK(sent.batchable);
    f.output();
    CHECK(passed(f, link, {.aborted = true}, "") == Lines{"transfer 0 aborted ''"});
    CHECK(f.session().unsettled() == 1);
}

TEST_CASE("what is said in a transaction goes before the transfers that follow it") {
    Passing f;
    Link& in = f.incoming();
    f.give(
        {transfer(0, first_of(0), "a"), attach(0, {.name = "out", .handle = 1, .receiver = true})});
    Link& out = *f.handler.links.back();
    CHECK(out.accept({.initial_delivery_count = 0}));
    f.output();
    const Buffer state{0x00, 0x53, 0x34, 0xc0, 0x0b, 0x02, 0xa0, 0x04,
                       't',  'x',  'i',  'd',  0x00, 0x53, 0x24, 0x45};
    CHECK(Passage{in}.update({.id = 0, .settled = true, .state = state}));
    const Lines lines = passed(f, out, first_of(0), "c");
    REQUIRE(lines.size() == 2);
    CHECK(lines[0].starts_with("disposition receiver 0..0 settled"));
    CHECK(lines[1].starts_with("transfer 1"));
}

TEST_CASE("what finds no window waits with whoever gave it") {
    Passing f;
    Link& link = f.outgoing();
    for (int i = 0; i < 4; ++i) {
        passed(f, link, first_of(0), "a");
    }
    Transfer left = first_of(0);
    Bytes payload = as_bytes("b");
    CHECK_FALSE(Passage{link}.transfer(left, payload, 7));
    CHECK(payload.size() == 1);
    CHECK(left.delivery_id);
    CHECK(f.output().empty());
    f.give({flow(0, {.next_incoming_id = 4, .incoming_window = 4})});
    CHECK(f.handler.take() == Lines{"writable"});
    CHECK(passed(f, link, left, "b") == Lines{"transfer 0 id 4 'b'"});
}

TEST_CASE("a large message goes on in pieces where it stopped") {
    Passing f{512};
    Link& link = f.outgoing();
    const std::string message(2500, 'm');
    Transfer left = first_of(0);
    left.settled = true;
    Bytes payload = as_bytes(message);
    CHECK_FALSE(Passage{link}.transfer(left, payload, 7));
    CHECK(payload.size() > 2500 - 4 * 512);
    CHECK_FALSE(left.delivery_id);
    CHECK(link.in_delivery());
    f.output();
    f.give({flow(0, {.next_incoming_id = 4, .incoming_window = 5})});
    CHECK(Passage{link}.transfer(left, payload, 7));
    CHECK_FALSE(link.in_delivery());
}

TEST_SUITE_END();

}  // namespace weft::amqp::test
