#include "common/wire/delivery_state.hpp"
#include "tests/unit/amqp/frames.hpp"
#include "tests/unit/amqp/recorder.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace weft::amqp::test {

TEST_SUITE_BEGIN("engine sending: prefixes");

/// The sizes of the frames that wait in the output.
std::vector<std::size_t> frame_sizes(Engine& engine) {
    std::vector<std::size_t> sizes;
    for (Bytes out = engine.output().pending(); !out.empty();) {
        sizes.push_back(std::size_t{out[2]} * 256 + out[3]);
        out = out.subspan(sizes.back());
    }
    return sizes;
}

TEST_CASE("a prefix and the payload behind it share a frame") {
    Fixture f{server_options()};
    f.begin_session();
    Link& link = f.outgoing_link(5);
    const std::string prefix(150, 'p');
    const std::string message(100, 'm');
    const Sent sent = link.send({.prefix = as_bytes(prefix)}, as_bytes(message), false);
    CHECK(sent.taken == 100);
    CHECK(sent.started);
    CHECK(sent.complete);
    CHECK(sent.id == 0);
    CHECK(f.output() == Lines{"transfer 0 id 0 '" + prefix + message + "'"});
    CHECK(link.send({.prefix = as_bytes("p")}, {}, false).complete);
    CHECK(f.output() == Lines{"transfer 0 id 1 'p'"});
    CHECK(link.credit() == 3);
}

TEST_CASE("a prefix starts its delivery before there is a payload, and is written once") {
    Fixture f{server_options()};
    f.begin_session();
    Link& link = f.outgoing_link(1);
    const OutgoingDelivery head{.batchable = true, .prefix = as_bytes("p")};
    const Sent first = link.send(head, {}, true);
    CHECK(first.taken == 0);
    CHECK(first.started);
    CHECK_FALSE(first.complete);
    CHECK(link.send(head, {}, true).started);
    CHECK(link.send(head, as_bytes("a"), true).taken == 1);
    CHECK(link.send(head, as_bytes("b"), false).complete);
    CHECK(f.output() ==
          Lines{"transfer 0 id 0 more batchable 'p'", "transfer 0 more 'a'", "transfer 0 'b'"});
}

TEST_CASE("a state starts its delivery in a frame of its own") {
    Fixture f{server_options()};
    f.begin_session();
    Link& link = f.outgoing_link(4);
    const Bytes state = wire::kReleased;
    const OutgoingDelivery head{
        .message_format = 7, .settled = true, .tag = as_bytes("t"), .state = state};
    const Sent sent = link.send(head, as_bytes("m"), false);
    CHECK(sent.complete);
    CHECK(sent.taken == 1);
    std::size_t size = 0;
    const auto first = decode_transfer(f.engine.output().pending().subspan(11), size);
    REQUIRE(first);
    CHECK(first->delivery_id == 0);
    CHECK(as_text(first->delivery_tag.value_or(Bytes{})) == "t");
    CHECK(first->message_format == 7);
    CHECK(first->settled == true);
    CHECK(first->more);
    CHECK(as_text(first->state) == as_text(state));
    CHECK(f.output().back() == "transfer 0 'm'");
    CHECK(link.send({.state = state, .prefix = as_bytes("p")}, as_bytes("m"), false).complete);
    CHECK(f.output().back() == "transfer 0 'pm'");
    CHECK(link.send({.state = state}, {}, false).complete);
    CHECK(f.output().back() == "transfer 0 ''");
    CHECK(link.credit() == 1);
}

TEST_CASE("a state that the peer's frames do not hold is left out") {
    Fixture f{server_options()};
    f.give({header(0), open({.container_id = "p", .max_frame_size = 512}),
            begin(0, {.incoming_window = 3})});
    Link& link = f.outgoing_link(5);
    const Buffer state = wire::rejected("amqp:internal-error", std::string(600, 'x'));
    CHECK(link.send({.state = state}, as_bytes("m"), false).complete);
    CHECK(f.output() == Lines{"transfer 0 id 0 'm'"});
    // One frame for the state and two for the prefix: the window has two left.
    const std::string prefix(600, 'p');
    const OutgoingDelivery head{.state = wire::kReleased, .prefix = as_bytes(prefix)};
    const Sent sent = link.send(head, {}, false);
    CHECK(sent.started);
    CHECK_FALSE(sent.complete);
    CHECK(f.output().size() == 2);
    f.give(flow(0, {.next_incoming_id = 3, .incoming_window = 1}));
    CHECK(link.send({}, {}, false).complete);
    CHECK(f.output().size() == 1);
}

TEST_CASE("without credit a prefix does not start a delivery") {
    Fixture f{server_options()};
    f.begin_session();
    Link& link = f.outgoing_link(0);
    const Sent sent = link.send({.prefix = as_bytes("p")}, as_bytes("m"), false);
    CHECK_FALSE(sent.started);
    CHECK(sent.taken == 0);
    CHECK(f.output().empty());
    CHECK(f.handler.take().empty());
}

