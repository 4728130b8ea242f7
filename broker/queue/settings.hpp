#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace weft::queue {

/// What becomes of producers while a queue is full.
enum class Overflow : std::uint8_t {
    block,        // they get no credit; what they had credit for is taken
    reject,       // their messages are rejected (amqp:resource-limit-exceeded)
    drop_oldest,  // the oldest ones that nobody has are dropped
    dead_letter,  // their messages go to the dead letter queue
};

/// How long a message waits before it is delivered again after a delivery that failed.
struct Redelivery {
    std::uint64_t delay = 0;      // milliseconds after the first failure; 0: none
    double multiplier = 1;        // for each further one
    std::uint64_t delay_max = 0;  // milliseconds; 0: any

    bool operator==(const Redelivery&) const = default;
};

/// What its users decide about a queue. Threading: not shared (a value).
struct Settings {
    std::uint64_t messages_max = 0;  // stored ones, acquired or not; 0: any number
    std::uint64_t bytes_max = 0;     // of their payloads; 0: any number
    Overflow overflow = Overflow::block;
    /// A message of which so many deliveries failed is dead; 0: any number.
    std::uint32_t deliveries_max = 10;
    /// Milliseconds that messages live which don't say how long, and that any may live at most;
    /// 0: for ever.
    std::uint64_t ttl_default = 0;
    std::uint64_t ttl_max = 0;
    Redelivery redelivery{};
    /// One consumer alone gets messages; the others wait until it leaves.
    bool exclusive = false;
    /// Messages of one group go to one consumer.
    bool groups = true;
    /// What makes two messages the same to this queue, of which the younger takes the place of the
    /// older: what it names is its owner's to know. Empty: nothing does.
    std::string last_value_key{};
    /// Of a key only that write is taken which passes its fence (fences.hpp).
    bool fenced = false;
    std::size_t keys_max = 100'000;  // different ones, of a last-value queue
    /// So many names of messages are remembered; a message of which the name is known is taken, and
    /// not kept. 0: none are.
    std::uint64_t duplicate_window = 0;
    /// There is no dead letter queue behind this one: what would be dead stays, but for what
    /// expires, which is dropped.
    bool last_resort = false;

    bool operator==(const Settings&) const = default;
};

/// What bounds a queue's memory, whatever its users decide.
struct Limits {
    std::size_t window_messages = 4000;     // ready ones at the head
    std::size_t window_bytes = 256 * 1024;  // of their payloads, until Window::bound
    std::size_t unsettled_max = 10'000;     // of one consumer; then it gets no more
    std::size_t refused_max = 100;          // ready ones that a consumer could not process, and
                                            // consumers that could not process the same one
    std::size_t delayed_max = 10'000;       // that wait after a failure; more of them wait less
    std::size_t browse_messages = 100;      // read for one browser or picker at once
    std::size_t browse_bytes = 64 * 1024;
    std::size_t judged_steps = 50'000;  // of selectors, for one of them at once; then others' turn
    std::size_t again_max = 100;        // that came back, of one picker; then its cursor goes back
    std::size_t dispatched_at_once_max = 100;  // deliveries and deaths; then others get a turn
    std::size_t looked_at_once_max = 10'000;   // that may be for some consumer or not; likewise
    std::size_t swept_at_once = 100;           // of expired ones
    std::uint64_t sweep_pause = 1000;          // milliseconds between two looks for them
    std::size_t ripened_at_once = 100;         // of scheduled ones
    std::size_t groups_max = 10'000;           // of which a consumer is known, with no message
    std::size_t passed_over_max = 100'000;     // groups of others, by picker that wants them

    bool operator==(const Limits&) const = default;
};

}  // namespace weft::queue
