#include "common/wire/delivery_state.hpp"
#include "tests/unit/amqp/frames.hpp"
#include "tests/unit/amqp/recorder.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace weft::amqp::test {

TEST_SUITE_BEGIN("engine sending");

TEST_CASE("a message goes out in one frame and takes one credit") {
    Fixture f{server_options()};
    f.begin_session();
    Link& link = f.outgoing_link(2);
    const Sent sent = link.send({.message_format = 3}, as_bytes("abc"), false);
    CHECK(sent.taken == 3);
    CHECK(sent.started);
    CHECK(sent.complete);
    CHECK(sent.id == 0);
    CHECK(link.credit() == 1);
    CHECK(f.output() == Lines{"transfer 0 id 0 format 3 'abc'"});
    link.send({.settled = true, .batchable = true}, as_bytes("d"), false);
    CHECK(f.output() == Lines{"transfer 0 id 1 settled batchable 'd'"});
    CHECK(link.unsettled() == 1);

    const Sent refused = link.send({}, as_bytes("e"), false);
    CHECK_FALSE(refused.started);
    CHECK(refused.taken == 0);
    CHECK(f.output().empty());
}

TEST_CASE("a tag of the handler's, or one made of the delivery id") {
    Fixture f{server_options()};
    f.begin_session();
    Link& link = f.outgoing_link(5);
    const std::string longest(kDeliveryTagMax, 't');
    const std::string too_long(kDeliveryTagMax + 1, 't');
    const auto tag_of = [&](Bytes tag) {
        link.send({.tag = tag}, {}, false);
        const Bytes out = f.engine.output().pending();
        std::size_t consumed = 0;
        const Bytes sent = *decode_transfer(out.subspan(11), consumed).value().delivery_tag;
        const std::string copy{as_text(sent)};
        f.output();
        return copy;
    };
    CHECK(tag_of(as_bytes("mine")) == "mine");
    CHECK(tag_of(as_bytes(longest)) == longest);
    CHECK(tag_of({}) == std::string_view("\0\0\0\2", 4));
    CHECK(tag_of(as_bytes(too_long)) == std::string_view("\0\0\0\3", 4));
}

TEST_CASE("an empty message is a delivery of one empty frame") {
    Fixture f{server_options()};
    f.begin_session();
    Link& link = f.outgoing_link(2);
    CHECK(link.send({}, {}, false).complete);
    CHECK(f.output() == Lines{"transfer 0 id 0 ''"});
}

TEST_CASE("a message of which nothing is there yet begins with an empty frame") {
    Fixture f{server_options()};
    f.begin_session();
    Link& link = f.outgoing_link(2);
    const Sent begun = link.send({}, {}, true);
    CHECK(begun.started);
    CHECK_FALSE(begun.complete);
    CHECK(f.output() == Lines{"transfer 0 id 0 more ''"});
    link.send({}, {}, true);
    CHECK(f.output().empty());
    CHECK(link.send({}, as_bytes("a"), false).complete);
}

TEST_CASE("a message longer than the peer's frames is cut up") {
    Fixture f{server_options()};
    f.give({header(0), open({.container_id = "p", .max_frame_size = 512}),
            begin(0, {.incoming_window = 10})});
    Link& link = f.outgoing_link(1);
    std::string message;
    for (int i = 0; i < 1200; ++i) {
        message += static_cast<char>('a' + i % 26);
    }
    const Sent sent = link.send({}, as_bytes(message), false);
    CHECK(sent.complete);
    f.engine.flush();
    Bytes out = f.engine.output().pending();
    std::string joined;
    int frames = 0;
    while (!out.empty()) {
        const std::size_t size = std::size_t{out[2]} * 256 + out[3];
        CHECK(size <= 512);
        std::size_t consumed = 0;
        const Transfer part = decode_transfer(out.subspan(11), consumed).value();
        joined += as_text(out.subspan(11 + consumed, size - 11 - consumed));
        out = out.subspan(size);
        CHECK(part.more == !out.empty());
        CHECK(part.delivery_id.has_value() == (frames == 0));
        ++frames;
    }
    CHECK(frames == 3);
    CHECK(joined == message);
}

TEST_CASE("a message is given piece by piece") {
    Fixture f{server_options()};
    f.begin_session();
    Link& link = f.outgoing_link(2);
    const Sent first = link.send({.context = 4}, as_bytes("a"), true);
    CHECK(first.started);
    CHECK_FALSE(first.complete);
    CHECK(link.in_delivery());
    CHECK(link.send({}, {}, true).started);
    link.send({}, as_bytes("b"), true);
    const Sent last = link.send({}, {}, false);
    CHECK(last.complete);
    CHECK(last.id == 0);
    CHECK(link.credit() == 1);
    CHECK(f.output() == Lines{"transfer 0 id 0 more 'a'", "transfer 0 more 'b'", "transfer 0 ''"});
}

