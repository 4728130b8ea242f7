#include "common/amqp/performatives.hpp"
#include "common/amqp/terminus.hpp"

namespace weft::amqp {
namespace {

void ushort_or_null(wire::Writer& out, const std::optional<std::uint16_t>& value) {
    if (value) {
        out.ushort(*value);
    } else {
        out.null();
    }
}

}  // namespace

void encode(wire::Writer& out, const Open& open) {
    const auto list = begin_list(out, Performative::open);
    out.string(open.container_id);
    if (open.hostname.empty()) {
        out.null();
    } else {
        out.string(open.hostname);
    }
    out.uint(open.max_frame_size);
    out.ushort(open.channel_max);
    out.uint(open.idle_timeout_ms == 0 ? std::nullopt : std::optional(open.idle_timeout_ms));
    out.raw(open.outgoing_locales);
    out.raw(open.incoming_locales);
    out.raw(open.offered_capabilities);
    out.raw(open.desired_capabilities);
    out.raw(open.properties);
    out.end(list);
}

void encode(wire::Writer& out, const Begin& begin_of) {
    const auto list = begin_list(out, Performative::begin);
    ushort_or_null(out, begin_of.remote_channel);
    out.uint(begin_of.next_outgoing_id);
    out.uint(begin_of.incoming_window);
    out.uint(begin_of.outgoing_window);
    out.uint(begin_of.handle_max);
    out.raw(begin_of.offered_capabilities);
    out.raw(begin_of.desired_capabilities);
    out.raw(begin_of.properties);
    out.end(list);
}

void encode(wire::Writer& out, const Attach& attach) {
    const auto list = begin_list(out, Performative::attach);
    out.string(attach.name);
    out.uint(attach.handle);
    out.boolean(attach.receiver);
    out.ubyte(static_cast<std::uint8_t>(attach.sender_settle_mode));
    out.ubyte(static_cast<std::uint8_t>(attach.receiver_settle_mode));
    encode(out, attach.source);
    encode(out, attach.target);
    out.raw(attach.unsettled);
    out.boolean(attach.incomplete_unsettled);
    out.uint(attach.initial_delivery_count);
    out.ulong(attach.max_message_size == 0 ? std::nullopt : std::optional(attach.max_message_size));
    out.raw(attach.offered_capabilities);
    out.raw(attach.desired_capabilities);
    out.raw(attach.properties);
    out.end(list);
}

void encode(wire::Writer& out, const Flow& flow) {
    const auto list = begin_list(out, Performative::flow);
    out.uint(flow.next_incoming_id);
    out.uint(flow.incoming_window);
    out.uint(flow.next_outgoing_id);
    out.uint(flow.outgoing_window);
    if (flow.handle) {
        out.uint(flow.handle);
        out.uint(flow.delivery_count);
        out.uint(flow.link_credit);
        out.uint(flow.available);
        out.boolean(flow.drain);
    } else if (flow.echo || !flow.properties.empty()) {
        for (int field = 0; field < 5; ++field) {
            out.null();
        }
    }
    if (flow.echo || !flow.properties.empty()) {
        out.boolean(flow.echo);
        out.raw(flow.properties);
    }
    out.end(list);
}

void encode(wire::Writer& out, const Transfer& transfer) {
    const auto list = begin_list(out, Performative::transfer);
    out.uint(transfer.handle);
    out.uint(transfer.delivery_id);
    if (transfer.delivery_tag) {
        out.binary(*transfer.delivery_tag);
    } else {
        out.null();
    }
    out.uint(transfer.message_format);
    out.boolean(transfer.settled);
    out.boolean(transfer.more);
    if (transfer.receiver_settle_mode) {
        out.ubyte(*transfer.receiver_settle_mode);
    } else {
        out.null();
    }
    out.raw(transfer.state);
    out.boolean(transfer.resume);
    out.boolean(transfer.aborted);
    out.boolean(transfer.batchable);
    out.end(list);
}

void encode(wire::Writer& out, const Detach& detach) {
    const auto list = begin_list(out, Performative::detach);
    out.uint(detach.handle);
    out.boolean(detach.closed);
    if (detach.error) {
        encode(out, detach.error);
    }
    out.end(list);
}

void encode_ending(wire::Writer& out, Performative which, const std::optional<ErrorView>& error) {
    const auto list = begin_list(out, which);
    if (error) {
        encode(out, error);
    }
    out.end(list);
}

}  // namespace weft::amqp
