#include "broker/store/segment.hpp"

#include "broker/store/body_files.hpp"
#include "broker/store/checksum.hpp"
#include "common/wire/big_endian.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace weft::store {
namespace {

// In a size.
constexpr std::uint32_t kOutside = 0x80000000;  // the payload stands elsewhere
constexpr std::uint32_t kLong = 0x40000000;     // it has a due time and a priority
constexpr std::size_t kShortOverhead = 16;      // without these: of version 1

Facts facts_of(Bytes summed, bool is_long) {
    Facts facts{.expires = wire::load_u64(summed.data())};
    if (is_long) {
        facts.due = wire::load_u64(summed.data() + 8);
        facts.priority = std::min(summed[16], queue::kPriorityMost);
    }
    return facts;
}

}  // namespace

std::uint64_t StoredMessage::size() const {
    return outside ? BodyPlace::decoded(stored).size : stored.size();
}

bool SegmentDraft::add(const StoredMessage& message) {
    const bool other_file = file_ != 0 && message.file != 0 && message.file != file_;
    const bool fits = message.id == first_ + count_ && count_ < kSegmentMessagesMax &&
                      body_.size() + message.stored.size() <= kSegmentBytes &&
                      payload_bytes_ + message.size() <= kSegmentPayload && !other_file;
    if (count_ > 0 && !fits) {
        return false;
    }
    add_again(message);
    return true;
}

void SegmentDraft::add_again(const StoredMessage& message) {
    if (count_ == 0) {
        first_ = message.id;
    }
    std::array<std::uint8_t, kSegmentOverhead> head{};
    const auto size = static_cast<std::uint32_t>(message.stored.size());
    wire::store_u32(head.data(), size | kLong | (message.outside ? kOutside : 0));
    wire::store_u64(head.data() + 8, message.facts.expires);
    wire::store_u64(head.data() + 16, message.facts.due);
    head[24] = message.facts.priority;
    wire::store_u32(head.data() + 4, checksum(message.stored, checksum(Bytes{head}.subspan(8))));
    last_head_ = body_.size();
    append(body_, head);
    append(body_, message.stored);
    if (message.damaged) {
        spoil_last();
    }
    expires_ = std::min(expires_, message.facts.expires);
    due_ = message.facts.due > 0 ? std::min(due_, message.facts.due) : due_;
    priorities_ |= queue::bit_of(message.facts.priority);
    payload_bytes_ += message.size();
    file_ = std::max(file_, message.file);
    ++count_;
}

/// It can't be read.
void SegmentDraft::spoil_last() {
    body_[last_head_ + 4] ^= 0xffU;
}

void SegmentDraft::clear() {
    count_ = 0;
    payload_bytes_ = 0;
    expires_ = queue::kForever;
    file_ = 0;
    due_ = queue::kForever;
    priorities_ = 0;
    body_ = Buffer{};  // there is one for each queue: it keeps no memory
}

void read_segment(Bytes body,
                  MessageId first,
                  std::size_t count,
                  const std::function<bool(MessageId)>& wanted,
                  const std::function<bool(const StoredMessage&)>& each) {
    for (MessageId id = first; id < first + count; ++id) {
        const std::uint32_t word = body.size() < kShortOverhead ? 0 : wire::load_u32(body.data());
        const bool is_long = (word & kLong) != 0;
        const std::size_t overhead = is_long ? kSegmentOverhead : kShortOverhead;
        const std::size_t size = word & ~(kOutside | kLong);
        if (body.size() < overhead || body.size() - overhead < size) {
            const Bytes rest = std::exchange(body, {});
            if (wanted(id) && !each({.id = id, .stored = rest, .damaged = true})) {
                return;
            }
            continue;
        }
        const std::uint32_t sum = wire::load_u32(body.data() + 4);
        const Bytes summed = body.subspan(8, overhead - 8 + size);
        body = body.subspan(overhead + size);
        if (!wanted(id)) {
            continue;
        }
        if (!each({.id = id,
                   .facts = facts_of(summed, is_long),
                   .stored = summed.subspan(overhead - 8),
                   .outside = (word & kOutside) != 0 && size == BodyPlace::kSize,
                   .damaged = checksum(summed) != sum})) {
            return;
        }
    }
}

StoredMessage message_of(Bytes body, MessageId first, MessageId id) {
    StoredMessage one{.id = id, .damaged = true};
    read_segment(
        body, first, id - first + 1, [id](MessageId each) { return each == id; },
        [&one](const StoredMessage& found) {
            one = found;
            return false;
        });
    return one;
}

}  // namespace weft::store
