#include "tests/unit/amqp/frames.hpp"

#include "common/wire/big_endian.hpp"
#include "common/wire/delivery_state.hpp"
#include "common/wire/reader.hpp"

namespace weft::amqp::test {
namespace {

template <class Value>
Buffer encoded(std::uint16_t channel, const Value& value) {
    Buffer body;
    wire::Writer out{body};
    encode(out, value);
    return raw_frame(0, channel, body);
}

Buffer ending(Performative which, std::uint16_t channel, const std::optional<ErrorView>& error) {
    Buffer body;
    wire::Writer out{body};
    encode_ending(out, which, error);
    return raw_frame(0, channel, body);
}

std::string number(std::uint64_t value) {
    return std::to_string(value);
}

std::string text(const std::optional<ErrorView>& error) {
    return error ? " " + std::string(error->condition) : "";
}

std::string text(Bytes state) {
    if (state.empty()) {
        return "";
    }
    switch (wire::outcome_of(state)) {
        case wire::Outcome::none:
            return " unknown-state";
        case wire::Outcome::received:
            return " received";
        case wire::Outcome::accepted:
            return " accepted";
        case wire::Outcome::rejected:
            return " rejected";
        case wire::Outcome::released:
            return " released";
        case wire::Outcome::modified:
            return " modified";
        case wire::Outcome::declared:
            return " declared";
        case wire::Outcome::transactional:
            return " transactional";
    }
    return "";
}

std::string attach_line(const Attach& attach) {
    std::string line = "attach " + number(attach.handle) +
                       (attach.receiver ? " receiver " : " sender ") + std::string(attach.name);
    if (!attach.source) {
        line += " no-source";
    }
    if (!attach.target) {
        line += " no-target";
    }
    return line;
}

std::string flow_line(const Flow& flow) {
    if (!flow.handle) {
        return "flow window " + number(flow.incoming_window);
    }
    return "flow " + number(*flow.handle) + " credit " + number(flow.link_credit.value_or(0)) +
           (flow.delivery_count ? " after " + number(*flow.delivery_count) : "") +
           (flow.drain ? " drain" : "") + (flow.echo ? " echo" : "");
}

std::string transfer_line(Bytes fields) {
    std::size_t consumed = 0;
    const Transfer t = decode_transfer(fields, consumed).value();
    return "transfer " + number(t.handle) + (t.delivery_id ? " id " + number(*t.delivery_id) : "") +
           (t.message_format.value_or(0) != 0 ? " format " + number(*t.message_format) : "") +
           (t.settled.value_or(false) ? " settled" : "") + (t.more ? " more" : "") +
           (t.batchable ? " batchable" : "") + (t.aborted ? " aborted" : "") + " '" +
           std::string(as_text(fields.subspan(consumed))) + "'";
}

std::string disposition_line(const Disposition& d) {
    return std::string("disposition ") + (d.receiver ? "receiver " : "sender ") + number(d.first) +
           ".." + number(d.last) + (d.settled ? " settled" : "") + text(d.state);
}

std::string amqp_line(std::uint16_t channel, Bytes body) {
    if (body.empty()) {
        return "empty";
    }
    const Bytes fields = body.subspan(3);
    switch (static_cast<Performative>(body[2])) {
        case Performative::open:
            return "open " + std::string(decode_open(fields)->container_id);
        case Performative::begin: {
            const Begin b = decode_begin(fields).value();
            return "begin " + number(channel) +
                   (b.remote_channel ? " remote " + number(*b.remote_channel) : "");
        }
        case Performative::attach:
            return attach_line(decode_attach(fields).value());
        case Performative::flow:
            return flow_line(decode_flow(fields).value());
        case Performative::transfer:
            return transfer_line(fields);
        case Performative::disposition:
            return disposition_line(decode_disposition(fields).value());
        case Performative::detach: {
            const Detach d = decode_detach(fields).value();
            return "detach " + number(d.handle) + (d.closed ? " closed" : "") + text(d.error);
        }
        case Performative::end:
            return "end" + text(decode_ending(fields)->error);
        case Performative::close:
            return "close" + text(decode_ending(fields)->error);
        default:
            return "unknown " + number(body[2]);
    }
}

}  // namespace

Buffer header(std::uint8_t protocol_id) {
    return {'A', 'M', 'Q', 'P', protocol_id, 1, 0, 0};
}

Buffer raw_frame(std::uint8_t type, std::uint16_t channel, Bytes body) {
    Buffer frame(8);
    wire::store_u32(frame.data(), static_cast<std::uint32_t>(8 + body.size()));
    frame[4] = 2;
    frame[5] = type;
    wire::store_u16(&frame[6], channel);
    append(frame, body);
    return frame;
}

Buffer open(const Open& open) {
    return encoded(0, open);
}
Buffer begin(std::uint16_t channel, const Begin& begin) {
    return encoded(channel, begin);
}

Buffer attach(std::uint16_t channel, Attach attach) {
    if (!attach.source) {
        attach.source = Terminus{.kind = Terminus::Kind::source, .address = "q"};
    }
    if (!attach.target) {
        attach.target = Terminus{.kind = Terminus::Kind::target, .address = "q"};
    }
    if (!attach.receiver && !attach.initial_delivery_count) {
        attach.initial_delivery_count = 0;
    }
    return encoded(channel, attach);
}

Buffer flow(std::uint16_t channel, const Flow& flow) {
    return encoded(channel, flow);
}

Buffer transfer(std::uint16_t channel, const Transfer& transfer, std::string_view payload) {
    Buffer body;
    wire::Writer out{body};
    const auto list = out.begin_described_list(0x14);
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
    append(body, as_bytes(payload));
    return raw_frame(0, channel, body);
}

Buffer disposition(std::uint16_t channel, const Disposition& disposition) {
    Buffer body;
    wire::Writer out{body};
    const auto list = out.begin_described_list(0x15);
    out.boolean(disposition.receiver);
    out.uint(disposition.first);
    out.uint(disposition.last);
    out.boolean(disposition.settled);
    out.raw(disposition.state);
    out.end(list);
    return raw_frame(0, channel, body);
}

Buffer detach(std::uint16_t channel, const Detach& detach) {
    return encoded(channel, detach);
}

Buffer end(std::uint16_t channel, const std::optional<ErrorView>& error) {
    return ending(Performative::end, channel, error);
}

Buffer close(const std::optional<ErrorView>& error) {
    return ending(Performative::close, 0, error);
}

Buffer sasl(Performative which, const std::function<void(wire::Writer&)>& fields) {
    Buffer body;
    wire::Writer out{body};
    const auto list = out.begin_described_list(static_cast<std::uint64_t>(which));
    fields(out);
    out.end(list);
    return raw_frame(1, 0, body);
}

Buffer join(const std::vector<Buffer>& parts) {
    Buffer all;
    for (const Buffer& part : parts) {
        append(all, part);
    }
    return all;
}

std::vector<std::string> lines(Bytes output) {
    std::vector<std::string> result;
    while (output.size() >= 8) {
        if (output[0] == 'A') {
            result.push_back("header " + number(output[4]));
            output = output.subspan(8);
            continue;
        }
        const std::size_t size = wire::load_u32(output.data());
        const Bytes body = output.subspan(8, size - 8);
        if (output[5] == 1) {
            result.push_back("sasl " + number(body[2]));
        } else {
            result.push_back(amqp_line(wire::load_u16(&output[6]), body));
        }
        output = output.subspan(size);
    }
    if (!output.empty()) {
        result.push_back("cut off");
    }
    return result;
}

}  // namespace weft::amqp::test
