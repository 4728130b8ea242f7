#pragma once

#include "common/amqp/frame.hpp"
#include "common/base/bytes.hpp"
#include "common/wire/big_endian.hpp"

#include <cstddef>
#include <cstdint>

namespace weft::amqp {

/// Cuts a byte stream into protocol headers and frames.
///
/// A unit that lies whole in the input is returned as a view of it. One that is cut off is kept in
/// a buffer of its own, which lives only until the unit was used. Threading: not shared.
class FrameScanner {
public:
    enum class Unit : std::uint8_t { header, frame };

    /// Bytes; a larger frame is an error.
    void set_frame_max(std::uint32_t size) { frame_max_ = size; }

    /// The next unit, its bytes moved past in `in`; empty if more bytes are needed (`in` is then
    /// used up) or if the next frame's size is not valid (then failed()). Valid until the next
    /// call.
    Bytes next(Bytes& in, Unit unit) {
        if (kept_.empty() && in.size() >= kFrameHeaderSize && unit == Unit::frame) [[likely]] {
            const std::size_t size = wire::load_u32(in.data());
            if (size <= in.size() && size >= kFrameHeaderSize && size <= frame_max_) [[likely]] {
                const Bytes frame = in.first(size);
                in = in.subspan(size);
                return frame;
            }
        }
        return next_slowly(in, unit);
    }

    bool failed() const { return failed_; }

    /// Keeps `in` for later, in front of what comes then; false if that makes more than `limit`.
    bool hold(Bytes in, std::size_t limit);
    bool holds() const { return !held_.empty(); }
    /// What was held; the scanner no longer has it.
    Buffer take_held();
    /// What came and was not returned yet, at a moment when all input was given.
    Bytes waiting() const { return holds() || returned_ ? Bytes{held_} : Bytes{kept_}; }

private:
    Bytes next_slowly(Bytes& in, Unit unit);
    /// Size of the unit that starts with the eight bytes at `start`; 0 and failed if not valid.
    std::size_t unit_size(const std::uint8_t* start, Unit unit);
    void keep(Bytes& in, std::size_t size);

    Buffer kept_;  // the start of a unit, or all of the unit returned last
    Buffer held_;
    std::uint32_t frame_max_ = kFrameSizeMin;
    bool returned_ = false;  // kept_ was returned
    bool failed_ = false;
};

}  // namespace weft::amqp
