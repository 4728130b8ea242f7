#include "broker/store/segment.hpp"

#include "broker/store/body_files.hpp"
#include "broker/store/checksum.hpp"
#include "common/wire/big_endian.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace weft::store {
namespace {

constexpr std::uint32_t kOutside = 0x80000000;  // in a size: the payload stands elsewhere

}  // namespace

std::uint64_t StoredMessage::size() const {
    return outside ? BodyPlace::decoded(stored).size : stored.size();
}

bool SegmentDraft::add(const StoredMessage& message) {
    const bool other_file = file_ != 0 && message.file != 0 && message.file != file_;
    const bool fits = message.id == first_ + count_ && count_ < kSegmentMessagesMax &&
                      body_.size() + message.stored.size() <= kSegmentBytes && !other_file;
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
    wire::store_u32(head.data(), message.outside ? size | kOutside : size);
    wire::store_u64(head.data() + 8, message.expires);
    wire::store_u32(head.data() + 4, checksum(message.stored, checksum(Bytes{head}.subspan(8))));
    last_head_ = body_.size();
    append(body_, head);
    append(body_, message.stored);
    if (message.damaged) {
        spoil_last();
    }
    expires_ = std::min(expires_, message.expires);
    payload_bytes_ += message.size();
    file_ = std::max(file_, message.file);
    ++count_;
}

void SegmentDraft::spoil_last() {
    body_[last_head_ + 4] ^= 0xffU;
}

void SegmentDraft::clear() {
    count_ = 0;
    payload_bytes_ = 0;
    expires_ = queue::kForever;
    file_ = 0;
    body_ = Buffer{};  // there is one for each queue: it keeps no memory
}

void read_segment(Bytes body,
                  MessageId first,
                  std::size_t count,
                  const std::function<bool(MessageId)>& wanted,
                  const std::function<bool(const StoredMessage&)>& each) {
    for (MessageId id = first; id < first + count; ++id) {
        const std::uint32_t word = body.size() < kSegmentOverhead ? 0 : wire::load_u32(body.data());
        const std::size_t size = word & ~kOutside;
        if (body.size() < kSegmentOverhead || body.size() - kSegmentOverhead < size) {
            const Bytes rest = std::exchange(body, {});
            if (wanted(id) && !each({.id = id, .stored = rest, .damaged = true})) {
                return;
            }
            continue;
        }
        const std::uint32_t sum = wire::load_u32(body.data() + 4);
        const Bytes summed = body.subspan(8, kSegmentOverhead - 8 + size);
        body = body.subspan(kSegmentOverhead + size);
        if (!wanted(id)) {
            continue;
        }
        if (!each({.id = id,
                   .expires = wire::load_u64(summed.data()),
                   .stored = summed.subspan(8),
                   .outside = (word & kOutside) != 0 && size == BodyPlace::kSize,
                   .damaged = checksum(summed) != sum})) {
            return;
        }
    }
}

}  // namespace weft::store
