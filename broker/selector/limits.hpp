#pragma once

#include <cstddef>
#include <cstdint>

/// What bounds the time and memory that a selector costs, whoever wrote it.
namespace weft::selector {

/// Of its text, in bytes.
inline constexpr std::size_t kTextBytesMax = 16 * 1024;
/// Parentheses, NOTs and signs that stand in one another.
inline constexpr std::size_t kDepthMax = 64;
/// Values, names and operators.
inline constexpr std::size_t kNodesMax = 4096;
/// Different names of fields and properties.
inline constexpr std::size_t kNamesMax = 64;

/// Of one evaluation: nodes, sections, entries of the application properties, and characters that
/// LIKE looks at are a step each; 64 bytes of texts that are compared are one.
inline constexpr std::uint32_t kStepsMax = 10'000;
/// Bytes of ids that are not texts, or that JMS shows otherwise than they are, in one evaluation.
inline constexpr std::size_t kIdTextMax = 1024;

/// The steps that an evaluation has left. Threading: not shared.
class Budget {
public:
    explicit Budget(std::uint32_t steps) noexcept : all_{steps}, left_{steps} {}

    /// False: there are not so many, and from then on there are none.
    bool spend(std::size_t steps) noexcept {
        exhausted_ = exhausted_ || steps > left_;
        left_ = exhausted_ ? 0 : left_ - static_cast<std::uint32_t>(steps);
        return !exhausted_;
    }
    bool exhausted() const noexcept { return exhausted_; }
    std::uint32_t spent() const noexcept { return all_ - left_; }

private:
    std::uint32_t all_;
    std::uint32_t left_;
    bool exhausted_ = false;
};

}  // namespace weft::selector
