#pragma once

#include "common/base/bytes.hpp"

#include <cstddef>
#include <cstdint>

/// Deliveries, as all say it who pass them on. Spec: AMQP 1.0 §2.6.12
namespace weft::wire {

/// A session's number for a delivery, in one direction.
using DeliveryId = std::uint32_t;

/// A word about a delivery of whoever takes its events: the engine, or another that reports them,
/// keeps it and hands it back with every later one.
using Context = std::uint64_t;

/// One transfer frame of an incoming delivery.
struct IncomingTransfer {
    DeliveryId id = 0;
    bool first = true;  // the delivery starts with this frame; tag and format are set only then
    bool more = false;
    bool settled = false;
    bool aborted = false;  // then the payload is empty and the delivery ends here
    bool batchable = false;
    std::uint32_t message_format = 0;
    Bytes tag{};
    Bytes state{};
    Bytes payload{};
};

/// A change of a delivery's state, made by the peer.
struct DeliveryUpdate {
    DeliveryId id = 0;
    bool settled = false;
    Bytes state{};           // encoded, empty if none
    bool batchable = false;  // what it calls for may wait for more
};

/// How a delivery goes out; looked at only for its first frame.
struct OutgoingDelivery {
    Context context = 0;
    std::uint32_t message_format = 0;
    bool settled = false;
    bool batchable = false;
    Bytes tag{};     // empty, or longer than amqp::kDeliveryTagMax: the engine makes one
    Bytes state{};   // encoded; left out if the peer's frames do not hold it
    Bytes prefix{};  // written before the payload, when the delivery starts
};

/// What was done with the bytes given to be sent.
struct Sent {
    std::size_t taken = 0;  // of the payload; a prefix is not counted
    bool started = false;   // the delivery has its id and took one credit
    bool complete = false;  // the last frame is written
    /// No more was taken because its session or connection takes none now: it tells when it does.
    bool held_up = false;
    DeliveryId id = 0;
};
// Several calls pass it on for each message: it goes in two registers, not through memory.
static_assert(sizeof(Sent) <= 2 * sizeof(std::uint64_t));

}  // namespace weft::wire
