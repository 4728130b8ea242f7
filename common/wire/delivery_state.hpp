#pragma once

#include "common/base/bytes.hpp"
#include "common/wire/writer.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

/// Delivery states: told apart, and the ones that we say ourselves ready to be sent.
///
/// A state travels encoded, as the `state` of transfers, dispositions and updates; whoever decides
/// by it asks outcome_of(). Threading: any thread (no state). Spec: AMQP 1.0 §3.4, §4.5
namespace weft::wire {

/// What a state says has become of its delivery: descriptors of delivery states.
enum class Outcome : std::uint8_t {
    none = 0,         // no state, or none of those below
    received = 0x23,  // nothing yet: so much of it arrived
    accepted = 0x24,
    rejected = 0x25,
    released = 0x26,
    modified = 0x27,
    declared = 0x33,
    transactional = 0x34,
};

namespace encoded {
constexpr std::uint8_t byte(Code code) noexcept {
    return static_cast<std::uint8_t>(code);
}
constexpr std::uint8_t byte(Outcome outcome) noexcept {
    return static_cast<std::uint8_t>(outcome);
}
constexpr std::array<std::uint8_t, 4> without_fields(Outcome outcome) noexcept {
    return {byte(Code::described), byte(Code::smallulong), byte(outcome), byte(Code::list0)};
}

inline constexpr auto kAccepted = without_fields(Outcome::accepted);
inline constexpr auto kReleased = without_fields(Outcome::released);
// {section-number: 0, section-offset: 0}
inline constexpr std::array<std::uint8_t, 8> kReceived{
    byte(Code::described), byte(Code::smallulong), byte(Outcome::received), byte(Code::list8), 3, 2,
    byte(Code::uint0),     byte(Code::ulong0)};
// {delivery-failed: true}
inline constexpr std::array<std::uint8_t, 7> kModifiedFailed{byte(Code::described),
                                                             byte(Code::smallulong),
                                                             byte(Outcome::modified),
                                                             byte(Code::list8),
                                                             2,
                                                             1,
                                                             byte(Code::boolean_true)};
}  // namespace encoded

inline constexpr Bytes kAccepted{encoded::kAccepted};
inline constexpr Bytes kReleased{encoded::kReleased};
/// received, with nothing of the delivery: that its decision is still open.
inline constexpr Bytes kReceived{encoded::kReceived};
/// modified, delivery-failed.
inline constexpr Bytes kModifiedFailed{encoded::kModifiedFailed};

/// A composite error: {condition, description, info}. What is empty at its end is left out; `info`
/// is an encoded map.
void write_error(Writer& out,
                 std::string_view condition,
                 std::string_view description,
                 Bytes info = {});

/// rejected {error}
[[nodiscard]] Buffer rejected(std::string_view condition, std::string_view description);

/// Bytes of an error's condition; a longer one is words as well.
inline constexpr std::size_t kConditionMax = 64;

/// What is left of a state without its words: the outcome, and of an error its condition. Empty if
/// it is none of those that outcome_of() knows. At most kConditionMax bytes and a few.
[[nodiscard]] Buffer bare(Bytes state);

/// outcome_of() for all states but the usual one.
[[nodiscard]] Outcome unusual_outcome_of(Bytes state) noexcept;

/// What an encoded state is; `none` for one that is not whole, or anything else. The usual one is
/// told in one comparison.
[[nodiscard]] inline Outcome outcome_of(Bytes state) noexcept {
    const bool usual = state.size() == kAccepted.size() &&
                       std::equal(kAccepted.begin(), kAccepted.end(), state.begin());
    if (usual) {
        return Outcome::accepted;
    }
    return state.empty() ? Outcome::none : unusual_outcome_of(state);
}

/// True for a state that ends a delivery: outside of transactions, an outcome.
[[nodiscard]] inline bool is_terminal(Bytes state) noexcept {
    const Outcome outcome = outcome_of(state);
    return outcome >= Outcome::accepted && outcome <= Outcome::modified;
}

}  // namespace weft::wire
