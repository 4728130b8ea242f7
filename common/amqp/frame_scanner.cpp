#include "common/amqp/frame_scanner.hpp"

#include <algorithm>
#include <utility>

namespace weft::amqp {

std::size_t FrameScanner::unit_size(const std::uint8_t* start, Unit unit) {
    if (unit == Unit::header) {
        return kProtocolHeaderSize;
    }
    const std::size_t size = wire::load_u32(start);
    if (size < kFrameHeaderSize || size > frame_max_) {
        failed_ = true;
        return 0;
    }
    return size;
}

void FrameScanner::keep(Bytes& in, std::size_t size) {
    append(kept_, in.first(size));
    in = in.subspan(size);
}

Bytes FrameScanner::next_slowly(Bytes& in, Unit unit) {
    static_assert(kFrameHeaderSize == kProtocolHeaderSize);
    if (returned_) {
        returned_ = false;
        kept_ = Buffer{};
    }
    if (failed_ || in.empty()) {
        return {};
    }
    if (kept_.empty() && in.size() >= kFrameHeaderSize) {
        const std::size_t size = unit_size(in.data(), unit);
        if (size == 0) {
            return {};
        }
        if (size <= in.size()) {
            const Bytes whole = in.first(size);
            in = in.subspan(size);
            return whole;
        }
    }
    if (kept_.size() < kFrameHeaderSize) {
        keep(in, std::min(in.size(), kFrameHeaderSize - kept_.size()));
        if (kept_.size() < kFrameHeaderSize) {
            return {};
        }
    }
    const std::size_t size = unit_size(kept_.data(), unit);
    if (size == 0) {
        return {};
    }
    keep(in, std::min(in.size(), size - kept_.size()));
    returned_ = kept_.size() == size;
    return returned_ ? Bytes{kept_} : Bytes{};
}

bool FrameScanner::hold(Bytes in, std::size_t limit) {
    if (in.size() > limit - held_.size()) {
        return false;
    }
    append(held_, in);
    return true;
}

Buffer FrameScanner::take_held() {
    return std::exchange(held_, Buffer{});
}

}  // namespace weft::amqp
