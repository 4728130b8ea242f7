#pragma once

#include "broker/selector/selector.hpp"
#include "common/wire/message.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

namespace weft::selector {

inline Buffer encoded(const wire::Message& message) {
    Buffer out;
    wire::encode_message(out, message);
    return out;
}

/// "yes", "no", or why the selector is refused or not answered.
inline std::string ask(std::string_view selector, const Candidate& candidate) {
    const auto parsed = Selector::parse(selector);
    if (!parsed) {
        return std::string{parsed.error().condition} + ": " + parsed.error().text;
    }
    switch (parsed->judge(candidate).verdict) {
        case Verdict::selected:
            return "yes";
        case Verdict::passed_over:
            return "no";
        case Verdict::gave_up:
            return "gave up";
    }
    return "";
}
inline std::string ask(std::string_view selector, const wire::Message& message) {
    const Buffer bytes = encoded(message);
    return ask(selector, Candidate{.message = bytes});
}

/// "true", "false" or "unknown": what a condition is of a message.
inline std::string truth(const std::string& condition, const wire::Message& message) {
    const std::string is = ask(condition, message);
    const std::string is_not = ask("NOT (" + condition + ")", message);
    if (is == "no" && is_not == "no") {
        return "unknown";
    }
    return is == "yes" && is_not == "no" ? "true" : is == "no" && is_not == "yes" ? "false" : is;
}

/// The text of the error, or what is printed of a selector.
inline std::string printed(std::string_view selector) {
    const auto parsed = Selector::parse(selector);
    return parsed ? parsed->text() : parsed.error().text;
}

}  // namespace weft::selector
