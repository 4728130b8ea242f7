#pragma once

#include <cstdint>

namespace weft::session {

/// What became of what. One for all sessions of a loop. Threading: loop-confined.
struct Counters {
    std::uint64_t connected = 0;  // CONNACK with success
    std::uint64_t resumed = 0;    // of these: with a session that was there
    std::uint64_t refused = 0;    // CONNACK with a failure, or closed instead of one
    std::uint64_t faults = 0;     // closed for what the client sent
    std::uint64_t timed_out = 0;  // by keep alive, or before CONNECT
    std::uint64_t taken_over = 0;
    std::uint64_t ended = 0;  // sessions
    std::uint64_t wills_fired = 0;

    std::uint64_t published = 0;  // by devices, each once
    std::uint64_t publish_retries = 0;
    std::uint64_t publish_timeouts = 0;   // held, and nobody took it in time
    std::uint64_t publishes_refused = 0;  // by the mesh, or to `$`
    std::uint64_t publishes_dropped = 0;  // of these and of those without consumer: acknowledged

    std::uint64_t delivered = 0;          // PUBLISH to a device
    std::uint64_t resent = 0;             // of these: with DUP
    std::uint64_t device_rejected = 0;    // by PUBACK or PUBREC
    std::uint64_t dropped_congested = 0;  // QoS 0: the device reads too slowly
    std::uint64_t dropped_offline = 0;    // QoS 0: it is not there
    std::uint64_t dropped_full = 0;       // the session's queue, or all queues, are full
    std::uint64_t dropped_too_large = 0;  // for what the device takes in a packet
    std::uint64_t dropped_expired = 0;
    std::uint64_t id_waits = 0;      // messages that came while another had their id
    std::uint64_t unmatched = 0;     // no subscription wants it (any more)
    std::uint64_t acks_unknown = 0;  // from devices, for ids that are not in use

    std::uint64_t subscriptions_refused = 0;
    std::uint64_t subscriptions_lost = 0;  // loaded ones that the mesh refused

    std::uint64_t queued_bytes = 0;  // now: waiting and in flight, of all sessions
    std::uint64_t will_bytes = 0;    // now: wills of sessions, and those on their way to the mesh
};

}  // namespace weft::session
