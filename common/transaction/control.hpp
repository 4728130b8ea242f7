#pragma once

#include "common/base/bytes.hpp"
#include "common/base/result.hpp"

#include <array>
#include <cstdint>
#include <optional>

/// What is said of transactions on the wire: to a coordinator, and in the states of deliveries.
/// Threading: any thread (no state). Spec: AMQP 1.0 §4.5
namespace weft::transaction {

/// A transaction's name (txn-id). It is random: who shares a connection can't guess that of others.
/// What a peer says that is no such name is read as zeros, which nobody has.
using Id = std::array<std::uint8_t, 16>;

/// A message to the coordinator.
struct Request {
    enum class Kind : std::uint8_t { declare, commit, rollback };

    Kind kind = Kind::declare;
    Id id{};       // of those that discharge
    Bytes name{};  // likewise, as it is in the message
};

/// Errors: amqp:decode-error, it is no such message; amqp:not-implemented, a transaction that
/// others coordinate (global-id).
[[nodiscard]] Result<Request> read_request(Bytes message);

/// A transactional-state.
struct State {
    Id id{};
    Bytes name{};     // of the transaction, as it is in the state
    Bytes outcome{};  // encoded; empty: none
};

/// Nothing: it is another state, or none.
[[nodiscard]] std::optional<State> read_state(Bytes state);

/// declared {name}: the answer to a declare.
[[nodiscard]] Buffer declared(Bytes name);
/// The name in it. Nothing: it is another state, or none.
[[nodiscard]] std::optional<Bytes> read_declared(Bytes state);
/// transactional-state {name, outcome}
[[nodiscard]] Buffer state_of(Bytes name, Bytes outcome);

/// Messages to a coordinator: declare {}, discharge {name, fail}
[[nodiscard]] Buffer declare();
[[nodiscard]] Buffer discharge(Bytes name, bool fail);

/// Whether the properties of a flow ask that what is sent for its credit is acquired in a
/// transaction. Spec: AMQP 1.0 §4.4.3
[[nodiscard]] bool acquires(Bytes flow_properties);

}  // namespace weft::transaction
