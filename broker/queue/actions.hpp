#pragma once

#include "broker/queue/message.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

/// What a queue asks its owner to do, in order. Threading: not shared (values).
namespace weft::queue {

/// Why a message can't stay in its queue.
enum class Death : std::uint8_t {
    rejected,          // by a consumer
    deliveries_spent,  // deliveries_max of them failed
    expired,           // its time to live is over
    undeliverable,     // a consumer can't process it, and refused_max such ones wait already, or
                       // so many consumers can't
    damaged,           // the store can't read it: it is set aside there
};
inline constexpr std::size_t kDeaths = 5;

/// The name of a message, which the store keeps beside it for as long as others may come that have
/// the same one.
struct Named {
    std::string name{};
    std::uint64_t number = 0;     // of those names; they rise
    std::uint64_t forgotten = 0;  // those up to this one may go
};
/// To the store. Once it is durable: Queue::on_stored.
struct Append {
    MessageId id = 0;
    WallTime expires = kForever;
    WallTime due = 0;  // it is scheduled
    Priority priority = kPriorityDefault;
    Payload payload{};
    Named named{};                                   // number 0: it has no name
    std::shared_ptr<const Provenance> provenance{};  // its owner's: it is dead on arrival
};
/// Without a name.
inline Append append_of(const Record& record) {
    return {.id = record.id,
            .expires = record.expires,
            .due = record.due,
            .priority = record.priority,
            .payload = record.payload};
}
/// The store forgets names.
struct ForgetNames {
    std::uint64_t through = 0;
};
/// From the store: it was processed.
struct Remove {
    MessageId id = 0;
    std::uint64_t size = 0;  // of its payload
};
/// From the store: nobody gets it.
struct Drop {
    enum class Cause : std::uint8_t {
        overflow,  // the queue is full, and keeps the younger ones
        replaced,  // a younger message has the same key
        expired,   // where messages end that are dead already
    };

    MessageId id = 0;
    std::uint64_t size = 0;
    Cause cause = Cause::overflow;
};
/// In the store: so many deliveries of it have failed.
struct Recount {
    MessageId id = 0;
    std::uint32_t failures = 0;
};
/// To the dead letter queue and out of this one, in one commit; what is damaged goes out alone.
struct Bury {
    MessageId id = 0;
    std::uint64_t size = 0;
    Death death = Death::rejected;
    std::uint32_t failures = 0;
    Priority priority = kPriorityDefault;
    std::string why{};  // rejected: as who did that says
};
/// Messages are needed. Answered by Queue::on_loaded, with what the store holds once all that was
/// asked of it before is done.
struct Load {
    Range range;
};
/// The same for one consumer: a browser, or a picker. Answered by Queue::on_browsed.
struct Browse {
    ConsumerId consumer{};
    Range range;
};
/// Which messages have expired (`now` kForever: all)? Those between `from` and `through` are looked
/// through, until so many or all are found. Answered by Queue::on_swept.
struct Sweep {
    WallTime now = 0;
    MessageId from = 0;
    MessageId through = 0;
    std::size_t messages = 0;
};
/// Which scheduled messages are due? So many at most. Answered by Queue::on_ripened.
struct Ripen {
    WallTime now = 0;
    std::size_t messages = 0;
};
/// The messages of a range, with their keys. Answered by Queue::on_keyed.
struct ReadKeys {
    Range range;
};
/// To a consumer, which was charged one credit.
struct Deliver {
    ConsumerId consumer{};
    MessageId id = 0;
    std::uint32_t failures = 0;
    Priority priority = kPriorityDefault;
    Payload payload;
    WallTime expires = kForever;
    WallTime due = 0;      // it is scheduled, and the consumer takes it early
    bool brought = false;  // `payload` is as its producer brought it, and was not read
};
inline Deliver delivery_of(ConsumerId to, const Record& record, Payload payload) {
    return {.consumer = to,
            .id = record.id,
            .failures = record.failures,
            .priority = record.priority,
            .payload = std::move(payload),
            .expires = record.expires,
            .due = record.due,
            .brought = record.brought};
}
/// Nothing more for it: the credit that the consumer wanted drained is used up.
struct Drained {
    ConsumerId consumer{};
};
/// The queue is no longer full: its producers may have credit again.
struct Room {};

using Action = std::variant<Append,
                            ForgetNames,
                            Remove,
                            Drop,
                            Recount,
                            Bury,
                            Load,
                            Browse,
                            Sweep,
                            Ripen,
                            ReadKeys,
                            Deliver,
                            Drained,
                            Room>;
/// Owned by the caller, and reused.
using Actions = std::vector<Action>;

}  // namespace weft::queue
