#pragma once

#include "broker/queue/fences.hpp"
#include "broker/queue/message.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace weft::queue {

/// Of each key the youngest message: it takes the place of the one before it.
///
/// What a consumer has while a younger one comes is stale: it stays the consumer's, and is gone if
/// it comes back.
/// Invariants:
///   L1  each known message is still in the queue
///   L2  `bytes_` is what the keys take in memory
///
/// Threading: loop-confined (its queue's).
class LastValues {
public:
    /// What a key takes beside its text.
    static constexpr std::size_t kBytesEach = 184;

    explicit LastValues(std::size_t max = 0) : max_{max} {}

    /// So many keys from now on; what is there stays.
    void limit(std::size_t max) { max_ = max; }
    bool knows(std::string_view key) const { return youngest_.find(key) != youngest_.end(); }
    /// The message with that key; 0: there is none.
    MessageId find(std::string_view key) const;
    /// Its fence; null: it has none, or there is none.
    SharedFence fence_of(std::string_view key) const;
    /// There may be a message with that key, while `others` are on their way that may have new
    /// ones.
    bool has_room_for(std::string_view key, std::size_t others) const {
        return key.empty() || youngest_.size() + others < max_ || knows(key);
    }
    /// The store has it. The message that is replaced now: this one, or an older one.
    std::optional<Record> note(const Record& record);
    /// Somebody has a message that was replaced.
    void note_stale(MessageId id) { stale_.insert(id); }
    bool is_stale(MessageId id) const { return stale_.contains(id); }
    /// A message is gone.
    void forget(MessageId id);
    void clear();
    std::size_t size() const { return youngest_.size(); }
    std::size_t bytes() const { return bytes_ + fences_.bytes(); }

private:
    /// Of a message what a Drop needs, and the fence of its key.
    struct Known {
        MessageId id = 0;
        std::uint64_t size = 0;
        Priority priority = 0;
        KeptFences::Kept fence{};
    };
    using Youngest = std::map<std::string, Known, std::less<>>;  // by key

    std::size_t max_;
    std::size_t bytes_ = 0;
    KeptFences fences_;
    Youngest youngest_;
    std::map<MessageId, Youngest::const_iterator> places_;  // of those
    std::set<MessageId> stale_;
};

/// Stored messages of which the keys are not known yet. Nothing is given out before those are that
/// were there to begin with; what comes later is read beside.
class KeysToRead {
public:
    bool any() const { return from_ <= through_; }
    bool awaited() const { return from_ <= awaited_; }
    /// Of all up to there.
    void start(MessageId through) {
        from_ = 1;
        through_ = through;
        awaited_ = through;
    }
    /// Of that one, too, the youngest.
    void add(MessageId id) {
        from_ = any() ? from_ : id;
        through_ = id;
    }
    void on_read(MessageId through) { from_ = through + 1; }
    Range next(std::size_t messages, std::size_t bytes) const {
        return {.from = from_, .through = through_, .messages = messages, .bytes = bytes};
    }

private:
    MessageId from_ = 1;
    MessageId through_ = 0;
    MessageId awaited_ = 0;
};

}  // namespace weft::queue
