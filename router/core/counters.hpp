#pragma once

#include <cstdint>

namespace weft::router {

/// Why deliveries were let go; each reason is a counter, of the router and in its metrics.
enum class DropReason : std::uint8_t {
    no_consumer,          // nobody receives from the address (released, or dropped if presettled)
    consumer_lost,        // the consumer went away with the delivery under way
    producer_lost,        // the producer went away in the middle of a message
    aborted,              // the producer aborted it
    slow_consumer,        // multicast: the consumer stalled and the address says drop
    consumer_queue_full,  // multicast: the stalled consumer's queue is full, or the message large
    no_address,           // an anonymous sender's message without a usable `to`
    refused,              // the address of an anonymous send is unavailable, or not admitted
    malformed,            // the sections before the bare message can't be read
    router_full,          // the router holds as much as it may
    looped,               // it came back from another router
    duplicate,            // an original sent a multicast by a way that is not its origin's
    too_large,            // no consumer takes so large a message; multicast: this one does not
    no_path,              // consumers are behind other routers, but not behind this one
};
inline constexpr int kDropReasons = 14;

/// "no-consumer", for metrics, logs and management.
const char* to_string(DropReason reason);

/// What a link, and summed up a router, counted. Never reset.
struct DeliveryCounters {
    std::uint64_t deliveries = 0;
    std::uint64_t presettled = 0;
    std::uint64_t dropped_presettled = 0;
    std::uint64_t accepted = 0;
    std::uint64_t rejected = 0;
    std::uint64_t released = 0;
    std::uint64_t modified = 0;
    std::uint64_t delayed_1s = 0;
    std::uint64_t delayed_10s = 0;
};

/// Threading: loop-confined, as its Core.
struct RouterCounters : DeliveryCounters {
    std::uint64_t ingress = 0;
    std::uint64_t egress = 0;
    std::uint64_t transit = 0;
    std::uint64_t from_containers = 0;  // of ingress
    std::uint64_t to_containers = 0;    // of egress
    std::uint64_t redirected_to_fallback = 0;
    std::uint64_t forwarded_again = 0;      // another way was found after one was lost
    std::uint64_t stuck = 0;                // current
    std::uint64_t links_blocked = 0;        // current
    std::uint64_t links_refused = 0;        // for their connection's share of all links or shapes
    std::uint64_t containers_silent = 0;    // so often one lost its credit, see Rations
    std::uint64_t loop_streams = 0;         // went to another loop by a link of their own,
    std::uint64_t loop_streams_shared = 0;  // or by one behind others, as there are so many
    std::uint64_t dropped[kDropReasons] = {};
};

}  // namespace weft::router
