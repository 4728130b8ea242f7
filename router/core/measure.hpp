#pragma once

#include "router/core/address_table.hpp"
#include "router/core/delivery.hpp"
#include "router/core/incoming.hpp"
#include "router/core/link.hpp"

#include <cstddef>
#include <cstdint>

namespace weft::router {

// How urgent a message is, and how large, as its consumers see it.

/// Bytes of the annotation that tells an address, at most: all but the address.
inline constexpr std::size_t kToldBytesMax = 40;
/// Bytes of one multicast message that may wait for a stalled consumer.
inline constexpr std::size_t kStalledMessageBytesMax = std::size_t{64} * 1024;

/// 0 … kPriorities − 1: its address's, or what its header says. That may be any number: those above
/// are as urgent as the highest that is told apart. Spec: AMQP 1.0 §3.2.1
[[nodiscard]] std::uint8_t priority_of(const Address& address, const Arrival& message);

/// Bytes of what came in: without what only routers read.
[[nodiscard]] std::uint64_t size_of(const Arrival& message);
/// The same of all that came in of a delivery so far.
[[nodiscard]] std::uint64_t size_of(Delivery& delivery);

/// Bytes that a consumer of `to` gets besides: the address that it is told, and what goes with it.
[[nodiscard]] inline std::uint64_t told_bytes(const Delivery& delivery, const Address* to) {
    const bool told = delivery.sent_to != nullptr && to != nullptr && to->wildcard != nullptr;
    return told ? delivery.sent_to->name.size() + kToldBytesMax : 0;
}

/// True if what came in so far is more than its consumer takes. Spec: AMQP 1.0 §2.7.3
[[nodiscard]] inline bool is_too_large(const Branch& branch) {
    const Link* const out = branch.link;
    const bool limited = out != nullptr && out->outlet.limited();
    return limited && size_of(*branch.delivery) + told_bytes(*branch.delivery, out->address) >
                          out->outlet.bytes_max;
}

/// True of a stalled consumer's copy of a multicast message that would take too much memory.
[[nodiscard]] bool is_too_large_to_wait(const Branch& branch);

/// The outcome of a message that no consumer takes, for its size.
[[nodiscard]] Buffer rejected_for_size();

}  // namespace weft::router
