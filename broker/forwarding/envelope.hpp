#pragma once

#include "broker/forwarding/trail.hpp"
#include "common/base/bytes.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>

namespace weft::forwarding {

/// How a message stood in the queue that it leaves. Times: milliseconds since 1970.
struct Standing {
    static constexpr std::uint64_t kForever = std::numeric_limits<std::int64_t>::max();

    std::uint32_t failures = 0;        // deliveries of it that failed
    std::uint64_t expires = kForever;  // when its life ends
    std::uint64_t due = 0;             // it is scheduled; 0: it is not, or its time has come
    std::string from{};                // is added to its trail; empty: nothing is
};

/// How it goes to another broker.
struct Envelope {
    Buffer head{};         // instead of
    std::size_t skip = 0;  // these first bytes of the message
};

/// What the message says of itself in front of its bare message, such that it means at `now` what
/// it meant when it came: so long to live as is left, so many failed deliveries, and a time instead
/// of a delay that would begin anew; and which queues it was forwarded from. The bare message is
/// never changed; nothing is where nothing need be. Threading: any thread (no state). Spec:
/// AMQP 1.0 §3.2.1, §3.2.3
[[nodiscard]] Envelope envelope_of(Bytes message, const Standing& standing, std::uint64_t now);

}  // namespace weft::forwarding
