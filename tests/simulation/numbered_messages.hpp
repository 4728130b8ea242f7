#pragma once

#include "common/amqp/performatives.hpp"
#include "common/wire/big_endian.hpp"
#include "common/wire/delivery_state.hpp"
#include "tests/unit/amqp/random.hpp"

#include <array>
#include <cstdint>

namespace weft::amqp::test {

/// A message of the differential tests is known by a number, which is its delivery tag: size,
/// bytes, settlement and outcome follow from it on both sides.
using MessageNumber = std::uint64_t;

inline Buffer message_bytes(MessageNumber number) {
    Random random{static_cast<std::uint32_t>(number)};
    const std::uint32_t size = random.one_in(8) ? random.below(50000) : random.below(400);
    Buffer bytes(size);
    for (std::uint8_t& byte : bytes) {
        byte = static_cast<std::uint8_t>(random.below(256));
    }
    return bytes;
}

inline bool message_presettled(MessageNumber number) {
    return number % 5 == 0;
}

inline wire::Outcome message_outcome(MessageNumber number) {
    switch (number % 7) {
        case 1:
            return wire::Outcome::rejected;
        case 2:
            return wire::Outcome::released;
        case 3:
            return wire::Outcome::modified;
        default:
            return wire::Outcome::accepted;
    }
}

inline std::array<std::uint8_t, 8> message_tag(MessageNumber number) {
    std::array<std::uint8_t, 8> tag{};
    wire::store_u64(tag.data(), number);
    return tag;
}

inline MessageNumber message_number(Bytes tag) {
    return tag.size() == 8 ? wire::load_u64(tag.data()) : 0;
}

}  // namespace weft::amqp::test
