#pragma once

#include "common/base/bytes.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

/// Delivery states as the core needs them: encoded, told apart by their descriptor.
/// Spec: AMQP 1.0 §3.4
namespace weft::router {

enum class Outcome : std::uint8_t {
    none = 0,
    received = 0x23,
    accepted = 0x24,
    rejected = 0x25,
    released = 0x26,
    modified = 0x27,
};

/// What an encoded state is; `none` if it is none of these.
inline Outcome outcome_of(Bytes state) {
    if (state.size() < 4 || state[0] != 0) {
        return Outcome::none;
    }
    // smallulong is how everybody writes it; ulong is legal.
    const bool small = state[1] == 0x53;
    const bool large =
        state[1] == 0x80 && state.size() > 10 &&
        std::ranges::all_of(state.subspan(2, 7), [](auto byte) { return byte == 0; });
    const std::uint8_t code = small ? state[2] : large ? state[9] : std::uint8_t{0};
    return code >= 0x23 && code <= 0x27 ? static_cast<Outcome>(code) : Outcome::none;
}

/// A state that ends a delivery. Spec: AMQP 1.0 §3.4
inline bool is_terminal(Bytes state) {
    const Outcome outcome = outcome_of(state);
    return outcome != Outcome::none && outcome != Outcome::received;
}

namespace encoded {
inline constexpr std::array<std::uint8_t, 4> kAccepted{0x00, 0x53, 0x24, 0x45};
inline constexpr std::array<std::uint8_t, 4> kReleased{0x00, 0x53, 0x26, 0x45};
// received {section-number: 0, section-offset: 0}
inline constexpr std::array<std::uint8_t, 8> kReceived{0x00, 0x53, 0x23, 0xc0,
                                                       0x03, 0x02, 0x43, 0x44};
// modified {delivery-failed: true}
inline constexpr std::array<std::uint8_t, 7> kFailed{0x00, 0x53, 0x27, 0xc0, 0x02, 0x01, 0x41};
}  // namespace encoded

inline constexpr Bytes kAccepted{encoded::kAccepted};
inline constexpr Bytes kReleased{encoded::kReleased};
/// What cores tell each other of a delivery that waits only for those it need not wait for.
inline constexpr Bytes kReceived{encoded::kReceived};
inline constexpr Bytes kModifiedFailed{encoded::kFailed};

/// rejected {error: {condition, description}}
Buffer rejected(std::string_view condition, std::string_view description);

}  // namespace weft::router