TEST_CASE("a delivery goes on without credit once it has begun") {
    Fixture f{server_options()};
    f.begin_session();
    Link& link = f.outgoing_link(1);
    link.send({}, as_bytes("a"), true);
    CHECK(link.credit() == 0);
    CHECK(link.send({}, as_bytes("b"), false).complete);
}

TEST_CASE("the session's window stops a sender until the peer widens it") {
    Fixture f{server_options()};
    f.begin_session(2);
    Link& link = f.outgoing_link(10);
    CHECK(link.send({}, as_bytes("a"), false).complete);
    CHECK(link.send({}, as_bytes("b"), false).complete);
    CHECK_FALSE(link.send({}, as_bytes("c"), false).started);
    CHECK(link.credit() == 8);
    f.output();
    // One frame is still on its way to the peer when it widens the window.
    f.give(flow(0, {.next_incoming_id = 1, .incoming_window = 2}));
    CHECK(f.handler.take() == Lines{"writable"});
    CHECK(link.session().remote_window() == 1);
    f.give(flow(0, {.next_incoming_id = 2, .incoming_window = 2}));
    CHECK(f.handler.take().empty());
}

TEST_CASE("the output's limit stops a sender until the owner drained it") {
    Options options = server_options();
    options.output_limit = 1000;
    Fixture f{options};
    f.begin_session();
    Link& link = f.outgoing_link(10);
    const std::string message(600, 'm');
    CHECK(link.send({}, as_bytes(message), false).complete);
    CHECK(link.send({}, as_bytes(message), false).complete);
    CHECK(link.send({}, as_bytes(message), false).taken == 0);
    f.engine.output().consume(100);
    f.engine.output_drained();
    CHECK(f.handler.take().empty());
    f.engine.output().consume(f.engine.output().size() - 500);
    f.engine.output_drained();
    CHECK(f.handler.take() == Lines{"writable"});
    f.engine.output_drained();
    CHECK(f.handler.take().empty());
}

TEST_CASE("a long message leaves through a short output piece by piece") {
    Options options = server_options();
    options.output_limit = 1000;
    Fixture f{options};
    f.give({header(0), open({.container_id = "p", .max_frame_size = 512}),
            begin(0, {.incoming_window = 1000})});
    Link& link = f.outgoing_link(1);
    const std::string message(5000, 'm');
    Bytes left = as_bytes(message);
    int rounds = 0;
    while (!left.empty() && ++rounds < 100) {
        left = left.subspan(link.send({}, left, false).taken);
        CHECK(f.engine.output().size() < 1000 + 512);
        f.output();
    }
    CHECK(left.empty());
    CHECK_FALSE(link.in_delivery());
    CHECK(rounds == 6);
}

TEST_CASE("an aborted delivery is forgotten") {
    Fixture f{server_options()};
    f.begin_session();
    Link& link = f.outgoing_link(5);
    link.send({}, as_bytes("half"), true);
    link.abort();
    CHECK(link.unsettled() == 0);
    link.abort();
    CHECK(f.output() == Lines{"transfer 0 id 0 more 'half'", "transfer 0 aborted ''"});
    link.send({}, as_bytes("whole"), false);
    CHECK(f.output() == Lines{"transfer 0 id 1 'whole'"});
}

TEST_CASE("an abort without window goes out before anything else of the link") {
    Fixture f{server_options()};
    f.begin_session(1);
    Link& link = f.outgoing_link(5);
    link.send({}, as_bytes("half"), true);
    link.abort();
    CHECK_FALSE(link.send({}, as_bytes("next"), false).started);
    CHECK(f.output() == Lines{"transfer 0 id 0 more 'half'"});
    f.handler.writable = [&] { link.send({}, as_bytes("next"), false); };
    CHECK(f.give(flow(0, {.next_incoming_id = 1, .incoming_window = 5})) ==
          Lines{"transfer 0 aborted ''", "transfer 0 id 1 'next'"});
}

TEST_CASE("outgoing ids wrap around at 2^32") {
    Options options = server_options();
    options.first_id = 0xffffffff;
    Fixture f{options};
    f.begin_session(3);
    f.give({attach(0, {.name = "out", .receiver = true}),
            flow(0, {.incoming_window = 3, .handle = 0, .link_credit = 10})});
    Link& link = *f.handler.links.back();
    f.handler.take();
    for (Context i = 0; i < 3; ++i) {
        link.send({.context = i}, {}, false);
    }
    CHECK(f.output() ==
          Lines{"transfer 0 id 4294967295 ''", "transfer 0 id 0 ''", "transfer 0 id 1 ''"});
    CHECK(link.session().remote_window() == 0);
    f.give(flow(0, {.next_incoming_id = 1, .incoming_window = 3}));
    CHECK(link.session().remote_window() == 2);
    f.give(disposition(0, {.receiver = true, .first = 0xffffffff, .last = 1, .settled = true}));
    CHECK(f.handler.take() == Lines{"update 4294967295 settled context 0",
                                    "update 0 settled context 1", "update 1 settled context 2"});
}

TEST_SUITE_END();

}  // namespace weft::amqp::test
