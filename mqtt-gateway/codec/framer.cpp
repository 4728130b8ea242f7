#include "mqtt-gateway/codec/framer.hpp"

#include <algorithm>

namespace weft::mqtt {

Bytes Framer::next(Bytes& in) {
    if (returned_) {
        returned_ = false;
        kept_ = Buffer{};
    }
    if (failed_) {
        return {};
    }
    if (kept_.empty()) {
        const std::size_t size = packet_size(in);
        if (size != 0 && size <= in.size()) {
            const Bytes whole = in.first(size);
            in = in.subspan(size);
            return whole;
        }
        if (!failed_) {
            keep(in, in.size());
        }
        return {};
    }
    std::size_t size = packet_size(kept_);
    while (size == 0 && !failed_ && !in.empty()) {
        keep(in, 1);
        size = packet_size(kept_);
    }
    if (size == 0) {
        return {};
    }
    keep(in, std::min(in.size(), size - kept_.size()));
    returned_ = kept_.size() == size;
    return returned_ ? Bytes{kept_} : Bytes{};
}

std::size_t Framer::packet_size(Bytes start) {
    if (start.empty()) {
        return 0;
    }
    const Varint remaining = read_varint(start.subspan(1));
    if (remaining.size == 0) {
        return 0;
    }
    if (remaining.size > kVarintBytesMax) {
        return fail(start, Reason::malformed_packet, "has more than four bytes");
    }
    const std::size_t size = 1 + remaining.size + remaining.value;
    return size <= packet_max_
               ? size
               : fail(start, Reason::packet_too_large, "makes the packet larger than is accepted");
}

std::size_t Framer::fail(Bytes start, Reason reason, std::string_view what) {
    failed_ = true;
    fault_.reason = reason;
    fault_.what = what;
    fault_.packet = type_of(start[0]);
    return 0;
}

void Framer::keep(Bytes& in, std::size_t size) {
    append(kept_, in.first(size));
    in = in.subspan(size);
}

}  // namespace weft::mqtt
