#include "broker/selector/printer.hpp"

#include "broker/selector/like.hpp"

#include <array>
#include <charconv>

namespace weft::selector {
namespace {

/// How tightly an operator binds: what binds less than is needed stands in parentheses.
enum Binding : int {
    kAny,
    kAll,
    kNegation,
    kComparison,
    kSum,
    kProduct,
    kSigned,
};

Binding binding_of(Op op) {
    switch (op) {
        case Op::any:
            return kAny;
        case Op::all:
            return kAll;
        case Op::negation:
            return kNegation;
        case Op::sum:
            return kSum;
        case Op::product:
            return kProduct;
        case Op::minus:
        case Op::constant:
        case Op::name:
            return kSigned;
        default:
            return kComparison;
    }
}

std::string_view sign_of(Op op) {
    switch (op) {
        case Op::unequal:
            return " <> ";
        case Op::less:
            return " < ";
        case Op::less_equal:
            return " <= ";
        case Op::greater:
            return " > ";
        case Op::greater_equal:
            return " >= ";
        default:
            return " = ";
    }
}

void print_text(std::string& out, std::string_view text) {
    out += '\'';
    for (const char c : text) {
        out.append(c == '\'' ? 2 : 1, c);
    }
    out += '\'';
}

void print_real(std::string& out, double value) {
    std::array<char, 32> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    const std::string_view text{digits.data(), static_cast<std::size_t>(end - digits.data())};
    out += text;
    if (text.find_first_of(".e") == std::string_view::npos) {
        out += ".0";
    }
}

class Printer {
public:
    explicit Printer(const Program& program) : program_{program} {}

    void put(NodeId id, Binding needed);
    std::string take() { return std::move(out_); }

private:
    void list(const Node& node, Binding needed, std::string_view joint, std::string_view inverse);
    void test(const Node& node);
    void constant(const Value& value);
    void name(const Node& node);

    const Program& program_;
    std::string out_;
};

void Printer::put(NodeId id, Binding needed) {
    const Node& node = program_.node(id);
    const bool parenthesised = binding_of(node.op) < needed;
    out_ += parenthesised ? "(" : "";
    switch (node.op) {
        case Op::constant:
            constant(program_.constant(node));
            break;
        case Op::name:
            name(node);
            break;
        case Op::any:
            list(node, kAll, " OR ", "");
            break;
        case Op::all:
            list(node, kNegation, " AND ", "");
            break;
        case Op::negation:
            out_ += "NOT ";
            list(node, kNegation, "", "");
            break;
        case Op::sum:
            list(node, kProduct, " + ", " - ");
            break;
        case Op::product:
            list(node, kSigned, " * ", " / ");
            break;
        case Op::minus:
            out_ += "-";
            list(node, kSigned, "", "");
            break;
        default:
            test(node);
            break;
    }
    out_ += parenthesised ? ")" : "";
}

void Printer::list(const Node& node,
                   Binding needed,
                   std::string_view joint,
                   std::string_view inverse) {
    bool first = true;
    for (const Operand& operand : program_.operands(node)) {
        if (!first) {
            out_ += operand.inverse ? inverse : joint;
        }
        first = false;
        put(operand.node, needed);
    }
}

/// Comparisons, and what stands behind a value instead of one.
void Printer::test(const Node& node) {
    const auto operands = program_.operands(node);
    put(operands[0].node, kSum);
    const std::string_view negated = node.negated ? " NOT" : "";
    switch (node.op) {
        case Op::between:
            out_.append(negated).append(" BETWEEN ");
            put(operands[1].node, kSum);
            out_ += " AND ";
            put(operands[2].node, kSum);
            break;
        case Op::in:
            out_.append(negated).append(" IN (");
            for (std::size_t i = 1; i < operands.size(); ++i) {
                out_ += i == 1 ? "" : ", ";
                put(operands[i].node, kSigned);
            }
            out_ += ')';
            break;
        case Op::like:
            out_.append(negated).append(" LIKE ");
            print_like(out_, program_.constant(program_.node(operands[1].node)).text);
            break;
        case Op::is_null:
            out_.append(" IS").append(negated).append(" NULL");
            break;
        default:
            out_ += sign_of(node.op);
            put(operands[1].node, kSum);
            break;
    }
}

void Printer::constant(const Value& value) {
    switch (value.kind) {
        case Value::Kind::boolean:
            out_ += value.boolean ? "TRUE" : "FALSE";
            break;
        case Value::Kind::integer:
            out_ += std::to_string(value.integer);
            break;
        case Value::Kind::real:
            print_real(out_, value.real);
            break;
        default:
            print_text(out_, value.text);
            break;
    }
}

void Printer::name(const Node& node) {
    const auto field = program_.field(node.first);
    out_ += field ? name_of(*field).name : program_.property(node.first);
}

}  // namespace

std::string print(const Program& program) {
    Printer printer{program};
    printer.put(program.root(), kAny);
    return printer.take();
}

}  // namespace weft::selector
