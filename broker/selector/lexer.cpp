#include "broker/selector/lexer.hpp"

#include "common/base/conditions.hpp"
#include "common/base/printable.hpp"
#include "common/base/text.hpp"
#include "common/base/utf8.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace weft::selector {
namespace {

using Kind = Token::Kind;

constexpr std::string_view kBlanks{" \t\r\n\f"};

constexpr std::array kKeywords{
    std::pair{std::string_view{"and"}, Kind::and_},
    std::pair{std::string_view{"between"}, Kind::between},
    std::pair{std::string_view{"escape"}, Kind::escape},
    std::pair{std::string_view{"false"}, Kind::false_},
    std::pair{std::string_view{"in"}, Kind::in},
    std::pair{std::string_view{"is"}, Kind::is},
    std::pair{std::string_view{"like"}, Kind::like},
    std::pair{std::string_view{"not"}, Kind::not_},
    std::pair{std::string_view{"null"}, Kind::null},
    std::pair{std::string_view{"or"}, Kind::or_},
    std::pair{std::string_view{"true"}, Kind::true_},
};

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool begins_name(char c) {
    return (lower(c) >= 'a' && lower(c) <= 'z') || c == '_' || c == '$' ||
           static_cast<unsigned char>(c) >= 0x80;
}
bool continues_name(char c) {
    return begins_name(c) || is_digit(c) || c == '.';
}

/// How much of the front of `text` are digits.
std::size_t digits_at(std::string_view text) {
    return static_cast<std::size_t>(std::ranges::find_if_not(text, is_digit) - text.begin());
}

/// "1.5E-3" without a suffix; of "1E" the "E" is not taken.
std::size_t decimal_at(std::string_view text) {
    std::size_t size = digits_at(text);
    if (size < text.size() && text[size] == '.') {
        size += 1 + digits_at(text.substr(size + 1));
    }
    if (size < text.size() && lower(text[size]) == 'e') {
        std::size_t exponent = size + 1;
        if (exponent < text.size() && (text[exponent] == '+' || text[exponent] == '-')) {
            ++exponent;
        }
        const std::size_t digits = digits_at(text.substr(std::min(exponent, text.size())));
        size = digits == 0 ? size : exponent + digits;
    }
    return size;
}

}  // namespace

Error refusal(std::string_view condition,
              std::string_view selector,
              std::size_t at,
              std::string_view why) {
    std::size_t column = 1;
    for (std::size_t byte = 0; byte < at;) {
        byte += std::max<std::size_t>(1, utf8_size(selector.substr(byte)));
        ++column;
    }
    return {condition, "the selector is refused at column " + std::to_string(column) + ": " +
                           std::string{why}};
}

std::string unquoted(const Token& token) {
    std::string text;
    const std::string_view inside = token.spelling.substr(1, token.spelling.size() - 2);
    for (std::size_t i = 0; i < inside.size(); ++i) {
        text += inside[i];
        if (inside[i] == '\'') {
            ++i;  // it stands there twice
        }
    }
    return text;
}

tl::unexpected<Error> Lexer::wrong(std::size_t at, std::string_view why) const {
    return tl::unexpected<Error>(refusal(kInvalidField, all_, at, why));
}

Token Lexer::take(Token::Kind kind, std::size_t size) {
    const Token token{.kind = kind, .at = at_, .spelling = all_.substr(at_, size)};
    at_ += size;
    return token;
}

Result<Token> Lexer::next() {
    while (at_ < all_.size() && kBlanks.find(all_[at_]) != kBlanks.npos) {
        ++at_;
    }
    if (at_ == all_.size()) {
        return take(Kind::end, 0);
    }
    const char c = all_[at_];
    if (is_digit(c) || (c == '.' && digits_at(rest().substr(1)) > 0)) {
        return number();
    }
    if (begins_name(c)) {
        return word();
    }
    return c == '\'' ? quoted() : symbol();
}

Token Lexer::word() {
    const std::string_view text = rest();
    const auto end = std::ranges::find_if_not(text, continues_name);
    const auto size = static_cast<std::size_t>(end - text.begin());
    const auto* const keyword = std::ranges::find_if(kKeywords, [&](const auto& each) {
        return same_but_case(each.first, text.substr(0, size));
    });
    return take(keyword == kKeywords.end() ? Kind::name : keyword->second, size);
}

