#include "common/amqp/performatives.hpp"
#include "common/amqp/terminus.hpp"
#include "common/base/conditions.hpp"
#include "common/wire/reader.hpp"

#include <string>

namespace weft::amqp {
namespace {

/// Reads the fields of one performative's list in order, and remembers what was missing.
class Fields {
public:
    Fields(Bytes in, const char* performative) : performative_{performative}, outer_{in} {
        std::uint32_t count = 0;
        in_ = outer_.list(count);
    }

    wire::Reader& in() { return in_; }

    template <class T>
    T mandatory(std::optional<T> value, const char* field) {
        if (!value && missing_ == nullptr) {
            missing_ = field;
        }
        return value.value_or(T{});
    }
    std::optional<Terminus> terminus() {
        const Bytes raw = in_.raw();
        if (raw.empty()) {
            return std::nullopt;
        }
        std::optional<Terminus> value = decode_terminus(raw);
        malformed_ = malformed_ || !value;
        return value;
    }
    std::optional<ErrorView> error() {
        const Bytes raw = in_.raw();
        if (raw.empty()) {
            return std::nullopt;
        }
        std::optional<ErrorView> value = decode_error(raw);
        malformed_ = malformed_ || !value;
        return value;
    }
    void malformed_if(bool condition) { malformed_ = malformed_ || condition; }

    template <class T>
    Result<T> result(T value) const {
        if (malformed_ || !outer_.ok() || !in_.ok()) {
            return fail(kDecodeError, std::string("malformed ") + performative_);
        }
        if (missing_ != nullptr) {
            return fail(kInvalidField, std::string(performative_) + " without " + missing_);
        }
        return value;
    }

private:
    const char* performative_;
    const char* missing_ = nullptr;
    wire::Reader outer_;
    wire::Reader in_;
    bool malformed_ = false;
};

}  // namespace

Result<Open> decode_open(Bytes fields) {
    Fields f{fields, "open"};
    wire::Reader& in = f.in();
    Open open;
    open.container_id = f.mandatory(in.string(), "container-id");
    open.hostname = in.string().value_or("");
    open.max_frame_size = in.uint().value_or(open.max_frame_size);
    open.channel_max = in.ushort().value_or(open.channel_max);
    open.idle_timeout_ms = in.uint().value_or(0);
    open.outgoing_locales = in.raw();
    open.incoming_locales = in.raw();
    open.offered_capabilities = in.raw();
    open.desired_capabilities = in.raw();
    open.properties = in.raw();
    return f.result(open);
}

Result<Begin> decode_begin(Bytes fields) {
    Fields f{fields, "begin"};
    wire::Reader& in = f.in();
    Begin begin;
    begin.remote_channel = in.ushort();
    begin.next_outgoing_id = f.mandatory(in.uint(), "next-outgoing-id");
    begin.incoming_window = f.mandatory(in.uint(), "incoming-window");
    begin.outgoing_window = f.mandatory(in.uint(), "outgoing-window");
    begin.handle_max = in.uint().value_or(begin.handle_max);
    begin.offered_capabilities = in.raw();
    begin.desired_capabilities = in.raw();
    begin.properties = in.raw();
    return f.result(begin);
}

Result<Attach> decode_attach(Bytes fields) {
    Fields f{fields, "attach"};
    wire::Reader& in = f.in();
    Attach attach;
    attach.name = f.mandatory(in.string(), "name");
    attach.handle = f.mandatory(in.uint(), "handle");
    attach.receiver = f.mandatory(in.boolean(), "role");
    const std::uint8_t sender_mode = in.ubyte().value_or(2);
    const std::uint8_t receiver_mode = in.ubyte().value_or(0);
    f.malformed_if(sender_mode > 2 || receiver_mode > 1);
    attach.sender_settle_mode = static_cast<SenderSettleMode>(sender_mode);
    attach.receiver_settle_mode = static_cast<ReceiverSettleMode>(receiver_mode);
    attach.source = f.terminus();
    attach.target = f.terminus();
    attach.unsettled = in.raw();
    attach.incomplete_unsettled = in.boolean().value_or(false);
    attach.initial_delivery_count = in.uint();
    attach.max_message_size = in.ulong().value_or(0);
    attach.offered_capabilities = in.raw();
    attach.desired_capabilities = in.raw();
    attach.properties = in.raw();
    return f.result(attach);
}

Result<Flow> decode_flow(Bytes fields) {
    Fields f{fields, "flow"};
    wire::Reader& in = f.in();
    Flow flow;
    flow.next_incoming_id = in.uint();
    flow.incoming_window = f.mandatory(in.uint(), "incoming-window");
    flow.next_outgoing_id = f.mandatory(in.uint(), "next-outgoing-id");
    flow.outgoing_window = f.mandatory(in.uint(), "outgoing-window");
    flow.handle = in.uint();
    flow.delivery_count = in.uint();
    flow.link_credit = in.uint();
    flow.available = in.uint();
    flow.drain = in.boolean().value_or(false);
    flow.echo = in.boolean().value_or(false);
    flow.properties = in.raw();
    return f.result(flow);
}

Result<Transfer> decode_transfer(Bytes fields, std::size_t& consumed) {
    Fields f{fields, "transfer"};
    wire::Reader& in = f.in();
    wire::Reader whole{fields};
    std::uint32_t count = 0;
    whole.list(count);
    consumed = fields.size() - whole.rest().size();
    Transfer transfer;
    transfer.handle = f.mandatory(in.uint(), "handle");
    transfer.delivery_id = in.uint();
    transfer.delivery_tag = in.binary();
    transfer.message_format = in.uint();
    transfer.settled = in.boolean();
    transfer.more = in.boolean().value_or(false);
    transfer.receiver_settle_mode = in.ubyte();
    transfer.state = in.raw();
    transfer.resume = in.boolean().value_or(false);
    transfer.aborted = in.boolean().value_or(false);
    transfer.batchable = in.boolean().value_or(false);
    return f.result(transfer);
}

Result<Disposition> decode_disposition(Bytes fields) {
    Fields f{fields, "disposition"};
    wire::Reader& in = f.in();
    Disposition disposition;
    disposition.receiver = f.mandatory(in.boolean(), "role");
    disposition.first = f.mandatory(in.uint(), "first");
    disposition.last = in.uint().value_or(disposition.first);
    disposition.settled = in.boolean().value_or(false);
    disposition.state = in.raw();
    disposition.batchable = in.boolean().value_or(false);
    return f.result(disposition);
}

Result<Detach> decode_detach(Bytes fields) {
    Fields f{fields, "detach"};
    Detach detach;
    detach.handle = f.mandatory(f.in().uint(), "handle");
    detach.closed = f.in().boolean().value_or(false);
    detach.error = f.error();
    return f.result(detach);
}

Result<Ending> decode_ending(Bytes fields) {
    Fields f{fields, "end or close"};
    Ending ending;
    ending.error = f.error();
    return f.result(ending);
}

}  // namespace weft::amqp
