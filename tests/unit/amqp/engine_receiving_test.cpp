#include "common/wire/delivery_state.hpp"
#include "tests/unit/amqp/frames.hpp"
#include "tests/unit/amqp/recorder.hpp"

#include <doctest/doctest.h>

namespace weft::amqp::test {
namespace {

Transfer with(Transfer transfer, void (*change)(Transfer&)) {
    change(transfer);
    return transfer;
}

Transfer more(Transfer transfer) {
    transfer.more = true;
    return transfer;
}

}  // namespace

TEST_SUITE_BEGIN("engine receiving");

TEST_CASE("a delivery in one frame") {
    Fixture f{server_options()};
    f.begin_session();
    f.incoming_link(5);
    IncomingTransfer seen;
    std::string tag;
    f.handler.transferred = [&](Link&, const IncomingTransfer& transfer, Context& context) {
        CHECK(context == 0);
        seen = transfer;
        tag = as_text(transfer.tag);
    };
    Transfer given = first_of(77);
    given.message_format = 3;
    given.batchable = true;
    f.give(transfer(0, given, "abc"));
    CHECK(f.handler.take() == Lines{"transfer 77 first 'abc'"});
    CHECK(seen.message_format == 3);
    CHECK(seen.batchable);
    CHECK(tag == "t");
    f.give(transfer(0, first_of(78), "d"));
    CHECK_FALSE(seen.batchable);
}

TEST_CASE("a delivery in many frames, its context handed from one to the next") {
    Fixture f{server_options()};
    f.begin_session();
    Link& link = f.incoming_link(5);
    std::vector<Context> contexts;
    f.handler.transferred = [&](Link&, const IncomingTransfer&, Context& context) {
        contexts.push_back(context);
        context += 5;
    };
    f.give(transfer(0, more(first_of(0)), "a"));
    CHECK(link.in_delivery());
    f.give(transfer(0, more({}), "b"));
    f.give(transfer(0, {}, "c"));
    CHECK_FALSE(link.in_delivery());
    CHECK(f.handler.take() ==
          Lines{"transfer 0 first more 'a'", "transfer 0 more 'b'", "transfer 0 'c'"});
    CHECK(contexts == std::vector<Context>{0, 5, 10});
    f.give(disposition(0, {.first = 0, .last = 0, .settled = true}));
    CHECK(f.handler.take() == Lines{"update 0 settled context 15"});
}

TEST_CASE("deliveries of two links interleave in one session") {
    Fixture f{server_options()};
    f.begin_session();
    f.incoming_link(5, "a");
    f.give(attach(0, {.name = "b", .handle = 1}));
    f.handler.links.back()->grant(5);
    f.output();
    f.handler.take();
    Transfer b = first_of(1);
    b.handle = 1;
    Transfer b_end;
    b_end.handle = 1;
    b_end.delivery_id = 1;
    f.give({transfer(0, more(first_of(0)), "a1"), transfer(0, more(b), "b1"), transfer(0, {}, "a2"),
            transfer(0, b_end, "b2")});
    CHECK(f.handler.take() == Lines{"transfer 0 first more 'a1'", "transfer 1 first more 'b1'",
                                    "transfer 0 'a2'", "transfer 1 'b2'"});
}

TEST_CASE("an aborted delivery ends without payload and counts as settled") {
    Fixture f{server_options()};
    f.begin_session();
    Link& link = f.incoming_link(5);
    f.give(transfer(0, more(first_of(0)), "a"));
    f.give(transfer(0, with({}, [](Transfer& t) { t.aborted = true; }), "junk"));
    CHECK(f.handler.take() == Lines{"transfer 0 first more 'a'", "transfer 0 settled aborted ''"});
    CHECK(link.unsettled() == 0);
    CHECK(link.credit() == 4);
    f.give(transfer(0, first_of(1), "next"));
    CHECK(f.handler.take() == Lines{"transfer 1 first 'next'"});
}

TEST_CASE("an aborted frame with more set still ends the delivery") {
    Fixture f{server_options()};
    f.begin_session();
    f.incoming_link(5);
    f.give(transfer(0, with(more(first_of(0)), [](Transfer& t) { t.aborted = true; })));
    f.give(transfer(0, first_of(1)));
    CHECK(f.handler.take() == Lines{"transfer 0 first settled aborted ''", "transfer 1 first ''"});
}

TEST_CASE("the sender may settle on a later frame only") {
    Fixture f{server_options()};
    f.begin_session();
    Link& link = f.incoming_link(5);
    f.give(transfer(0, more(first_of(0)), "a"));
    CHECK(link.unsettled() == 1);
    f.give(transfer(0, with({}, [](Transfer& t) { t.settled = true; }), "b"));
    CHECK(link.unsettled() == 0);
    CHECK(f.handler.take() == Lines{"transfer 0 first more 'a'", "transfer 0 settled 'b'"});
}

TEST_CASE("a settled delivery stays settled when later frames don't say so") {
    Fixture f{server_options()};
    f.begin_session();
    f.incoming_link(5);
    f.give(transfer(0, with(more(first_of(0)), [](Transfer& t) { t.settled = true; }), "a"));
    f.give(transfer(0, with({}, [](Transfer& t) { t.settled = false; }), "b"));
    CHECK(f.handler.take() == Lines{"transfer 0 first more settled 'a'", "transfer 0 settled 'b'"});
}

TEST_CASE("a transfer's state and an empty payload are passed on") {
    Fixture f{server_options()};
    f.begin_session();
    f.incoming_link(5);
    Buffer state;
    f.handler.transferred = [&](Link&, const IncomingTransfer& transfer, Context&) {
        state.assign(transfer.state.begin(), transfer.state.end());
    };
    f.give(transfer(0, with(first_of(0), [](Transfer& t) { t.state = wire::kAccepted; })));
    CHECK(f.handler.take() == Lines{"transfer 0 first ''"});
    CHECK(wire::outcome_of(state) == wire::Outcome::accepted);
}

TEST_CASE("a handler that settles a delivery still coming in hears no more of it") {
    Fixture f{server_options()};
    f.begin_session();
    Link& link = f.incoming_link(5);
    f.handler.transferred = [&](Link& of, const IncomingTransfer& transfer, Context& context) {
        context = 99;
        if (transfer.id == 0) {
            of.update(transfer.id, wire::kReleased, true);
        }
    };
    CHECK(f.give(transfer(0, more(first_of(0)), "a")) ==
          Lines{"disposition receiver 0..0 settled released"});
    f.give({transfer(0, more({}), "b"), transfer(0, {}, "c"), transfer(0, first_of(1), "d")});
    CHECK(f.handler.take() == Lines{"transfer 0 first more 'a'", "transfer 1 first 'd'"});
    CHECK(link.credit() == 3);
    CHECK(link.unsettled() == 1);
}

TEST_CASE("delivery ids wrap around at 2^32") {
    Fixture f{server_options()};
    f.begin_session();
    Link& link = f.incoming_link(10);
    const DeliveryId start = 0xfffffffe;
    f.handler.transferred = [&](Link&, const IncomingTransfer&, Context& context) { context = 1; };
    for (DeliveryId i = 0; i < 4; ++i) {
        f.give(transfer(0, first_of(start + i)));
    }
    CHECK(f.handler.take() == Lines{"transfer 4294967294 first ''", "transfer 4294967295 first ''",
                                    "transfer 0 first ''", "transfer 1 first ''"});
    for (DeliveryId i = 0; i < 4; ++i) {
        link.update(start + i, wire::kAccepted, false);
    }
    CHECK(f.output() == Lines{"disposition receiver 4294967294..1 accepted"});
    f.give(disposition(0, {.first = start, .last = 1, .settled = true}));
    CHECK(f.handler.take() == Lines{"update 4294967294 settled context 1",
                                    "update 4294967295 settled context 1",
                                    "update 0 settled context 1", "update 1 settled context 1"});
}

TEST_CASE("errors of transfers end the session") {
    Fixture f{server_options()};
    f.begin_session();
    f.incoming_link(5);
    std::string condition = "amqp:invalid-field";
    Buffer in;
    SUBCASE("no delivery-id in the first transfer") {
        in = transfer(0, {.delivery_tag = as_bytes("t"), .more = true});
    }
    SUBCASE("a delivery-id out of sequence") {
        in = join({transfer(0, first_of(0)), transfer(0, first_of(2))});
    }
    SUBCASE("a delivery-id again") {
        in = join({transfer(0, first_of(0)), transfer(0, first_of(0))});
    }
    SUBCASE("another delivery-id within a delivery") {
        in = join({transfer(0, more(first_of(0))), transfer(0, first_of(1))});
    }
    SUBCASE("a tag that is too long") {
        const std::string tag(33, 't');
        in = transfer(0, {.delivery_id = 0, .delivery_tag = as_bytes(tag)});
    }
    SUBCASE("a transfer on a link that we send on") {
        f.give(attach(0, {.name = "out", .handle = 1, .receiver = true}));
        in = transfer(0, {.handle = 1, .delivery_id = 0});
        condition = "amqp:not-allowed";
    }
    CHECK(f.give(in) == Lines{"end " + condition});
    CHECK(f.engine.is_open());
}

TEST_CASE("a delivery beyond the credit detaches the link") {
    Fixture f{server_options()};
    f.begin_session();
    f.incoming_link(2, "x");
    f.give({transfer(0, more(first_of(0))), transfer(0, {}), transfer(0, first_of(1))});
    f.handler.take();
    CHECK(f.give(transfer(0, first_of(2))) ==
          Lines{"detach 0 closed amqp:link:transfer-limit-exceeded"});
    CHECK(f.handler.take() == Lines{"detach x closed amqp:link:transfer-limit-exceeded"});
}

TEST_CASE("a message larger than the link takes is rejected, and detaches the link") {
    Fixture f{server_options()};
    f.begin_session();
    f.handler.attached = [&](Link& link, const Attach&) {
        CHECK(link.accept({.max_message_size = 5}));
    };
    f.incoming_link(5, "x");
    f.give({transfer(0, more(first_of(0)), "123"), transfer(0, {}, "45")});
    f.give(transfer(0, more(first_of(1)), "123"));
    CHECK(f.handler.take() ==
          Lines{"transfer 0 first more '123'", "transfer 0 '45'", "transfer 1 first more '123'"});
    CHECK(f.give(transfer(0, {}, "456")) ==
          Lines{"disposition receiver 1..1 settled rejected",
                "detach 0 closed amqp:link:message-size-exceeded"});
    CHECK(f.handler.take() == Lines{"detach x closed amqp:link:message-size-exceeded"});
}

TEST_CASE("a frame beyond the window ends the session") {
    Options options = server_options();
    options.session_window = 4;
    Fixture f{options};
    f.begin_session();
    Link& link = f.incoming_link(50);
    link.session().hold(1 << 20);
    for (DeliveryId id = 0; id < 4; ++id) {
        CHECK(f.give(transfer(0, first_of(id))).empty());
    }
    CHECK(f.give(transfer(0, first_of(4))) == Lines{"end amqp:session:window-violation"});
}

TEST_CASE("unusual encodings of a transfer mean the same") {
    Fixture f{server_options()};
    f.begin_session();
    f.incoming_link(5);
    // ulong descriptor, list32, wide integers and booleans, vbin32, a receiver-settle-mode.
    const Buffer body{0x00, 0x80, 0, 0, 0,    0,    0,    0, 0,    0x14, 0xd0, 0, 0,   0,   27,
                      0,    0,    0, 7, 0x70, 0,    0,    0, 0,    0x70, 0,    0, 0,   9,   0xb0,
                      0,    0,    0, 1, 't',  0x43, 0x56, 1, 0x56, 0,    0x50, 1, 'm', 's', 'g'};
    f.give(raw_frame(0, 0, body));
    CHECK(f.handler.take() == Lines{"transfer 9 first settled 'msg'"});
}

TEST_CASE("a delivery that is resumed is not known here, and ignored") {
    Fixture f{server_options()};
    f.begin_session();
    Link& link = f.incoming_link(3);
    Transfer resumed = first_of(0);
    resumed.resume = true;
    SUBCASE("in one frame") {
        f.give(transfer(0, resumed, "old"));
    }
    SUBCASE("in several") {
        resumed.more = true;
        f.give({transfer(0, resumed, "o"), transfer(0, {}, "ld")});
    }
    SUBCASE("and aborted") {
        resumed.more = true;
        Transfer abort;
        abort.aborted = true;
        f.give({transfer(0, resumed, "o"), transfer(0, abort)});
    }
    CHECK(f.handler.take().empty());
    CHECK(link.unsettled() == 0);
    CHECK(link.credit() == 3);  // it cost nothing
    f.give(transfer(0, first_of(1), "new"));
    CHECK(f.handler.take() == Lines{"transfer 1 first 'new'"});
    CHECK(link.credit() == 2);
}

TEST_CASE("credit does not run out with deliveries that are ignored") {
    Fixture f{server_options()};
    f.begin_session();
    f.incoming_link(4);
    for (DeliveryId id = 0; id < 100; ++id) {
        Transfer resumed = first_of(id);
        resumed.resume = true;
        f.give(transfer(0, resumed, "old"));
    }
    CHECK(f.handler.take().empty());
    CHECK(f.engine.is_open());
    f.give(transfer(0, first_of(100), "new"));
    CHECK(f.handler.take() == Lines{"transfer 100 first 'new'"});
}

TEST_SUITE_END();

}  // namespace weft::amqp::test
