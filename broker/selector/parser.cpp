#include "broker/selector/parser.hpp"

#include "broker/selector/like.hpp"
#include "broker/selector/limits.hpp"
#include "common/base/conditions.hpp"
#include "common/base/printable.hpp"
#include "common/base/utf8.hpp"

#include <array>
#include <limits>
#include <string>
#include <utility>

namespace weft::selector {
namespace {

using Kind = Token::Kind;

constexpr auto kIntegerMax = std::uint64_t{std::numeric_limits<std::int64_t>::max()};

constexpr std::string_view kNoCondition =
    "a condition is needed here; compare this value with something";
constexpr std::string_view kNoNumber =
    "only numbers can be added, multiplied, and less or greater; texts and TRUE can be equal";

std::optional<Op> comparing(Kind kind) {
    switch (kind) {
        case Kind::equal:
            return Op::equal;
        case Kind::unequal:
            return Op::unequal;
        case Kind::less:
            return Op::less;
        case Kind::less_equal:
            return Op::less_equal;
        case Kind::greater:
            return Op::greater;
        case Kind::greater_equal:
            return Op::greater_equal;
        default:
            return std::nullopt;
    }
}

std::string more_than(std::size_t limit, std::string_view what) {
    return "here are more than " + std::to_string(limit) + " " + std::string{what} +
           "; make the selector simpler";
}

}  // namespace

Result<Program> Parser::run() {
    if (text_.size() > kTextBytesMax) {
        return fail(kResourceLimitExceeded,
                    "the selector has " + std::to_string(text_.size()) + " bytes, but may have " +
                        std::to_string(kTextBytesMax) + "; make it shorter");
    }
    if (!is_utf8(text_)) {
        return fail(kInvalidField, "the selector is no UTF-8");
    }
    advance();
    const Part whole = logic(Op::any);
    need(whole, Type::boolean, kNoCondition);
    if (token_.kind != Kind::end) {
        wrong(token_.at, comparing(token_.kind)
                             ? "comparisons can't follow one another; join them with AND"
                             : "the selector should end here, or go on with AND or OR");
    }
    if (error_) {
        return tl::unexpected<Error>(*std::move(error_));
    }
    program_.finish(whole.node);
    return std::move(program_);
}

/// Conditions joined by OR (`any`) or by AND (`all`).
Parser::Part Parser::logic(Op op) {
    const bool any = op == Op::any;
    const Kind joint = any ? Kind::or_ : Kind::and_;
    Part part = any ? logic(Op::all) : negation();
    if (token_.kind != joint) {
        return part;
    }
    const std::size_t at = part.at;
    need(part, Type::boolean, kNoCondition);
    std::vector<Operand> operands{{.node = part.node}};
    while (take(joint)) {
        part = any ? logic(Op::all) : negation();
        need(part, Type::boolean, kNoCondition);
        operands.push_back({.node = part.node});
    }
    return make(op, operands, Type::boolean, at);
}

Parser::Part Parser::negation() {
    const std::size_t at = token_.at;
    if (!take(Kind::not_)) {
        return comparison();
    }
    if (!descend(at)) {
        return {};
    }
    const Part part = negation();
    --depth_;
    need(part, Type::boolean, kNoCondition);
    return make(Op::negation, std::array{Operand{.node = part.node}}, Type::boolean, at);
}

Parser::Part Parser::comparison() {
    const Part left = arithmetic(Op::sum);
    if (const auto op = comparing(token_.kind)) {
        advance();
        return compared(left, *op);
    }
    return test(left);
}

Parser::Part Parser::compared(const Part& left, Op op) {
    const Part right = arithmetic(Op::sum);
    if (op != Op::equal && op != Op::unequal) {
        need(left, Type::number, kNoNumber);
        need(right, Type::number, kNoNumber);
    } else if (left.type != Type::any) {
        need(right, left.type, "these two are of different types, and never equal");
    }
    return make(op, std::array{Operand{.node = left.node}, Operand{.node = right.node}},
                Type::boolean, left.at);
}

/// What may stand behind a value instead of a comparison, or nothing.
Parser::Part Parser::test(const Part& value) {
    if (take(Kind::is)) {
        const bool negated = take(Kind::not_);
        expect(Kind::null, "IS is followed by NULL or NOT NULL");
        return make_test(Op::is_null, std::array{Operand{.node = value.node}}, value.at, negated);
    }
    const bool negated = take(Kind::not_);
    if (take(Kind::between)) {
        return between(value, negated);
    }
    if (take(Kind::in)) {
        return in(value, negated);
    }
    if (take(Kind::like)) {
        return like(value, negated);
    }
    if (negated) {
        wrong(token_.at, "behind a value NOT is followed by BETWEEN, IN or LIKE");
    }
    return value;
}

Parser::Part Parser::between(const Part& value, bool negated) {
    const Part low = arithmetic(Op::sum);
    expect(Kind::and_, "BETWEEN is followed by two numbers with AND between them");
    const Part high = arithmetic(Op::sum);
    for (const Part& part : {value, low, high}) {
        need(part, Type::number, kNoNumber);
    }
    return make_test(Op::between,
                     std::array{Operand{.node = value.node}, Operand{.node = low.node},
                                Operand{.node = high.node}},
                     value.at, negated);
}

Parser::Part Parser::in(const Part& value, bool negated) {
    expect(Kind::open, "IN is followed by a list in parentheses: IN ('a', 'b')");
    std::vector<Operand> operands{{.node = value.node}};
    Type type = value.type;
    do {
        const Part each = literal();
        need(each, type, "what IN compares is of one type");
        type = each.type;
        operands.push_back({.node = each.node});
    } while (take(Kind::comma));
    expect(Kind::close, "here the list of IN should go on with ',' or end with ')'");
    return make_test(Op::in, operands, value.at, negated);
}

Parser::Part Parser::like(const Part& value, bool negated) {
    need(value, Type::text, "LIKE compares texts only");
    const Token pattern = token_;
    expect(Kind::text,
           "LIKE is followed by a text in quotes, with % for any characters and _ for one");
    std::string escape;
    if (take(Kind::escape)) {
        const Token token = token_;
        expect(Kind::text, "ESCAPE is followed by one character in quotes");
        escape = error_ ? std::string{} : unquoted(token);
        if (escape.empty() || utf8_size(escape) != escape.size()) {
            wrong(token.at, "ESCAPE is followed by one character in quotes");
        }
    }
    if (error_) {
        return {};
    }
    const auto compiled = like_pattern(unquoted(pattern), escape);
    if (!compiled) {
        wrong(pattern.at, "this pattern ends with its escape character; write it twice");
        return {};
    }
    const Part constant_pattern = constant(Value::of(std::string_view{*compiled}), pattern.at);
    return make_test(
        Op::like, std::array{Operand{.node = value.node}, Operand{.node = constant_pattern.node}},
        value.at, negated);
}

/// Numbers joined by + and - (`sum`) or by * and / (`product`).
Parser::Part Parser::arithmetic(Op op) {
    const bool sum = op == Op::sum;
    const Kind joint = sum ? Kind::plus : Kind::times;
    const Kind inverse = sum ? Kind::minus : Kind::over;
    Part part = sum ? arithmetic(Op::product) : signed_value();
    if (token_.kind != joint && token_.kind != inverse) {
        return part;
    }
    const std::size_t at = part.at;
    need(part, Type::number, kNoNumber);
    std::vector<Operand> operands{{.node = part.node}};
    while (token_.kind == joint || token_.kind == inverse) {
        const bool inverted = token_.kind == inverse;
        advance();
        part = sum ? arithmetic(Op::product) : signed_value();
        need(part, Type::number, kNoNumber);
        operands.push_back({.node = part.node, .inverse = inverted});
    }
    return make(op, operands, Type::number, at);
}

Parser::Part Parser::signed_value() {
    const bool minus = token_.kind == Kind::minus;
    if (!minus && token_.kind != Kind::plus) {
        return primary();
    }
    const std::size_t at = token_.at;
    if (!descend(at)) {
        return {};
    }
    advance();
    const bool number = token_.kind == Kind::integer || token_.kind == Kind::real;
    Part part = minus && number ? negative() : signed_value();
    --depth_;
    part.at = at;
    need(part, Type::number, kNoNumber);
    return minus && !number
               ? make(Op::minus, std::array{Operand{.node = part.node}}, Type::number, at)
               : part;
}

/// A number behind its sign, which is a part of it: the least integer has no positive.
Parser::Part Parser::negative() {
    const Token token = token_;
    if (token.kind == Kind::integer && token.integer == kIntegerMax + 1) {
        advance();
        return constant(Value::of(std::numeric_limits<std::int64_t>::min()), token.at);
    }
    if (token.kind == Kind::integer && token.integer <= kIntegerMax) {
        advance();
        return constant(Value::of(-static_cast<std::int64_t>(token.integer)), token.at);
    }
    if (token.kind == Kind::real) {
        advance();
        return constant(Value::of(-token.real), token.at);
    }
    return literal();  // which is too large, and says so
}

Parser::Part Parser::primary() {
    const std::size_t at = token_.at;
    if (token_.kind == Kind::name) {
        return name();
    }
    if (!take(Kind::open)) {
        return literal();
    }
    if (!descend(at)) {
        return {};
    }
    Part part = logic(Op::any);
    --depth_;
    expect(Kind::close, "a parenthesis is not closed; write ')'");
    part.at = at;
    return part;
}

Parser::Part Parser::literal() {
    const Token token = token_;
    switch (token.kind) {
        case Kind::minus:
            advance();
            if (token_.kind == Kind::integer || token_.kind == Kind::real) {
                return negative();
            }
            wrong(token_.at, "here a number should follow the sign");
            return {};
        case Kind::integer:
            if (token.integer > kIntegerMax) {
                wrong(token.at, "this number does not fit into 64 bits; write it as 1.5E19");
                return {};
            }
            advance();
            return constant(Value::of(static_cast<std::int64_t>(token.integer)), token.at);
        case Kind::real:
            advance();
            return constant(Value::of(token.real), token.at);
        case Kind::text: {
            advance();
            const std::string text = unquoted(token);
            return constant(Value::of(std::string_view{text}), token.at);
        }
        case Kind::true_:
        case Kind::false_:
            advance();
            return constant(Value::of(token.kind == Kind::true_), token.at);
        case Kind::null:
            wrong(token.at, "nothing equals NULL; write IS NULL or IS NOT NULL");
            return {};
        case Kind::end:
            wrong(token.at, "the selector ends where a value is needed");
            return {};
        default:
            wrong(token.at, "'" + printable(token.spelling) + "' stands where a value is needed");
            return {};
    }
}

Parser::Part Parser::name() {
    const Token token = token_;
    advance();
    if (!room(token.at)) {
        return {};
    }
    const FieldName* const field = find_field(token.spelling);
    if (field == nullptr && looks_like_field(token.spelling)) {
        const std::string_view near = nearest_field(token.spelling);
        const std::string meant = near.empty() ? "" : "; did you mean " + std::string{near} + "?";
        wrong(token.at, "messages have no field " + printable(token.spelling) + meant);
        return {};
    }
    const NodeId node =
        field != nullptr ? program_.add_field(field->field) : program_.add_property(token.spelling);
    if (program_.names() > kNamesMax) {
        stop(refusal(kResourceLimitExceeded, text_, token.at,
                     more_than(kNamesMax, "different names")));
    }
    return {.node = node, .type = field != nullptr ? field->type : Type::any, .at = token.at};
}

Parser::Part Parser::make(Op op, std::span<const Operand> operands, Type type, std::size_t at) {
    return room(at) ? Part{.node = program_.add(op, operands), .type = type, .at = at} : Part{};
}

Parser::Part Parser::make_test(Op op,
                               std::span<const Operand> operands,
                               std::size_t at,
                               bool negated) {
    return room(at)
               ? Part{.node = program_.add(op, operands, negated), .type = Type::boolean, .at = at}
               : Part{};
}

Parser::Part Parser::constant(const Value& value, std::size_t at) {
    Type type = Type::number;
    if (value.kind == Value::Kind::boolean) {
        type = Type::boolean;
    } else if (value.kind == Value::Kind::text) {
        type = Type::text;
    }
    return room(at) ? Part{.node = program_.add_constant(value), .type = type, .at = at} : Part{};
}

void Parser::need(const Part& part, Type type, std::string_view why) {
    if (part.type != Type::any && type != Type::any && part.type != type) {
        wrong(part.at, why);
    }
}

/// False: there has been an error, or there are too many nodes.
bool Parser::room(std::size_t at) {
    if (!error_ && program_.size() >= kNodesMax) {
        stop(refusal(kResourceLimitExceeded, text_, at,
                     more_than(kNodesMax, "values and operators")));
    }
    return !error_;
}

/// False: too deep.
bool Parser::descend(std::size_t at) {
    if (++depth_ > kDepthMax) {
        stop(refusal(kResourceLimitExceeded, text_, at,
                     more_than(kDepthMax, "parentheses, NOTs and signs in one another")));
    }
    return !error_;
}

void Parser::advance() {
    if (error_) {
        return;
    }
    auto next = lexer_.next();
    if (!next) {
        stop(next.error());
    } else {
        token_ = *next;
    }
}

bool Parser::take(Token::Kind kind) {
    const bool taken = !error_ && token_.kind == kind;
    if (taken) {
        advance();
    }
    return taken;
}

void Parser::expect(Token::Kind kind, std::string_view why) {
    if (!take(kind)) {
        wrong(token_.at, why);
    }
}

void Parser::wrong(std::size_t at, std::string_view why) {
    stop(refusal(kInvalidField, text_, at, why));
}

void Parser::stop(const Error& error) {
    if (!error_) {
        error_ = error;
        token_ = {.kind = Kind::end, .at = text_.size()};
    }
}

}  // namespace weft::selector
