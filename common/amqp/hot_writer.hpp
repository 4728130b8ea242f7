#pragma once

#include "common/amqp/delivery.hpp"
#include "common/amqp/frame.hpp"
#include "common/amqp/performatives.hpp"
#include "common/wire/big_endian.hpp"
#include "common/wire/value_head.hpp"

#include <cstdint>
#include <cstring>

namespace weft::amqp {

/// Writes one frame of the hot path straight into memory that the caller reserved: its performative
/// is a list8 (at most 255 bytes of fields), sizes are patched in at the end.
/// Threading: not shared. Spec: AMQP 1.0 §2.3.2
class HotWriter {
public:
    HotWriter(std::uint8_t* frame, std::uint16_t channel, Performative which)
        : frame_{frame}, p_{frame + kListAt + wire::kHead8} {
        frame[4] = kFrameHeaderSize / 4;
        frame[5] = static_cast<std::uint8_t>(FrameType::amqp);
        wire::store_u16(frame + 6, channel);
        wire::store_descriptor8(frame + kFrameHeaderSize, static_cast<std::uint8_t>(which));
    }

    std::size_t size() const { return static_cast<std::size_t>(p_ - frame_); }

    void uint(std::uint32_t value) {
        if (value == 0) {
            *p_++ = code(wire::Code::uint0);
        } else if (value <= 0xff) {
            *p_++ = code(wire::Code::smalluint);
            *p_++ = static_cast<std::uint8_t>(value);
        } else {
            uint32(value);
        }
    }
    /// In full width, without a branch.
    void uint32(std::uint32_t value) {
        *p_ = code(wire::Code::uint);
        wire::store_u32(p_ + 1, value);
        p_ += 5;
    }
    /// Where it stands, for set_boolean.
    std::uint8_t* boolean(bool value) {
        set_boolean(p_, value);
        return p_++;
    }
    static void set_boolean(std::uint8_t* at, bool value) {
        *at = code(value ? wire::Code::boolean_true : wire::Code::boolean_false);
    }
    void nulls(int count) {
        for (; count > 0; --count) {
            *p_++ = code(wire::Code::null);
        }
    }
    /// At most 255 bytes.
    void tag(Bytes value) {
        *p_ = code(wire::Code::vbin8);
        p_[1] = static_cast<std::uint8_t>(value.size());
        std::memcpy(p_ + 2, value.data(), value.size());
        p_ += 2 + value.size();
    }
    void tag(DeliveryId id) {
        *p_ = code(wire::Code::vbin8);
        p_[1] = sizeof id;
        wire::store_u32(p_ + 2, id);
        p_ += 2 + sizeof id;
    }
    /// A value that is encoded already; empty writes null.
    void raw(Bytes encoded) {
        if (encoded.empty()) {
            nulls(1);
            return;
        }
        std::memcpy(p_, encoded.data(), encoded.size());
        p_ += encoded.size();
    }

    void end_list(std::uint8_t count) {
        wire::store_head8(frame_ + kListAt, wire::Code::list8, size() - kListAt - wire::kHead8,
                          count);
    }
    void payload(Bytes bytes) {
        std::memcpy(p_, bytes.data(), bytes.size());
        p_ += bytes.size();
    }
    /// Bytes of the whole frame.
    std::size_t end_frame() {
        wire::store_u32(frame_, static_cast<std::uint32_t>(size()));
        return size();
    }

private:
    static constexpr std::size_t kListAt = kFrameHeaderSize + wire::kDescriptor8;

    static constexpr std::uint8_t code(wire::Code value) {
        return static_cast<std::uint8_t>(value);
    }

    std::uint8_t* frame_;
    std::uint8_t* p_;
};

}  // namespace weft::amqp