Result<Token> Lexer::quoted() {
    const std::string_view text = rest();
    for (std::size_t i = 1; i < text.size(); ++i) {
        if (text[i] != '\'') {
            continue;
        }
        if (i + 1 == text.size() || text[i + 1] != '\'') {
            return take(Kind::text, i + 1);
        }
        ++i;
    }
    return wrong(at_, "this text does not end; close it with ', and write ' within a text as ''");
}

Result<Token> Lexer::symbol() {
    const std::string_view two = rest().substr(0, 2);
    if (two == "<>") {
        return take(Kind::unequal, 2);
    }
    if (two == "<=") {
        return take(Kind::less_equal, 2);
    }
    if (two == ">=") {
        return take(Kind::greater_equal, 2);
    }
    if (two == "==") {
        return wrong(at_, "'==' is no operator; write '='");
    }
    switch (two[0]) {
        case '=':
            return take(Kind::equal, 1);
        case '<':
            return take(Kind::less, 1);
        case '>':
            return take(Kind::greater, 1);
        case '+':
            return take(Kind::plus, 1);
        case '-':
            return take(Kind::minus, 1);
        case '*':
            return take(Kind::times, 1);
        case '/':
            return take(Kind::over, 1);
        case '(':
            return take(Kind::open, 1);
        case ')':
            return take(Kind::close, 1);
        case ',':
            return take(Kind::comma, 1);
        case '!':
            return wrong(at_,
                         "'!' is no operator; write '<>' for unequal, and NOT before a "
                         "condition");
        case '"':
            return wrong(at_, "texts stand in single quotes: 'red'; names stand without quotes");
        default:
            return wrong(at_, "'" + printable(two.substr(0, 1)) + "' means nothing here");
    }
}

Result<Token> Lexer::number() {
    const std::string_view text = rest();
    const char second = text.size() > 1 ? lower(text[1]) : '\0';
    const bool hex = text[0] == '0' && second == 'x';
    const bool binary = text[0] == '0' && second == 'b';
    const auto end = std::ranges::find_if_not(text, continues_name);
    std::size_t size = static_cast<std::size_t>(end - text.begin());
    if (!hex && !binary) {
        // An exponent may have a sign, which ends a name.
        const std::size_t decimal = decimal_at(text);
        const auto tail = std::ranges::find_if_not(text.substr(decimal), continues_name);
        size = static_cast<std::size_t>(tail - text.begin());
    }
    Token token = take(Kind::integer, size);
    std::string_view digits = token.spelling;
    const char suffix = lower(digits.back());
    if (hex || binary) {
        digits.remove_prefix(2);
        digits.remove_suffix(suffix == 'l' ? 1 : 0);
        return whole_number(token, digits, hex ? 16 : 2);
    }
    if (suffix == 'l') {
        digits.remove_suffix(1);
    } else if (suffix == 'f' || suffix == 'd') {
        digits.remove_suffix(1);
        return broken_number(token, digits);
    }
    const bool whole = digits_at(digits) == digits.size();
    if (!whole && suffix != 'l') {
        return broken_number(token, digits);
    }
    return whole_number(token, digits, digits.size() > 1 && digits[0] == '0' ? 8 : 10);
}

Result<Token> Lexer::whole_number(Token token, std::string_view digits, int base) const {
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), token.integer, base);
    if (error == std::errc::result_out_of_range) {
        return wrong(token.at, "this number does not fit into 64 bits; write it as 1.5E19");
    }
    if (error != std::errc{} || end != digits.data() + digits.size()) {
        const std::string spelt = "'" + printable(token.spelling) + "'";
        return wrong(token.at, base == 8
                                   ? spelt + " begins with 0, as octal numbers do, but is none"
                                   : spelt + " is no number, and no name");
    }
    return token;
}

Result<Token> Lexer::broken_number(Token token, std::string_view digits) const {
    token.kind = Kind::real;
    const bool whole = !digits.empty() && decimal_at(digits) == digits.size();
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), token.real);
    if (error == std::errc::result_out_of_range) {
        return wrong(token.at, "this number is too large or too small for 64 bits");
    }
    if (!whole || error != std::errc{} || end != digits.data() + digits.size()) {
        return wrong(token.at, "'" + printable(token.spelling) + "' is no number, and no name");
    }
    return token;
}

}  // namespace weft::selector
