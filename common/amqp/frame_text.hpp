#pragma once

#include "common/base/bytes.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace weft::amqp {

/// Bytes of a frame that are looked at; a performative that is longer is only named.
inline constexpr std::size_t kFrameShownMax = 4096;
/// Bytes of a payload, or of a body that is no performative, that are shown.
inline constexpr std::size_t kPayloadShownMax = 64;
/// Values of one performative that are shown: a few bytes may stand for thousands.
inline constexpr std::size_t kValuesShownMax = 512;

/// A protocol header or a frame for people, as the original routers write it:
///   0 -> @transfer(20) [handle=0, delivery-id=7, settled=true] (105) "\x00Su\xa0d..." (truncated)
///
/// `start` are its first bytes, at least 8 and at most kFrameShownMax, of `size`. `arrow` says
/// which way it goes. What SASL mechanisms exchange is not shown. Total on any bytes. Spec:
/// AMQP 1.0 §2.3
std::string frame_text(Bytes start, std::size_t size, std::string_view arrow);

}  // namespace weft::amqp
