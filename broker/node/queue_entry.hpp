#pragma once

#include "broker/forwarding/rule.hpp"
#include "broker/queue/settings.hpp"
#include "common/base/bytes.hpp"
#include "common/base/result.hpp"
#include "common/wire/value.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weft::broker {

/// Where messages go that are dead, unless their queue names another queue.
inline constexpr std::string_view kDeadLetters = "$dlq";

/// What `$dlq` has at most, where its own entry says nothing: then the oldest go. And how long
/// messages stay there. 1 GiB, 30 days.
inline constexpr std::uint64_t kDeadLetterBytes = std::uint64_t{1} << 30;
inline constexpr std::uint64_t kDeadLetterMilliseconds = std::uint64_t{30} * 24 * 60 * 60 * 1000;

/// Bytes of a queue's name.
inline constexpr std::size_t kQueueNameMax = 1024;

/// Different keys that a queue may have (lastValueKey).
inline constexpr std::uint64_t kKeysMax = 10'000'000;

/// Names that a queue may remember to find duplicates.
inline constexpr std::uint64_t kDuplicateWindowMax = 100'000;

/// Whose entry it is.
enum class Authority : std::uint8_t {
    links,     // nobody's: a link made the queue, or the broker did
    routers,   // told by routers, of their address list: they tell it again
    operators  // made or changed by management
};
std::string_view name_of(Authority authority);

/// Whether a queue is emptied into other brokers' parts of it. Threading: not shared (a value).
struct Draining {
    enum class Scope : std::uint8_t {
        none,
        named,  // an operator named it
        all,    // with all others of this broker
    };

    Scope scope = Scope::none;
    // As things are, never stored:
    bool stays = false;   // it can't be, and is as any other queue
    bool closed = false;  // what producers bring in spite of it is released

    bool operator==(const Draining&) const = default;
};

/// What the entry of an address says of its queue. Threading: not shared (a value).
struct QueueEntry {
    queue::Settings settings;
    std::string dead_letter{kDeadLetters};  // empty: nowhere, what would be dead stays
    Authority authority = Authority::links;
    bool is_topic = false;     // what it says is of each subscription's queue
    bool is_pattern = false;   // it means other addresses, too: this one is as clients named it
    wire::Map subscription{};  // that it is the queue of; empty: of none (subscription_entry.hpp)
    /// That keep the queue, each a part of it.
    std::vector<std::string> brokers{};
    /// Where what it keeps goes on to; none: nowhere.
    std::optional<forwarding::Rule> forward{};
    std::optional<Draining> draining{};  // nothing: it does not say, and all stays as it is

    /// Somebody wants it emptied.
    bool is_to_drain() const { return draining && draining->scope != Draining::Scope::none; }
    /// It is being emptied, or is empty: producers get no credit.
    bool is_draining() const { return is_to_drain() && !draining->stays; }
    /// What it has is to leave, by this broker's own doing.
    bool is_to_leave() const { return is_draining() || forward.has_value(); }
    /// It is empty, as far as is known, and takes nothing unsettled any more.
    bool is_closed() const { return draining && draining->closed; }

    bool operator==(const QueueEntry&) const = default;
};

/// Reads an entry, in the keys of the configuration: {"type": "queue", "maxMessages": 1000, …}.
/// Errors: kNotImplemented for what this version can't do, kInvalidField for what can't be.
[[nodiscard]] Result<QueueEntry> read_entry(const wire::Map& entry);

/// The entry that the properties of an attach tell; none if they tell none. Errors: as above.
[[nodiscard]] Result<std::optional<QueueEntry>> told_entry(Bytes properties);

/// As the configuration says it: "drop-oldest".
std::string_view name_of(queue::Overflow overflow);

/// In the keys of the configuration: `read_entry` of it is the same.
wire::Map entry_words(const QueueEntry& entry);

// As the store keeps it.
std::string entry_text(const QueueEntry& entry);
[[nodiscard]] Result<QueueEntry> parse_entry(std::string_view text);

}  // namespace weft::broker
