#pragma once

#include "broker/queue/lane.hpp"
#include "broker/queue/message.hpp"
#include "broker/queue/settings.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <vector>

namespace weft::queue {

/// What of a queue waits for consumers: of each priority a lane, whose head is in memory and whose
/// rest is on disk only, "behind".
///
/// **Whose turn it is.** The highest priority goes first, and of one priority the oldest message.
/// Of each kOldestEach deliveries one goes to the oldest message of all: so the n-th in line has
/// left after n * kOldestEach deliveries, whatever comes behind it.
///
/// Invariants:
///   W2  lanes share what may be in memory
///
/// Threading: loop-confined (its queue's).
class Window {
public:
    static constexpr std::uint32_t kOldestEach = 8;

    /// Whether it waits.
    using Waits = Lane::Waits;
    /// What is offered next to all who wait.
    struct Next {
        enum class Kind : std::uint8_t {
            none,    // nothing that was not passed over
            record,  // this one
            behind,  // what is behind must be read first
        };
        Kind kind = Kind::none;
        const Record* record = nullptr;
        Priority priority = 0;
    };

    Window(const Limits& limits, const Stored& stored);

    /// So many bytes may be in memory from now on; what is there stays until it goes out.
    /// Unless it `keeps`, what becomes durable does not go there: it is read when it is wanted.
    void bound(std::size_t bytes, bool keeps = true) {
        bytes_max_ = bytes;
        keeps_ = keeps;
    }

    // --- what waits ----------------------------------------------------------------------------
    /// A message is durable. It goes to memory if `keep`, if there is room, and if nothing of its
    /// lane is behind; true then.
    bool add(Record record, bool keep);
    /// It is nobody's again. `keep`: it may be in memory. False: it is behind.
    bool put_back(Record record, bool keep);
    /// It is behind, by its number and priority, if it waits at all.
    bool is_behind(const Record& record) const;
    bool has(const Record& record) const;
    /// Takes it out if it is in memory.
    std::optional<Record> take(const Record& record);
    /// Nothing stays in memory.
    void forget();
    /// No payload does.
    void unload();

    // --- going out -----------------------------------------------------------------------------
    Next next() const;
    /// Nobody who waits may have what `next` said.
    void pass_over(const Record& record) { lanes_.at(record.priority).ready.pass_over(); }
    /// Nothing is passed over any more.
    void offer_again();
    /// Takes out what `next` said.
    Record give(const Record& record);
    /// The oldest that waits, in memory or behind; nothing: none.
    std::optional<MessageId> oldest() const;
    /// Takes out the oldest if it is in memory.
    std::optional<Record> take_oldest();
    /// Between the two nothing waits that is behind.
    void pass(MessageId from, MessageId through);

    // --- from the store ------------------------------------------------------------------------
    /// What to read so that `record`, which is in memory, has its payload.
    Range missing(const Record& record) const;
    /// What to read of what is behind in that lane.
    Range behind(Priority priority) const;
    /// The next lane that is half empty while something is behind; they take turns.
    std::optional<Priority> next_to_fill() const;
    /// What the store has of what one of these asked for, up to `through`; of what was behind, that
    /// of which `waits` says so.
    void fill(const Range& asked,
              std::vector<Record> records,
              MessageId through,
              const Waits& waits);
    /// Takes those that are damaged out of `records`, and of what is in memory; gives those that
    /// wait.
    std::vector<Record> take_damaged(std::vector<Record>& records, const Waits& waits);
    bool has_behind() const;
    /// Lanes in which nothing waits go.
    void tidy();

    std::size_t size() const { return sum(&Ready::size); }
    std::size_t bytes() const { return sum(&Ready::bytes); }
    /// Those that some consumer refused.
    std::size_t refused() const { return sum(&Ready::refused); }

private:
    Lane& lane_of(const Record& record);
    const Lane* find(const Record& record) const;
    /// What each lane may have in memory.
    Lane::Share share() const;
    std::size_t sum(std::size_t (Ready::*one)() const) const;

    std::size_t messages_max_;  // in memory
    std::size_t bytes_max_;
    bool keeps_ = true;
    std::map<Priority, Lane, std::greater<>> lanes_;
    Priority filled_ = 0;      // the lane that was read last
    std::uint32_t given_ = 0;  // while there were several lanes
};

}  // namespace weft::queue
