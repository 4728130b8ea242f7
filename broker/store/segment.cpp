#include "broker/store/segment.hpp"

#include "broker/store/checksum.hpp"
#include "common/base/conditions.hpp"
#include "common/wire/big_endian.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace weft::store {
namespace {

tl::unexpected<Error> damaged(MessageId id) {
    return fail(kInternalError, "message " + std::to_string(id) +
                                    " is damaged: the store is damaged; put a backup in its place");
}

}  // namespace

bool SegmentDraft::add(MessageId id, queue::WallTime expires, Bytes payload) {
    if (count_ == 0) {
        first_ = id;
    } else if (id != first_ + count_ || count_ == kSegmentMessagesMax ||
               body_.size() >= kSegmentBytes) {
        return false;
    }
    std::array<std::uint8_t, kSegmentOverhead> head{};
    wire::store_u32(head.data(), static_cast<std::uint32_t>(payload.size()));
    wire::store_u64(head.data() + 8, expires);
    wire::store_u32(head.data() + 4, checksum(payload, checksum(Bytes{head}.subspan(8))));
    append(body_, head);
    append(body_, payload);
    expires_ = std::min(expires_, expires);
    ++count_;
    return true;
}

void SegmentDraft::clear() {
    count_ = 0;
    expires_ = queue::kForever;
    body_.clear();
}

Result<void> read_segment(Bytes body,
                          MessageId first,
                          std::size_t count,
                          const std::function<bool(MessageId)>& wanted,
                          const std::function<bool(const StoredMessage&)>& each) {
    for (MessageId id = first; id < first + count; ++id) {
        if (body.size() < kSegmentOverhead) {
            return damaged(id);
        }
        const std::size_t size = wire::load_u32(body.data());
        const std::uint32_t sum = wire::load_u32(body.data() + 4);
        if (body.size() - kSegmentOverhead < size) {
            return damaged(id);
        }
        const Bytes sound = body.subspan(8, kSegmentOverhead - 8 + size);
        body = body.subspan(kSegmentOverhead + size);
        if (!wanted(id)) {
            continue;
        }
        if (checksum(sound) != sum) {
            return damaged(id);
        }
        if (!each(
                {.id = id, .expires = wire::load_u64(sound.data()), .payload = sound.subspan(8)})) {
            return {};
        }
    }
    return {};
}

}  // namespace weft::store
