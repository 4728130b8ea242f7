#pragma once

#include "common/base/bytes.hpp"
#include "mqtt-gateway/codec/fault.hpp"
#include "mqtt-gateway/codec/varint.hpp"
#include "mqtt-gateway/codec/version.hpp"

#include <cstddef>

namespace weft::mqtt {

/// Bytes of the largest packet that there can be: its type, its length, what the length says.
inline constexpr std::size_t kPacketBytesMax = 1 + kVarintBytesMax + kVarintMax;

/// Cuts a byte stream into packets.
///
/// A packet that lies whole in the input is returned as a view of it. One that is cut off is kept
/// in a buffer of its own, which grows with what came, not with what the packet says of its size,
/// and lives only until the packet was used. Threading: not shared.
class Framer {
public:
    /// A packet of more than `packet_max` bytes, its first byte and its length among them, is a
    /// fault as soon as its length was read.
    explicit Framer(std::size_t packet_max) : packet_max_{packet_max} {}

    /// Once the CONNECT was read: what a client may send now, and how its faults are answered.
    void speak(Version version, std::size_t packet_max) {
        fault_.version = version;
        packet_max_ = packet_max;
    }

    /// The next packet, its bytes moved past in `in`; empty if more bytes are needed (`in` is then
    /// used up) or failed(). Valid until the next call, and as long as the input.
    Bytes next(Bytes& in);

    /// The length of a packet is not valid: nothing more can be read.
    bool failed() const { return failed_; }
    const Fault& fault() const { return fault_; }
    /// Bytes of a packet that is not there yet.
    std::size_t kept() const { return returned_ ? 0 : kept_.size(); }

private:
    /// Size of the packet that begins with `start`; 0: not known yet, or failed.
    std::size_t packet_size(Bytes start);
    std::size_t fail(Bytes start, Reason reason, std::string_view what);
    void keep(Bytes& in, std::size_t size);

    Buffer kept_;  // the start of a packet, or all of the packet returned last
    std::size_t packet_max_;
    Fault fault_{.field = "remaining length", .at = 1};
    bool returned_ = false;  // kept_ was returned
    bool failed_ = false;
};

}  // namespace weft::mqtt
