#pragma once

#include <cstddef>
#include <cstdint>

/// What stands around every performative. Spec: AMQP 1.0 §2.2, §2.3
namespace weft::amqp {

inline constexpr std::size_t kFrameHeaderSize = 8;
inline constexpr std::size_t kProtocolHeaderSize = 8;

/// Bytes of a frame that every peer must take. Spec: AMQP 1.0 §2.8.19
inline constexpr std::uint32_t kFrameSizeMin = 512;

enum class FrameType : std::uint8_t { amqp = 0, sasl = 1 };

/// The fifth byte of a protocol header.
enum class ProtocolId : std::uint8_t { amqp = 0, tls = 2, sasl = 3 };

}  // namespace weft::amqp