TEST_CASE("a prefix longer than the peer's frames goes on in the next one, the payload behind it") {
    Fixture f{server_options()};
    f.give({header(0), open({.container_id = "p", .max_frame_size = 512}),
            begin(0, {.incoming_window = 10})});
    Link& link = f.outgoing_link(1);
    const std::string prefix(700, 'p');
    const std::string message(500, 'm');
    const OutgoingDelivery head{.prefix = as_bytes(prefix)};
    const Sent first = link.send(head, as_bytes(message), true);
    CHECK(first.taken == 500);
    CHECK_FALSE(first.complete);
    CHECK(frame_sizes(f.engine).size() == 3);
    CHECK(frame_sizes(f.engine)[0] == 512);
    CHECK(frame_sizes(f.engine)[1] == 512);
    CHECK(link.send(head, as_bytes("end"), false).complete);
    std::string joined;
    for (const std::string& line : f.output()) {
        const std::size_t quote = line.find('\'');
        CHECK((line.find("more") < quote) == (line.find("end'") == std::string::npos));
        joined += line.substr(quote + 1, line.size() - quote - 2);
    }
    CHECK(joined == prefix + message + "end");
}

TEST_CASE(
    "a prefix that exactly fills a frame ends the delivery, or leaves the next to the payload") {
    const auto lines_of = [](std::size_t size, std::string_view message) {
        Fixture f{server_options()};
        f.give({header(0), open({.container_id = "p", .max_frame_size = 512}),
                begin(0, {.incoming_window = 10})});
        Link& link = f.outgoing_link(1);
        const std::string prefix(size, 'p');
        const Sent sent = link.send({.prefix = as_bytes(prefix)}, as_bytes(message), false);
        CHECK(sent.taken == message.size());
        CHECK(sent.complete);
        return f.output();
    };
    // 14 of head, 1 of handle, 5 of id, 6 of tag, 1 of format, 2 of settled and more.
    constexpr std::size_t kRoom = 512 - 29;
    const std::string full(kRoom, 'p');
    CHECK(lines_of(kRoom, "") == Lines{"transfer 0 id 0 '" + full + "'"});
    CHECK(lines_of(kRoom, "m") == Lines{"transfer 0 id 0 more '" + full + "'", "transfer 0 'm'"});
    CHECK(lines_of(kRoom + 1, "m") ==
          Lines{"transfer 0 id 0 more '" + full + "'", "transfer 0 'pm'"});
}

TEST_CASE("a prefix larger than the session's window goes in pieces, the payload behind it") {
    Fixture f{server_options()};
    f.give({header(0), open({.container_id = "p", .max_frame_size = 512}),
            begin(0, {.incoming_window = 1})});
    Link& link = f.outgoing_link(5);
    f.handler.take();
    const std::string prefix(1300, 'p');
    const OutgoingDelivery head{.context = 7, .prefix = as_bytes(prefix)};
    std::string joined;
    const auto take_output = [&] {
        const Lines lines = f.output();
        for (const std::string& line : lines) {
            const std::size_t quote = line.find('\'');
            joined += line.substr(quote + 1, line.size() - quote - 2);
        }
        return lines.size();
    };
    const Sent begun = link.send(head, as_bytes("m"), false);
    CHECK(begun.started);
    CHECK(begun.taken == 0);
    CHECK(link.credit() == 4);
    CHECK(take_output() == 1);
    CHECK_FALSE(link.send(head, as_bytes("m"), false).complete);  // no room yet
    CHECK(f.output().empty());
    f.give(flow(0, {.next_incoming_id = 1, .incoming_window = 1}));
    CHECK(f.handler.take() == Lines{"writable"});
    SUBCASE("and goes on") {
        const Sent second = link.send(head, as_bytes("m"), false);
        CHECK(second.started);
        CHECK(second.id == begun.id);
        CHECK(second.taken == 0);
        CHECK(take_output() == 1);
        f.give(flow(0, {.next_incoming_id = 2, .incoming_window = 3}));
        const Sent last = link.send(head, as_bytes("m"), false);
        CHECK(last.complete);
        CHECK(last.taken == 1);
        CHECK(take_output() == 1);
        CHECK(joined == prefix + "m");
    }
    SUBCASE("and nothing of it is left after an abort") {
        link.abort();
        f.output();
        f.give(flow(0, {.next_incoming_id = 2, .incoming_window = 3}));
        CHECK(link.send({}, as_bytes("m"), false).complete);
        CHECK(f.output() == Lines{"transfer 0 id 1 'm'"});
    }
}

TEST_CASE("the output's limit holds a prefix back but does not cut it") {
    Options options = server_options();
    options.output_limit = 1000;
    Fixture f{options};
    f.begin_session();
    Link& link = f.outgoing_link(10);
    const std::string prefix(2000, 'p');
    const OutgoingDelivery head{.prefix = as_bytes(prefix)};
    CHECK(link.send(head, as_bytes("m"), false).complete);
    CHECK_FALSE(link.send(head, as_bytes("m"), false).started);
    f.output();
    CHECK(f.handler.take() == Lines{"writable"});
    CHECK(link.send(head, as_bytes("m"), false).complete);
}

TEST_CASE("an abort that waits for window keeps a prefix waiting too") {
    Fixture f{server_options()};
    f.begin_session(1);
    Link& link = f.outgoing_link(5);
    const OutgoingDelivery head{.prefix = as_bytes("p")};
    link.send(head, as_bytes("half"), true);
    link.abort();
    CHECK_FALSE(link.send(head, as_bytes("next"), false).started);
    CHECK(f.output() == Lines{"transfer 0 id 0 more 'phalf'"});
    f.handler.writable = [&] { link.send(head, as_bytes("next"), false); };
    CHECK(f.give(flow(0, {.next_incoming_id = 1, .incoming_window = 5})) ==
          Lines{"transfer 0 aborted ''", "transfer 0 id 1 'pnext'"});
}

TEST_SUITE_END();

}  // namespace weft::amqp::test
