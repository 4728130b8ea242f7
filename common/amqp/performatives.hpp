#pragma once

#include "common/base/bytes.hpp"
#include "common/base/result.hpp"
#include "common/wire/writer.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

/// The performatives as views: scalars are decoded, whatever a router only passes on stays encoded.
///
/// A view points into the frame it was read from and lives as long as that. A `Bytes` member holds
/// one encoded value, empty if the field is absent, and is written back as it is.
/// Spec: AMQP 1.0 §2.7, §3.5
namespace weft::amqp {

/// Spec: AMQP 1.0 §2.7, §5.3.3
enum class Performative : std::uint8_t {
    open = 0x10,
    begin = 0x11,
    attach = 0x12,
    flow = 0x13,
    transfer = 0x14,
    disposition = 0x15,
    detach = 0x16,
    end = 0x17,
    close = 0x18,
    sasl_mechanisms = 0x40,
    sasl_init = 0x41,
    sasl_challenge = 0x42,
    sasl_response = 0x43,
    sasl_outcome = 0x44,
};

/// To be ended with Writer::end.
inline wire::Writer::Mark begin_list(wire::Writer& out, Performative which) {
    return out.begin_described_list(static_cast<std::uint64_t>(which));
}

enum class SenderSettleMode : std::uint8_t { unsettled = 0, settled = 1, mixed = 2 };
enum class ReceiverSettleMode : std::uint8_t { first = 0, second = 1 };

/// Spec: AMQP 1.0 §2.8.14
struct ErrorView {
    std::string_view condition{};
    std::string_view description{};
    Bytes info{};
};

/// Null if there is no error. Valid as long as `error`.
inline const ErrorView* pointer_to(const std::optional<ErrorView>& error) {
    return error ? &*error : nullptr;
}

/// A source, a target or a coordinator. Spec: AMQP 1.0 §3.5.3, §3.5.4, §4.5.1
struct Terminus {
    /// `other`: of a type that the spec does not know; nothing else of it is read or written.
    enum class Kind : std::uint8_t { source, target, coordinator, other };

    Kind kind = Kind::source;
    std::optional<std::string_view> address{};
    std::uint32_t durable = 0;
    std::string_view expiry_policy{};  // empty: session-end
    std::uint32_t timeout_seconds = 0;
    bool dynamic = false;
    Bytes dynamic_node_properties{};
    // sources only
    std::string_view distribution_mode{};
    Bytes filter{};
    Bytes default_outcome{};
    Bytes outcomes{};
    // both; a coordinator has capabilities alone
    Bytes capabilities{};
};

struct Open {
    std::string_view container_id{};
    std::string_view hostname{};
    std::uint32_t max_frame_size = 0xffffffff;
    std::uint16_t channel_max = 0xffff;
    std::uint32_t idle_timeout_ms = 0;  // 0: none
    Bytes outgoing_locales{};
    Bytes incoming_locales{};
    Bytes offered_capabilities{};
    Bytes desired_capabilities{};
    Bytes properties{};
};

struct Begin {
    std::optional<std::uint16_t> remote_channel{};
    std::uint32_t next_outgoing_id = 0;
    std::uint32_t incoming_window = 0;
    std::uint32_t outgoing_window = 0;
    std::uint32_t handle_max = 0xffffffff;
    Bytes offered_capabilities{};
    Bytes desired_capabilities{};
    Bytes properties{};
};

struct Attach {
    std::string_view name{};
    std::uint32_t handle = 0;
    bool receiver = false;  // the role of whoever sends this attach
    SenderSettleMode sender_settle_mode = SenderSettleMode::mixed;
    ReceiverSettleMode receiver_settle_mode = ReceiverSettleMode::first;
    std::optional<Terminus> source{};
    std::optional<Terminus> target{};
    Bytes unsettled{};
    bool incomplete_unsettled = false;
    std::optional<std::uint32_t> initial_delivery_count{};
    std::uint64_t max_message_size = 0;  // 0: unlimited
    Bytes offered_capabilities{};
    Bytes desired_capabilities{};
    Bytes properties{};
};

struct Flow {
    std::optional<std::uint32_t> next_incoming_id{};
    std::uint32_t incoming_window = 0;
    std::uint32_t next_outgoing_id = 0;
    std::uint32_t outgoing_window = 0;
    std::optional<std::uint32_t> handle{};
    std::optional<std::uint32_t> delivery_count{};
    std::optional<std::uint32_t> link_credit{};
    std::optional<std::uint32_t> available{};
    bool drain = false;
    bool echo = false;
    Bytes properties{};
};

struct Transfer {
    std::uint32_t handle = 0;
    std::optional<std::uint32_t> delivery_id{};
    std::optional<Bytes> delivery_tag{};
    std::optional<std::uint32_t> message_format{};
    std::optional<bool> settled{};
    bool more = false;
    std::optional<std::uint8_t> receiver_settle_mode{};
    Bytes state{};
    bool resume = false;
    bool aborted = false;
    bool batchable = false;
};

struct Disposition {
    bool receiver = false;  // the role of whoever sends it
    std::uint32_t first = 0;
    std::uint32_t last = 0;
    bool settled = false;
    Bytes state{};
    bool batchable = false;
};

struct Detach {
    std::uint32_t handle = 0;
    bool closed = false;
    std::optional<ErrorView> error{};
};

/// The body of end and of close.
struct Ending {
    std::optional<ErrorView> error{};
};

// Each reads the fields of one performative, `fields` being the bytes after its descriptor.
// Errors: amqp:decode-error, naming the performative; amqp:invalid-field for a missing mandatory
// field.
[[nodiscard]] Result<Open> decode_open(Bytes fields);
[[nodiscard]] Result<Begin> decode_begin(Bytes fields);
[[nodiscard]] Result<Attach> decode_attach(Bytes fields);
[[nodiscard]] Result<Flow> decode_flow(Bytes fields);
/// `consumed` gets the size of the performative: the payload follows it.
[[nodiscard]] Result<Transfer> decode_transfer(Bytes fields, std::size_t& consumed);
[[nodiscard]] Result<Disposition> decode_disposition(Bytes fields);
[[nodiscard]] Result<Detach> decode_detach(Bytes fields);
[[nodiscard]] Result<Ending> decode_ending(Bytes fields);

// Each writes a performative with its descriptor. Transfers, flows and dispositions of the hot path
// are written by the engine itself.
void encode(wire::Writer& out, const Open& open);
void encode(wire::Writer& out, const Begin& begin);
void encode(wire::Writer& out, const Attach& attach);
void encode(wire::Writer& out, const Flow& flow);
void encode(wire::Writer& out, const Transfer& transfer);
void encode(wire::Writer& out, const Detach& detach);
void encode_ending(wire::Writer& out, Performative which, const std::optional<ErrorView>& error);

}  // namespace weft::amqp
