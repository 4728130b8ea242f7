#pragma once

#include "common/base/bytes.hpp"
#include "mqtt-gateway/codec/fault.hpp"
#include "mqtt-gateway/codec/topic.hpp"
#include "mqtt-gateway/codec/varint.hpp"
#include "mqtt-gateway/codec/version.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace weft::mqtt {

/// Packet identifiers are never 0, which stands for none.
using PacketId = std::uint16_t;

/// Reads the fields of one packet, one after the other.
///
/// Total: any bytes have a defined result. The first fault is kept and from then on only zeros and
/// empty views are read, so that a whole packet can be read and `ok()` asked once. Views returned
/// point into the packet. `field` names what is read, for the fault: a literal.
/// Threading: not shared (a value).
class FieldReader {
public:
    FieldReader(Bytes packet, Version version) noexcept
        : packet_{packet}, end_{packet.size()}, version_{version} {}

    bool ok() const noexcept { return !failed_; }
    const Fault& fault() const noexcept { return fault_; }
    /// Nothing is left to be read, or nothing can be.
    bool done() const noexcept { return failed_ || at_ == end_; }
    std::size_t left() const noexcept { return failed_ ? 0 : end_ - at_; }
    Bytes remaining() const noexcept { return packet_.subspan(at_, left()); }
    /// Where the next field begins, counted from the packet's first byte.
    std::size_t at() const noexcept { return at_; }

    /// By which later fields are read: what CONNECT says of itself.
    Version version() const noexcept { return version_; }
    void set_version(Version version) noexcept { version_ = version; }
    bool is_v5() const noexcept { return version_ >= Version::v5; }
    /// A fault is answered in so many bytes, as CONNECT says.
    void set_answer_max(std::uint32_t bytes) noexcept { fault_.packet_max = bytes; }

    std::uint8_t u8(std::string_view field) noexcept {
        return need(1, field) ? packet_[at_++] : std::uint8_t{0};
    }
    std::uint16_t u16(std::string_view field) noexcept;
    std::uint32_t u32(std::string_view field) noexcept;
    /// In its shortest form, which MQTT 5 asks for. Spec: MQTT 5 [MQTT-1.5.5-1]
    std::uint32_t varint(std::string_view field) noexcept;
    /// A u16 that is not 0. Spec: MQTT 5 [MQTT-2.2.1-3]
    PacketId packet_id() noexcept;
    /// Behind two bytes with its length.
    Bytes binary(std::string_view field) noexcept;
    std::string_view text(std::string_view field) noexcept;
    std::string_view topic_name(std::string_view field) noexcept;
    std::string_view topic_filter(std::string_view field) noexcept;
    /// All that is left.
    Bytes rest() noexcept;

    /// What was read from `begin` on, a place that `at` returned.
    Bytes since(std::size_t begin) const noexcept { return packet_.subspan(begin, at_ - begin); }

    /// Lets only the next `size` bytes be read, until `widen` is given what this returns.
    std::size_t narrow(std::size_t size, std::string_view field) noexcept;
    void widen(std::size_t end) noexcept { end_ = end; }

    /// Keeps the fault, unless there is one already. `field` and `what`: literals.
    void fail(Reason reason,
              std::string_view field,
              std::string_view what,
              std::size_t at) noexcept;
    /// The text that was read last is malformed, if `fault` says so.
    void check(TextFault fault, std::string_view text, std::string_view field) noexcept;

private:
    bool need(std::size_t size, std::string_view field) noexcept;

    Bytes packet_;
    std::size_t at_ = 0;
    std::size_t end_;
    Version version_;
    bool failed_ = false;
    Fault fault_{};
};

}  // namespace weft::mqtt
