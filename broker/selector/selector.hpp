#pragma once

#include "broker/selector/message_values.hpp"
#include "broker/selector/program.hpp"
#include "common/base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace weft::selector {

enum class Verdict : std::uint8_t {
    selected,
    passed_over,  // the condition is false, or unknown
    gave_up,      // kStepsMax did not suffice: nobody knows
};

struct Judgement {
    Verdict verdict = Verdict::passed_over;
    std::uint32_t steps = 0;
};

/// A message selector, read once and asked of many messages.
///
///   S1  what it costs to read, hold and ask it is bounded by limits.hpp, whoever wrote the
///       selector and the message
///   S2  asking allocates nothing, and reads only the sections that the selector names
///   S3  each message has one verdict, whatever its bytes are
///
/// Threading: immutable once made (a value).
class Selector {
public:
    /// Errors: amqp:invalid-field, amqp:resource-limit-exceeded; they name the column and what to
    /// do.
    [[nodiscard]] static Result<Selector> parse(std::string_view text);

    [[nodiscard]] Judgement judge(const Candidate& candidate) const noexcept;

    /// In the form in which selectors that mean the same by their grammar are equal.
    std::string text() const;

private:
    explicit Selector(Program program) : program_{std::move(program)} {}

    Program program_;
};

}  // namespace weft::selector
