#include "common/amqp/performatives.hpp"

#include "common/amqp/hot_reader.hpp"
#include "common/amqp/terminus.hpp"
#include "common/wire/delivery_state.hpp"
#include "common/wire/reader.hpp"
#include "tests/unit/amqp/frames.hpp"

#include <doctest/doctest.h>

#include <initializer_list>

namespace weft::amqp::test {
namespace {

/// The fields of a performative as it is encoded: what a decoder is given.
template <class Value>
Buffer fields_of(const Value& value) {
    Buffer body;
    wire::Writer out{body};
    encode(out, value);
    return {body.begin() + 3, body.end()};
}

const Buffer kMap{0xc1, 5, 2, 0xa3, 1, 'k', 0x41};
const Buffer kSymbols{0xa3, 1, 's'};

std::string text_of(Bytes bytes) {
    return std::string(as_text(bytes));
}

}  // namespace

TEST_SUITE_BEGIN("performatives");

TEST_CASE("an open comes back as it was written") {
    const Buffer fields = fields_of(Open{.container_id = "c",
                                         .hostname = "h",
                                         .max_frame_size = 600,
                                         .channel_max = 7,
                                         .idle_timeout_ms = 8,
                                         .offered_capabilities = kSymbols,
                                         .desired_capabilities = kSymbols,
                                         .properties = kMap});
    const Open open = decode_open(fields).value();
    CHECK(open.container_id == "c");
    CHECK(open.hostname == "h");
    CHECK(open.max_frame_size == 600);
    CHECK(open.channel_max == 7);
    CHECK(open.idle_timeout_ms == 8);
    CHECK(text_of(open.offered_capabilities) == text_of(kSymbols));
    CHECK(text_of(open.desired_capabilities) == text_of(kSymbols));
    CHECK(text_of(open.properties) == text_of(kMap));
}

TEST_CASE("fields left out have the spec's defaults") {
    const Buffer only_id{0xc0, 3, 1, 0xa1, 0};
    const Open open = decode_open(only_id).value();
    CHECK(open.max_frame_size == 0xffffffff);
    CHECK(open.channel_max == 0xffff);
    CHECK(open.idle_timeout_ms == 0);
    CHECK(open.properties.empty());
    const Buffer begin_fields{0xc0, 5, 4, 0x40, 0x43, 0x43, 0x43};
    CHECK(decode_begin(begin_fields)->handle_max == 0xffffffff);
    const Buffer attach_fields{0xc0, 5, 3, 0xa1, 0, 0x43, 0x41};
    const Attach attach = decode_attach(attach_fields).value();
    CHECK(attach.sender_settle_mode == SenderSettleMode::mixed);
    CHECK(attach.receiver_settle_mode == ReceiverSettleMode::first);
    CHECK(attach.receiver);
    CHECK_FALSE(attach.source);
}

TEST_CASE("a begin comes back as it was written") {
    const Buffer fields = fields_of(Begin{.remote_channel = 3,
                                          .next_outgoing_id = 4,
                                          .incoming_window = 5,
                                          .outgoing_window = 6,
                                          .handle_max = 7,
                                          .properties = kMap});
    const Begin begin = decode_begin(fields).value();
    CHECK(begin.remote_channel == 3);
    CHECK(begin.next_outgoing_id == 4);
    CHECK(begin.incoming_window == 5);
    CHECK(begin.outgoing_window == 6);
    CHECK(begin.handle_max == 7);
    CHECK(text_of(begin.properties) == text_of(kMap));
}

TEST_CASE("an attach comes back as it was written, termini included") {
    const Terminus source{.kind = Terminus::Kind::source,
                          .address = "from",
                          .durable = 2,
                          .expiry_policy = "never",
                          .timeout_seconds = 30,
                          .dynamic = true,
                          .dynamic_node_properties = kMap,
                          .distribution_mode = "copy",
                          .filter = kMap,
                          .default_outcome = wire::kReleased,
                          .outcomes = kSymbols,
                          .capabilities = kSymbols};
    const Terminus target{.kind = Terminus::Kind::target, .address = "", .capabilities = kSymbols};
    const Buffer fields = fields_of(Attach{.name = "n",
                                           .handle = 300,
                                           .receiver = true,
                                           .sender_settle_mode = SenderSettleMode::settled,
                                           .receiver_settle_mode = ReceiverSettleMode::second,
                                           .source = source,
                                           .target = target,
                                           .unsettled = kMap,
                                           .incomplete_unsettled = true,
                                           .initial_delivery_count = 9,
                                           .max_message_size = 1ULL << 40,
                                           .offered_capabilities = kSymbols,
                                           .desired_capabilities = kSymbols,
                                           .properties = kMap});
    const Attach attach = decode_attach(fields).value();
    CHECK(attach.name == "n");
    CHECK(attach.handle == 300);
    CHECK(attach.receiver);
    CHECK(attach.sender_settle_mode == SenderSettleMode::settled);
    CHECK(attach.receiver_settle_mode == ReceiverSettleMode::second);
    CHECK(text_of(attach.unsettled) == text_of(kMap));
    CHECK(attach.incomplete_unsettled);
    CHECK(attach.initial_delivery_count == 9);
    CHECK(attach.max_message_size == 1ULL << 40);
    CHECK(text_of(attach.properties) == text_of(kMap));
    REQUIRE(attach.source);
    CHECK(attach.source->kind == Terminus::Kind::source);
    CHECK(attach.source->address == "from");
    CHECK(attach.source->durable == 2);
    CHECK(attach.source->expiry_policy == "never");
    CHECK(attach.source->timeout_seconds == 30);
    CHECK(attach.source->dynamic);
    CHECK(text_of(attach.source->dynamic_node_properties) == text_of(kMap));
    CHECK(attach.source->distribution_mode == "copy");
    CHECK(text_of(attach.source->filter) == text_of(kMap));
    CHECK(text_of(attach.source->default_outcome) == text_of(wire::kReleased));
    CHECK(text_of(attach.source->outcomes) == text_of(kSymbols));
    CHECK(text_of(attach.source->capabilities) == text_of(kSymbols));
    REQUIRE(attach.target);
    CHECK(attach.target->kind == Terminus::Kind::target);
    CHECK(attach.target->address == "");
    CHECK(text_of(attach.target->capabilities) == text_of(kSymbols));
}

TEST_CASE("a coordinator is a target of its own kind") {
    const Buffer fields = fields_of(
        Attach{.name = "txn",
               .target = Terminus{.kind = Terminus::Kind::coordinator, .capabilities = kSymbols}});
    const Attach attach = decode_attach(fields).value();
    REQUIRE(attach.target);
    CHECK(attach.target->kind == Terminus::Kind::coordinator);
    CHECK_FALSE(attach.target->address);
    CHECK(text_of(attach.target->capabilities) == text_of(kSymbols));
}

TEST_CASE("a detach and a close carry an error") {
    const ErrorView error{"x:bad", "why", kMap};
    const Buffer fields = fields_of(Detach{.handle = 3, .closed = true, .error = error});
    const Detach detach = decode_detach(fields).value();
    CHECK(detach.handle == 3);
    CHECK(detach.closed);
    REQUIRE(detach.error);
    CHECK(detach.error->condition == "x:bad");
    CHECK(detach.error->description == "why");
    CHECK(text_of(detach.error->info) == text_of(kMap));

    const Buffer frame = close(error);
    const Ending ending = decode_ending(Bytes{frame}.subspan(11)).value();
    REQUIRE(ending.error);
    CHECK(ending.error->condition == "x:bad");
    CHECK_FALSE(decode_ending(Bytes{end(0)}.subspan(11))->error);
}

TEST_CASE("what is malformed or missing is named") {
    const auto condition = [](const auto& result) { return result.error().condition; };
    const Buffer empty_list{0x45};
    const Buffer no_list{0xa1, 0};
    const Buffer cut{0xc0, 200, 1, 0xa1};
    CHECK(condition(decode_open(empty_list)) == "amqp:invalid-field");
    CHECK(decode_open(empty_list).error().text == "open without container-id");
    CHECK(condition(decode_attach(empty_list)) == "amqp:invalid-field");
    CHECK(condition(decode_flow(empty_list)) == "amqp:invalid-field");
    CHECK(condition(decode_disposition(empty_list)) == "amqp:invalid-field");
    CHECK(condition(decode_detach(empty_list)) == "amqp:invalid-field");
    std::size_t consumed = 0;
    CHECK(condition(decode_transfer(empty_list, consumed)) == "amqp:invalid-field");
    for (const Buffer& bad : {no_list, cut, Buffer{}}) {
        CHECK(condition(decode_open(bad)) == "amqp:decode-error");
        CHECK(condition(decode_begin(bad)) == "amqp:decode-error");
        CHECK(condition(decode_attach(bad)) == "amqp:decode-error");
        CHECK(condition(decode_flow(bad)) == "amqp:decode-error");
        CHECK(condition(decode_transfer(bad, consumed)) == "amqp:decode-error");
        CHECK(condition(decode_disposition(bad)) == "amqp:decode-error");
        CHECK(condition(decode_detach(bad)) == "amqp:decode-error");
        CHECK(condition(decode_ending(bad)) == "amqp:decode-error");
    }
    SUBCASE("a settle mode that does not exist") {
        const Buffer bad{0xc0, 8, 4, 0xa1, 1, 'n', 0x43, 0x41, 0x50, 3};
        CHECK(condition(decode_attach(bad)) == "amqp:decode-error");
    }
    SUBCASE("a terminus that is none") {
        const Buffer bad{0xc0, 9, 6, 0xa1, 1, 'n', 0x43, 0x41, 0x40, 0x40, 0x41};
        CHECK(condition(decode_attach(bad)) == "amqp:decode-error");
    }
    SUBCASE("a terminus of an unknown type is none of these") {
        const Buffer odd{0xc0, 12, 6, 0xa1, 1, 'n', 0x43, 0x41, 0x40, 0x40, 0, 0x53, 0x99, 0x41};
        REQUIRE(decode_attach(odd));
        CHECK(decode_attach(odd)->source->kind == Terminus::Kind::other);
    }
    SUBCASE("an error that is none") {
        const Buffer bad{0xc0, 5, 1, 0, 0x53, 0x24, 0x45};
        CHECK(condition(decode_ending(bad)) == "amqp:decode-error");
    }
}

TEST_CASE("the quick readers agree with the general ones") {
    const Buffer state = wire::rejected("x:bad", "");
    std::vector<Transfer> transfers{{}, first_of(3), first_of(0x1000)};
    transfers[1].message_format = 7;
    transfers[1].settled = true;
    transfers[1].more = true;
    transfers[2].state = state;
    transfers[2].resume = transfers[2].aborted = transfers[2].batchable = true;
    transfers[2].handle = 70000;
    for (const Transfer& given : transfers) {
        const Buffer frame = transfer(0, given, "payload");
        Transfer quick;
        std::size_t quick_size = 0;
        REQUIRE(read_hot(Bytes{frame}.subspan(11), quick, quick_size));
        std::size_t size = 0;
        const Transfer slow = decode_transfer(Bytes{frame}.subspan(11), size).value();
        CHECK(quick_size == size);
        CHECK(quick.handle == slow.handle);
        CHECK(quick.delivery_id == slow.delivery_id);
        CHECK(quick.delivery_tag.has_value() == slow.delivery_tag.has_value());
        CHECK(quick.message_format == slow.message_format);
        CHECK(quick.settled == slow.settled);
        CHECK(quick.more == slow.more);
        CHECK(text_of(quick.state) == text_of(slow.state));
        CHECK(quick.resume == slow.resume);
        CHECK(quick.aborted == slow.aborted);
        CHECK(quick.batchable == slow.batchable);
    }
    const Buffer flow_frame = flow(0, {.next_incoming_id = 1,
                                       .incoming_window = 300,
                                       .next_outgoing_id = 0,
                                       .outgoing_window = 70000,
                                       .handle = 3,
                                       .delivery_count = 0xffffffff,
                                       .link_credit = 5,
                                       .available = 6,
                                       .drain = true,
                                       .echo = true});
    Flow flow_quick;
    REQUIRE(read_hot(Bytes{flow_frame}.subspan(11), flow_quick));
    const Flow flow_slow = decode_flow(Bytes{flow_frame}.subspan(11)).value();
    CHECK(flow_quick.next_incoming_id == flow_slow.next_incoming_id);
    CHECK(flow_quick.incoming_window == flow_slow.incoming_window);
    CHECK(flow_quick.next_outgoing_id == flow_slow.next_outgoing_id);
    CHECK(flow_quick.outgoing_window == flow_slow.outgoing_window);
    CHECK(flow_quick.handle == flow_slow.handle);
    CHECK(flow_quick.delivery_count == flow_slow.delivery_count);
    CHECK(flow_quick.link_credit == flow_slow.link_credit);
    CHECK(flow_quick.available == flow_slow.available);
    CHECK(flow_quick.drain == flow_slow.drain);
    CHECK(flow_quick.echo == flow_slow.echo);

    const Buffer d = disposition(
        0, {.receiver = true, .first = 4, .last = 900, .settled = true, .state = wire::kAccepted});
    Disposition disposition_quick;
    REQUIRE(read_hot(Bytes{d}.subspan(11), disposition_quick));
    CHECK(disposition_quick.receiver);
    CHECK(disposition_quick.first == 4);
    CHECK(disposition_quick.last == 900);
    CHECK(disposition_quick.settled);
    CHECK(text_of(disposition_quick.state) == text_of(wire::kAccepted));
}

TEST_CASE("a rejected state carries its error") {
    const Buffer state = wire::rejected("x:bad", "why");
    wire::Reader outer{state};
    std::uint64_t descriptor = 0;
    wire::Reader in = outer.described_list(descriptor);
    const auto error = decode_error(in.raw());
    REQUIRE(error);
    CHECK(error->condition == "x:bad");
    CHECK(error->description == "why");
}

TEST_SUITE_END();

}  // namespace weft::amqp::test
