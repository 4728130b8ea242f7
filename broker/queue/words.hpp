#pragma once

#include "broker/queue/counters.hpp"
#include "broker/queue/duplicates.hpp"
#include "broker/queue/fences.hpp"
#include "broker/queue/last_values.hpp"
#include "broker/queue/on_use.hpp"
#include "broker/queue/settings.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace weft::queue {

/// What queues remember of the words of messages, all queues together: keys and names.
///
/// One has no more of it than all others leave free (may_take). What its queues had when the broker
/// started they have in any case, and so has what was taken before anybody could be asked.
/// Threading: loop-confined.
struct WordBudget {
    static constexpr std::size_t kBytesMax = std::size_t{256} * 1024 * 1024;

    std::size_t bytes_max = kBytesMax;
    std::size_t bytes = 0;
    std::uint64_t refused = 0;  // messages, for their words
};

/// What one queue has of it: it goes with this.
class WordShare {
public:
    /// Null: it counts for itself alone, and is refused nothing. It must outlive this.
    explicit WordShare(WordBudget* budget) : budget_{budget} {}
    ~WordShare() { hold(0); }
    WordShare(WordShare&& other) noexcept
        : budget_{other.budget_}, bytes_{std::exchange(other.bytes_, 0)} {}
    WordShare& operator=(WordShare&& other) noexcept {
        std::swap(budget_, other.budget_);
        std::swap(bytes_, other.bytes_);
        return *this;
    }

    /// So many bytes, no more and no fewer.
    void hold(std::size_t bytes);
    bool has_room() const;

private:
    WordBudget* budget_;
    std::size_t bytes_ = 0;
};

/// What is to come before a message, in its transaction: nothing of it is in the queue yet.
struct Ahead {
    std::size_t messages = 0;
    std::map<std::string, SharedFence, std::less<>> fences{};  // of each key the youngest

    void add(const Arrival& arrival);
};

/// What a queue knows messages by again: the keys of those that it has, for of each key only the
/// youngest stays, and the names of those that came, for a second one of a name is none.
///
/// Threading: loop-confined (its queue's).
class Words {
public:
    Words(const Settings& settings, const Stored& stored, WordBudget* budget);

    /// Whether what a message says can be remembered; or whether it is known, and the message no
    /// other than one before it; or the fence of its key bars it.
    Offered verdict(const Arrival& arrival, const Ahead& ahead) const;
    /// A message is on its way to the store, of which the key may be a new one.
    void expect() { ++coming_; }
    /// What is to be known of it at once: its fence; and its name, for the store.
    Named remember(const Record& record, const std::string& name);
    /// The store has a message that was expected. The one that is replaced now: this one, or an
    /// older one.
    std::optional<Record> note(const Record& record);
    /// The same of one that was read, of which nobody knew the key. If there is no room for another
    /// key, or an older one bars it, it stays as if it had none, and is counted. But a fence that
    /// was there when the queue was opened holds on, room or not.
    std::optional<Record> note_read(const Record& record, Counters& counters);
    /// Somebody has a message that was replaced.
    void note_stale(MessageId id) { last_values_.use(keys_max_).note_stale(id); }
    bool is_stale(MessageId id) const { return last_values_->is_stale(id); }
    /// A message is gone.
    void forget(MessageId id);
    /// The message of that key, which the store has; 0: there is none.
    MessageId find(std::string_view key) const { return last_values_->find(key); }

    // --- keys that nobody knows yet --------------------------------------------------------------
    bool has_keys_to_read() const { return keys_.any(); }
    /// Nothing is given out before they are known.
    bool awaits_keys() const { return keys_.awaited(); }
    /// Nothing is taken before those are known that were there to begin with. What is moved here
    /// since keeps nobody out: read late, it may be barred.
    bool awaits_fences() const { return fenced_ && keys_.awaited(); }
    Range keys_to_read(const Limits& limits) const {
        return keys_.next(limits.browse_messages, limits.browse_bytes);
    }
    /// Those up to there are known now.
    void on_keys_read(MessageId through) { keys_.on_read(through); }
    /// A message was moved here.
    void read_key_of(MessageId id) { keys_.add(id); }

    /// True: it has other keys than before, of the messages up to `stored`.
    bool change(const Settings& before, const Settings& now, MessageId stored, Actions& out);
    std::size_t bytes() const { return last_values_->bytes() + duplicates_->bytes(); }

private:
    Passage passage_of(const Arrival& arrival, const Ahead& ahead, SharedFence& known) const;
    std::optional<Record> note_value(const Record& record);

    bool fenced_;
    std::size_t keys_max_;
    MessageId opened_with_;   // the youngest that was stored, while it has the key of then
    std::size_t coming_ = 0;  // that are not stored yet
    // Of queues with keys, and of those that remember names:
    OnUse<ComingFences> coming_fences_;
    OnUse<LastValues> last_values_;
    KeysToRead keys_;
    OnUse<Duplicates> duplicates_;
    WordShare share_;
};

}  // namespace weft::queue
