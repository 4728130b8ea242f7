#pragma once

#include <tl/expected.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace weft {

/// Why something failed, in the words a peer may hear.
struct Error {
    /// An AMQP error condition ("amqp:decode-error"); always a string literal.
    std::string_view condition;
    /// One sentence for a person: what is wrong and, where there is one, the remedy.
    std::string text;

    bool operator==(const Error&) const = default;
};

template <class T>
using Result = tl::expected<T, Error>;

[[nodiscard]] inline tl::unexpected<Error> fail(std::string_view condition, std::string text) {
    return tl::unexpected<Error>(Error{condition, std::move(text)});
}

}  // namespace weft

#define WEFT_CONCAT_(a, b) a##b
#define WEFT_CONCAT(a, b) WEFT_CONCAT_(a, b)
#define WEFT_TRY_(name, declaration, expression)                       \
    auto&& name = (expression);                                        \
    if (!name) {                                                       \
        return tl::unexpected<::weft::Error>(std::move(name).error()); \
    }                                                                  \
    declaration = *std::move(name)

/// `WEFT_TRY(auto x, f());` declares x from f's value, or returns f's error.
#define WEFT_TRY(declaration, expression) \
    WEFT_TRY_(WEFT_CONCAT(weft_try_, __LINE__), declaration, expression)
