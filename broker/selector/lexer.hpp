#pragma once

#include "common/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace weft::selector {

/// Why `selector` is refused, with the column of what stands at `at`.
[[nodiscard]] Error refusal(std::string_view condition,
                            std::string_view selector,
                            std::size_t at,
                            std::string_view why);

struct Token {
    enum class Kind : std::uint8_t {
        end,
        name,
        text,  // in quotes
        integer,
        real,
        open,
        close,
        comma,
        plus,
        minus,
        times,
        over,
        equal,
        unequal,
        less,
        less_equal,
        greater,
        greater_equal,
        and_,
        between,
        escape,
        false_,
        in,
        is,
        like,
        not_,
        null,
        or_,
        true_,
    };

    Kind kind = Kind::end;
    std::size_t at = 0;           // byte of the selector
    std::string_view spelling{};  // as it stands there
    std::uint64_t integer = 0;    // without its sign
    double real = 0;
};

/// The text of a token in quotes, without them.
std::string unquoted(const Token& token);

/// Cuts a selector into tokens. Threading: not shared.
class Lexer {
public:
    explicit Lexer(std::string_view selector) : all_{selector} {}

    /// Errors: amqp:invalid-field.
    [[nodiscard]] Result<Token> next();

private:
    [[nodiscard]] Result<Token> symbol();
    [[nodiscard]] Result<Token> quoted();
    [[nodiscard]] Result<Token> number();
    [[nodiscard]] Result<Token> whole_number(Token token, std::string_view digits, int base) const;
    [[nodiscard]] Result<Token> broken_number(Token token, std::string_view digits) const;
    Token word();
    Token take(Token::Kind kind, std::size_t size);
    std::string_view rest() const { return all_.substr(at_); }
    [[nodiscard]] tl::unexpected<Error> wrong(std::size_t at, std::string_view why) const;

    std::string_view all_;
    std::size_t at_ = 0;
};

}  // namespace weft::selector
