#pragma once

#include "broker/selector/limits.hpp"
#include "broker/selector/message_values.hpp"
#include "broker/selector/program.hpp"
#include "broker/selector/value.hpp"

namespace weft::selector {

/// A program at work on the values of one message. Truth has three values: what is asked of an
/// absent value, or of two that don't compare, is unknown (null), and so is what follows from it.
///
/// Total, and as deep as the selector's parentheses. Nothing is allocated. Threading: not shared.
class Evaluation {
public:
    /// All must outlive it.
    Evaluation(const Program& program, const MessageValues& values, Budget& budget) noexcept
        : program_{program}, values_{values}, budget_{budget} {}

    /// Null, too, if the budget does not suffice.
    Value value(NodeId id) noexcept;

private:
    Value joined(const Node& node) noexcept;
    Value negation(const Node& node) noexcept;
    Value equality(const Node& node) noexcept;
    Value order(const Node& node) noexcept;
    Value between(const Node& node) noexcept;
    Value in(const Node& node) noexcept;
    Value like(const Node& node) noexcept;
    Value arithmetic(const Node& node) noexcept;
    Value minus(const Node& node) noexcept;
    Value equal(const Value& a, const Value& b) noexcept;

    const Program& program_;
    const MessageValues& values_;
    Budget& budget_;
};

}  // namespace weft::selector
