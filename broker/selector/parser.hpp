#pragma once

#include "broker/selector/lexer.hpp"
#include "broker/selector/program.hpp"
#include "common/base/result.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace weft::selector {

/// Reads the grammar of JMS 2.0 §3.8.1, by descent:
///
///   any         all {OR all}
///   all         negation {AND negation}
///   negation    NOT negation | comparison
///   comparison  sum [(= | <> | < | <= | > | >=) sum | [NOT] BETWEEN sum AND sum
///               | [NOT] IN (literal {, literal}) | [NOT] LIKE text [ESCAPE text] | IS [NOT] NULL]
///   sum         product {(+ | -) product}
///   product     signed {(* | /) signed}
///   signed      (+ | -) signed | literal | name | ( any )
///
/// A parser that failed once sees the end of the selector wherever it looks: only the first error
/// counts. Threading: not shared.
class Parser {
public:
    explicit Parser(std::string_view selector) : text_{selector}, lexer_{selector} {}

    /// Once. Errors: amqp:invalid-field, amqp:resource-limit-exceeded; with a column and a remedy.
    [[nodiscard]] Result<Program> run();

private:
    /// What was read, which begins at a byte of the selector.
    struct Part {
        NodeId node = 0;
        Type type = Type::any;
        std::size_t at = 0;
    };

    Part logic(Op op);
    Part negation();
    Part comparison();
    Part test(const Part& value);
    Part compared(const Part& left, Op op);
    Part between(const Part& value, bool negated);
    Part in(const Part& value, bool negated);
    Part like(const Part& value, bool negated);
    Part arithmetic(Op op);
    Part signed_value();
    Part negative();
    Part primary();
    Part literal();
    Part name();

    Part make(Op op, std::span<const Operand> operands, Type type, std::size_t at);
    Part make_test(Op op, std::span<const Operand> operands, std::size_t at, bool negated);
    Part constant(const Value& value, std::size_t at);
    void need(const Part& part, Type type, std::string_view why);
    bool room(std::size_t at);
    bool descend(std::size_t at);

    void advance();
    bool take(Token::Kind kind);
    void expect(Token::Kind kind, std::string_view why);
    void wrong(std::size_t at, std::string_view why);
    void stop(const Error& error);

    std::string_view text_;
    Lexer lexer_;
    Token token_;  // the next one
    Program program_;
    std::size_t depth_ = 0;
    std::optional<Error> error_;
};

}  // namespace weft::selector
