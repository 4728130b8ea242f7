#include "common/amqp/frame_trace.hpp"

#include "common/amqp/frame_scanner.hpp"
#include "common/wire/big_endian.hpp"

#include <algorithm>

namespace weft::amqp {

void FrameTrace::take(Bytes in, const Line& line) {
    while (!in.empty() && !lost_) {
        const std::size_t wanted = (size_ == 0 ? kFrameHeaderSize : size_) - seen_;
        const Bytes taken = in.first(std::min(in.size(), wanted));
        append(kept_, taken.first(std::min(taken.size(), kFrameShownMax - kept_.size())));
        seen_ += taken.size();
        in = in.subspan(taken.size());
        if (size_ == 0 && seen_ == kFrameHeaderSize && !begin_unit(line)) {
            return;
        }
        if (seen_ == size_) {
            line(frame_text(kept_, size_, arrow_));
            kept_.clear();
            size_ = seen_ = 0;
        }
    }
}

/// The first eight bytes are there: they are the header, or tell the frame's size.
bool FrameTrace::begin_unit(const Line& line) {
    static_assert(kFrameHeaderSize == kProtocolHeaderSize);
    const bool header = as_text(kept_).starts_with("AMQP");
    size_ = header ? kProtocolHeaderSize : wire::load_u32(kept_.data());
    lost_ = size_ < kFrameHeaderSize;
    if (lost_) {
        line(" " + std::string(arrow_) + " (a frame of " + std::to_string(size_) +
             " bytes can't be: what follows is not shown)");
    }
    return !lost_;
}

}  // namespace weft::amqp
