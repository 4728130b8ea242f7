#include "router/core/measure.hpp"

#include "common/base/conditions.hpp"
#include "common/wire/delivery_state.hpp"
#include "common/wire/sections.hpp"
#include "router/core/head_writer.hpp"

#include <algorithm>

namespace weft::router {
namespace {

/// As the header says it: 0 … 255.
std::uint8_t priority_in(const Arrival& message) {
    if (message.head != nullptr) {
        return message.head->facts.priority;
    }
    if (message.is_opaque()) {
        return wire::kPriorityDefault;
    }
    return wire::scan(message.payload, /*complete=*/true, wire::Until::bare_message).priority;
}

}  // namespace

std::uint8_t priority_of(const Address& address, const Arrival& message) {
    const std::int8_t fixed = address.treatment.priority;
    const std::uint8_t wanted =
        fixed >= 0 ? static_cast<std::uint8_t>(fixed) : priority_in(message);
    return std::min<std::uint8_t>(wanted, kPriorities - 1);
}

std::uint64_t size_of(const Arrival& message) {
    return message.payload.size() - HeadWriter::routers_bytes(message);
}

std::uint64_t size_of(Delivery& delivery) {
    if (delivery.provenance.annotated && delivery.routers_bytes == 0 && delivery.dropped == 0 &&
        delivery.first_chunk != nullptr) {
        const Bytes start{delivery.first_chunk->bytes(), delivery.first_chunk->size};
        delivery.routers_bytes =
            static_cast<std::uint32_t>(HeadWriter::routers_bytes(delivery, start));
    }
    return delivery.received - delivery.routers_bytes;
}

bool is_too_large_to_wait(const Branch& branch) {
    return branch.is_open() && branch.link != nullptr && branch.link->stalled &&
           is_multicast(branch.link->address) &&
           branch.delivery->received - branch.sent > kStalledMessageBytesMax;
}

Buffer rejected_for_size() {
    return wire::rejected(kMessageSizeExceeded, "no consumer takes so large a message");
}

}  // namespace weft::router
