#include "broker/selector/evaluation.hpp"

#include "broker/selector/like.hpp"

#include <algorithm>
#include <cmath>
#include <compare>
#include <limits>
#include <optional>

namespace weft::selector {
namespace {

constexpr std::size_t kBytesAStep = 64;

Value inverted(const Value& truth) noexcept {
    return truth.kind == Value::Kind::boolean ? Value::of(!truth.boolean) : Value{};
}

double as_real(const Value& number) noexcept {
    return number.kind == Value::Kind::real ? number.real : static_cast<double>(number.integer);
}

/// Exact, also where a double can't hold the integer. `real` is a number.
std::partial_ordering compare_exactly(std::int64_t integer, double real) noexcept {
    constexpr double kBeyond = 9223372036854775808.0;  // 2^63
    if (real >= kBeyond) {
        return std::partial_ordering::less;
    }
    if (real < -kBeyond) {
        return std::partial_ordering::greater;
    }
    const double whole = std::trunc(real);
    const auto truncated = static_cast<std::int64_t>(whole);
    return integer != truncated ? std::partial_ordering{integer <=> truncated} : whole <=> real;
}

/// Unordered if they are not two numbers.
std::partial_ordering compare_numbers(const Value& a, const Value& b) noexcept {
    const bool nan =
        !a.is_number() || !b.is_number() || std::isnan(as_real(a)) || std::isnan(as_real(b));
    if (nan) {
        return std::partial_ordering::unordered;
    }
    if (a.kind == b.kind) {
        return a.kind == Value::Kind::real ? a.real <=> b.real
                                           : std::partial_ordering{a.integer <=> b.integer};
    }
    return a.kind == Value::Kind::integer ? compare_exactly(a.integer, b.real)
                                          : 0 <=> compare_exactly(b.integer, a.real);
}

/// As integers where both are and the result is; otherwise in doubles.
Value added(const Value& a, const Value& b, bool inverse) noexcept {
    std::int64_t result = 0;
    const bool integers = a.kind == Value::Kind::integer && b.kind == Value::Kind::integer;
    if (integers && !(inverse ? __builtin_sub_overflow(a.integer, b.integer, &result)
                              : __builtin_add_overflow(a.integer, b.integer, &result))) {
        return Value::of(result);
    }
    return Value::of(inverse ? as_real(a) - as_real(b) : as_real(a) + as_real(b));
}

Value multiplied(const Value& a, const Value& b) noexcept {
    std::int64_t result = 0;
    const bool integers = a.kind == Value::Kind::integer && b.kind == Value::Kind::integer;
    if (integers && !__builtin_mul_overflow(a.integer, b.integer, &result)) {
        return Value::of(result);
    }
    return Value::of(as_real(a) * as_real(b));
}

/// Of integers without what is left over. By zero: unknown.
Value divided(const Value& a, const Value& b) noexcept {
    if (as_real(b) == 0) {
        return {};
    }
    const bool integers = a.kind == Value::Kind::integer && b.kind == Value::Kind::integer;
    const bool overflows =
        integers && b.integer == -1 && a.integer == std::numeric_limits<std::int64_t>::min();
    return integers && !overflows ? Value::of(a.integer / b.integer)
                                  : Value::of(as_real(a) / as_real(b));
}

Value holds(Op op, std::partial_ordering order) noexcept {
    if (order == std::partial_ordering::unordered) {
        return {};
    }
    switch (op) {
        case Op::less:
            return Value::of(order < 0);
        case Op::less_equal:
            return Value::of(order <= 0);
        case Op::greater:
            return Value::of(order > 0);
        default:
            return Value::of(order >= 0);
    }
}

}  // namespace

Value Evaluation::value(NodeId id) noexcept {
    if (!budget_.spend(1)) {
        return {};
    }
    const Node& node = program_.node(id);
    switch (node.op) {
        case Op::constant:
            return program_.constant(node);
        case Op::name:
            return values_.of(node.first);
        case Op::any:
        case Op::all:
            return joined(node);
        case Op::negation:
            return negation(node);
        case Op::equal:
        case Op::unequal:
            return equality(node);
        case Op::less:
        case Op::less_equal:
        case Op::greater:
        case Op::greater_equal:
            return order(node);
        case Op::between:
            return between(node);
        case Op::in:
            return in(node);
        case Op::like:
            return like(node);
        case Op::is_null: {
            const Value tested = value(program_.operands(node)[0].node);
            return Value::of((tested.kind == Value::Kind::null) != node.negated);
        }
        case Op::sum:
        case Op::product:
            return arithmetic(node);
        case Op::minus:
            return minus(node);
    }
    return {};
}

/// OR and AND: one that is true, or false, decides; one that is unknown leaves it so.
Value Evaluation::joined(const Node& node) noexcept {
    const bool deciding = node.op == Op::any;
    bool unknown = false;
    for (const Operand& operand : program_.operands(node)) {
        const Value truth = value(operand.node);
        if (truth.kind == Value::Kind::boolean && truth.boolean == deciding) {
            return truth;
        }
        unknown = unknown || truth.kind != Value::Kind::boolean;
    }
    return unknown ? Value{} : Value::of(!deciding);
}

Value Evaluation::negation(const Node& node) noexcept {
    return inverted(value(program_.operands(node)[0].node));
}

Value Evaluation::equal(const Value& a, const Value& b) noexcept {
    if (a.is_number()) {
        const std::partial_ordering order = compare_numbers(a, b);
        return order == std::partial_ordering::unordered ? Value{} : Value::of(order == 0);
    }
    if (a.kind == Value::Kind::text && b.kind == Value::Kind::text) {
        const bool same_size = a.text.size() == b.text.size();
        const bool paid = budget_.spend(same_size ? a.text.size() / kBytesAStep : 0);
        return paid ? Value::of(same_size && a.text == b.text) : Value{};
    }
    const bool booleans = a.kind == Value::Kind::boolean && b.kind == Value::Kind::boolean;
    return booleans ? Value::of(a.boolean == b.boolean) : Value{};
}

Value Evaluation::equality(const Node& node) noexcept {
    const auto operands = program_.operands(node);
    const Value left = value(operands[0].node);
    const Value right = value(operands[1].node);
    const Value same = equal(left, right);
    return node.op == Op::unequal ? inverted(same) : same;
}

Value Evaluation::order(const Node& node) noexcept {
    const auto operands = program_.operands(node);
    const Value left = value(operands[0].node);
    const Value right = value(operands[1].node);
    return holds(node.op, compare_numbers(left, right));
}

Value Evaluation::between(const Node& node) noexcept {
    const auto operands = program_.operands(node);
    const Value tested = value(operands[0].node);
    const Value low = holds(Op::greater_equal, compare_numbers(tested, value(operands[1].node)));
    const Value high = holds(Op::less_equal, compare_numbers(tested, value(operands[2].node)));
    Value within{};
    if (low.is_false() || high.is_false()) {
        within = Value::of(false);
    } else if (low.is_true() && high.is_true()) {
        within = Value::of(true);
    }
    return node.negated ? inverted(within) : within;
}

/// As if it were compared with each in turn, and these joined by OR.
Value Evaluation::in(const Node& node) noexcept {
    const auto operands = program_.operands(node);
    const Value tested = value(operands[0].node);
    Value found = Value::of(false);
    for (const Operand& each : operands.subspan(1)) {
        const Value same = equal(tested, value(each.node));
        if (same.kind != Value::Kind::boolean) {
            return {};  // the others are of the same type
        }
        if (same.boolean) {
            found = same;
            break;
        }
    }
    return node.negated ? inverted(found) : found;
}

Value Evaluation::like(const Node& node) noexcept {
    const auto operands = program_.operands(node);
    const Value tested = value(operands[0].node);
    if (tested.kind != Value::Kind::text) {
        return {};
    }
    const bool matches =
        is_like(program_.constant(program_.node(operands[1].node)).text, tested.text, budget_);
    return budget_.exhausted() ? Value{} : Value::of(matches != node.negated);
}

Value Evaluation::arithmetic(const Node& node) noexcept {
    std::optional<Value> result;
    for (const Operand& operand : program_.operands(node)) {
        const Value next = value(operand.node);
        if (!next.is_number()) {
            return {};
        }
        if (!result) {
            result = next;
        } else if (node.op == Op::sum) {
            result = added(*result, next, operand.inverse);
        } else {
            result = operand.inverse ? divided(*result, next) : multiplied(*result, next);
        }
        if (!result->is_number()) {
            return {};
        }
    }
    return result.value_or(Value{});
}

Value Evaluation::minus(const Node& node) noexcept {
    const Value number = value(program_.operands(node)[0].node);
    return number.is_number() ? multiplied(number, Value::of(std::int64_t{-1})) : Value{};
}

}  // namespace weft::selector
