#pragma once

#include "broker/queue/message.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

/// Fences: who may write the value of a key, and in which order. A write with a higher epoch takes
/// the key over; within an epoch its owner alone writes, each time with a higher sequence. So what
/// was stuck on a lost connection undoes nothing that is younger, whenever it arrives.
/// Threading: not shared (values).
namespace weft::queue {

/// Whether a write passes the fence that its key has.
enum class Passage : std::uint8_t {
    free,
    again,   // it is the very write that the key has
    barred,  // a younger write, or another owner, has the key
};
/// Null: the key has no fence, and all pass; or the write has none, and passes where none is.
Passage pass(const Fence* known, const Fence* write);

/// The fences of keys that are stored, in few bytes each: the name of an owner, who may have many,
/// is kept once.
///
/// Invariants:
///   F1  `owners_` has each that some kept fence has, with how many have it
class KeptFences {
public:
    /// What an owner takes beside its name.
    static constexpr std::size_t kBytesEach = 100;

    using Owners = std::map<std::string, std::size_t, std::less<>>;
    /// One of them, which must be forgotten some day.
    struct Kept {
        std::uint64_t epoch = 0;
        std::uint64_t sequence = 0;
        const Owners::value_type* owner = nullptr;  // null: no fence
    };

    Kept keep(const SharedFence& fence);
    void forget(const Kept& kept);
    /// As it was; null: it was none.
    static SharedFence fence_of(const Kept& kept);
    std::size_t bytes() const { return bytes_; }

private:
    Owners owners_;
    std::size_t bytes_ = 0;
};

/// The fences of messages that are on their way to the store, of each key the youngest. Their
/// number is bounded by what producers may have under way.
class ComingFences {
public:
    /// A message is taken that has the key, and a fence or none.
    void add(MessageId id, std::string_view key, const SharedFence& fence);
    /// The store has it.
    void remove(MessageId id, std::string_view key);
    /// Of the youngest; null: none comes.
    const SharedFence* find(std::string_view key) const;

private:
    struct Coming {
        MessageId id = 0;
        SharedFence fence{};
    };

    std::map<std::string, Coming, std::less<>> coming_;
};

}  // namespace weft::queue
