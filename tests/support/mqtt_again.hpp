#pragma once

#include "common/base/assert.hpp"
#include "mqtt-gateway/codec/encode.hpp"

#include <type_traits>
#include <variant>

namespace weft::mqtt {

/// A packet that was read, written again in its version.
inline Buffer written_again(const Packet& packet, Version version) {
    Buffer out;
    std::visit(
        [&](const auto& one) {
            using One = std::decay_t<decltype(one)>;
            if constexpr (std::is_same_v<One, Fault>) {
                WEFT_CHECK(false);  // a fault is no packet
            } else if constexpr (std::is_same_v<One, Connect>) {
                WEFT_CHECK(encode(out, one, {.version = one.version}) == Encoded::written);
            } else {
                WEFT_CHECK(encode(out, one, {.version = version}) == Encoded::written);
            }
        },
        packet);
    return out;
}

}  // namespace weft::mqtt
