#pragma once

#include "broker/queue/message.hpp"
#include "common/base/bytes.hpp"
#include "common/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>

/// Messages of one queue that stand in one row: their numbers follow one another.
///
///     ┌ size, 4 bytes ┬ checksum, 4 ┬ expires, 8 ┬ due, 8 ┬ priority, 1 ┬ payload ┐ ┌ size …
///                                                                      big-endian, as in AMQP
///
/// The checksum is that of what follows it. With the highest bit of `size` the payload stands in a
/// body file, and its place here (body_files.hpp).
/// Threading: not shared.
namespace weft::store {

using queue::MessageId;

/// So many fit into one word of marks.
inline constexpr std::size_t kSegmentMessagesMax = 64;
/// Bytes of a segment, unless it has one message: what reading one costs.
inline constexpr std::size_t kSegmentBytes = 64 * 1024;
/// Bytes of its payloads, wherever they stand, unless it has one message: what emptying a body file
/// moves at once.
inline constexpr std::uint64_t kSegmentPayload = std::uint64_t{1024} * 1024;
/// Bytes in front of each payload.
inline constexpr std::size_t kSegmentOverhead = 25;

/// What a segment says of a message beside its payload.
struct Facts {
    queue::WallTime expires = queue::kForever;
    queue::WallTime due = 0;  // it is scheduled for then; 0: it is not
    queue::Priority priority = queue::kPriorityDefault;
};

/// One message of a segment, as it is stored. Views hold as long as what was read.
struct StoredMessage {
    MessageId id = 0;
    Facts facts{};
    Bytes stored{};         // the payload, or its place in a body file
    bool outside = false;   // the latter
    bool damaged = false;   // its checksum is wrong; `stored` is what there is
    std::uint64_t file{0};  // of one that is written and stands outside

    /// Of the payload.
    std::uint64_t size() const;
};

/// A segment that is being filled.
class SegmentDraft {
public:
    /// False: it can't follow those that are here, or there is no room. A damaged one can't be read
    /// wherever it goes.
    [[nodiscard]] bool add(const StoredMessage& message);
    /// Whatever the room: one of a segment that is written again.
    void add_again(const StoredMessage& message);
    void clear();

    bool empty() const { return count_ == 0; }
    MessageId first() const { return first_; }
    std::size_t count() const { return count_; }
    std::uint64_t payload_bytes() const { return payload_bytes_; }
    Bytes body() const { return body_; }
    /// It is to be cleared then.
    Buffer take_body() { return std::move(body_); }
    /// None of them does before.
    queue::WallTime expires() const { return expires_; }
    /// The one that has bodies of it; 0: none has.
    std::uint64_t file() const { return file_; }
    /// None of those that are scheduled is before; kForever: none is scheduled.
    queue::WallTime due() const { return due_; }
    queue::Priorities priorities() const { return priorities_; }

private:
    void spoil_last();

    MessageId first_ = 0;
    std::size_t count_ = 0;
    std::uint64_t payload_bytes_ = 0;
    queue::WallTime expires_ = queue::kForever;
    std::uint64_t file_ = 0;
    queue::WallTime due_ = queue::kForever;
    queue::Priorities priorities_ = 0;
    std::size_t last_head_ = 0;  // where the last one begins
    Buffer body_;
};

/// Calls `each` for the messages of a segment, in order, until it returns false. Only those that
/// `wanted` says so of are looked at beyond their size. Where a size can't be, that message and all
/// behind it are damaged, and the first of them has all that is left.
void read_segment(Bytes body,
                  MessageId first,
                  std::size_t count,
                  const std::function<bool(MessageId)>& wanted,
                  const std::function<bool(const StoredMessage&)>& each);

/// The message `id` of a segment that begins with `first`, and has it.
StoredMessage message_of(Bytes body, MessageId first, MessageId id);

}  // namespace weft::store
