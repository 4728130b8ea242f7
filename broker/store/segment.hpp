#pragma once

#include "broker/queue/message.hpp"
#include "common/base/bytes.hpp"
#include "common/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>

/// Messages of one queue that stand in one row: their numbers follow one another.
///
///     ┌ size, 4 bytes ┬ checksum, 4 ┬ expires, 8 ┬ payload ┐ ┌ size …     big-endian, as in AMQP
///
/// The checksum is that of what follows it.
/// Threading: not shared.
namespace weft::store {

using queue::MessageId;

/// So many fit into one word of marks.
inline constexpr std::size_t kSegmentMessagesMax = 64;
/// Bytes from which on a segment takes no more messages: what reading one costs, at least.
inline constexpr std::size_t kSegmentBytes = 64 * 1024;
/// Bytes in front of each payload.
inline constexpr std::size_t kSegmentOverhead = 16;

/// A segment that is being filled.
class SegmentDraft {
public:
    /// False: it can't follow those that are here, or there is no room.
    [[nodiscard]] bool add(MessageId id, queue::WallTime expires, Bytes payload);
    void clear();

    bool empty() const { return count_ == 0; }
    MessageId first() const { return first_; }
    std::size_t count() const { return count_; }
    std::uint64_t payload_bytes() const { return body_.size() - count_ * kSegmentOverhead; }
    Bytes body() const { return body_; }
    /// None of them does before.
    queue::WallTime expires() const { return expires_; }

private:
    MessageId first_ = 0;
    std::size_t count_ = 0;
    queue::WallTime expires_ = queue::kForever;
    Buffer body_;
};

/// One of a segment, as it was read. Views hold as long as what was read.
struct StoredMessage {
    MessageId id = 0;
    queue::WallTime expires = queue::kForever;
    Bytes payload;
};

/// Calls `each` for the messages of a segment, in order, until it returns false. Only those that
/// `wanted` says so of are looked at beyond their size.
/// Errors: a message is damaged; nothing behind it is looked at.
[[nodiscard]] Result<void> read_segment(Bytes body,
                                        MessageId first,
                                        std::size_t count,
                                        const std::function<bool(MessageId)>& wanted,
                                        const std::function<bool(const StoredMessage&)>& each);

}  // namespace weft::store
