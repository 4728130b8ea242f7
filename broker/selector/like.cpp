#include "broker/selector/like.hpp"

#include "common/base/utf8.hpp"

#include <algorithm>
#include <cstddef>

namespace weft::selector {
namespace {

// No UTF-8 has these bytes.
constexpr char kAnyRun = '\xfe';
constexpr char kAnyOne = '\xff';
constexpr char kPrintedEscape = '\\';

std::size_t character_at(std::string_view text, std::size_t at) noexcept {
    return std::max<std::size_t>(1, utf8_size(text.substr(at)));
}

/// Of wildcards that follow one another those for one character go first, and one run is as good as
/// many.
void add_wildcard(std::string& pattern, char wildcard) {
    const bool behind_run = !pattern.empty() && pattern.back() == kAnyRun;
    if (!behind_run) {
        pattern += wildcard;
    } else if (wildcard == kAnyOne) {
        pattern.back() = kAnyOne;
        pattern += kAnyRun;
    }
}

}  // namespace

std::optional<std::string> like_pattern(std::string_view text, std::string_view escape) {
    std::string pattern;
    for (std::size_t at = 0; at < text.size();) {
        std::string_view character = text.substr(at, character_at(text, at));
        at += character.size();
        if (!escape.empty() && character == escape) {
            if (at == text.size()) {
                return std::nullopt;
            }
            character = text.substr(at, character_at(text, at));
            at += character.size();
            pattern += character;
        } else if (character == "%") {
            add_wildcard(pattern, kAnyRun);
        } else if (character == "_") {
            add_wildcard(pattern, kAnyOne);
        } else {
            pattern += character;
        }
    }
    return pattern;
}

void print_like(std::string& out, std::string_view pattern) {
    const bool escapes = pattern.find_first_of("%_") != std::string_view::npos;
    out += '\'';
    for (const char c : pattern) {
        if (c == kAnyRun || c == kAnyOne) {
            out += c == kAnyRun ? '%' : '_';
            continue;
        }
        if (escapes && (c == '%' || c == '_' || c == kPrintedEscape)) {
            out += kPrintedEscape;
        }
        out.append(c == '\'' ? 2 : 1, c);
    }
    out += '\'';
    if (escapes) {
        out.append(" ESCAPE '").append(1, kPrintedEscape).append("'");
    }
}

bool is_like(std::string_view pattern, std::string_view text, Budget& budget) noexcept {
    // As with globs, only the last run needs to be tried again: O(pattern × text) at worst.
    std::size_t in_pattern = 0;
    std::size_t in_text = 0;
    std::size_t behind_run = std::string_view::npos;
    std::size_t run_end = 0;
    while (in_text < text.size()) {
        if (!budget.spend(1)) {
            return false;
        }
        const char wanted = in_pattern < pattern.size() ? pattern[in_pattern] : '\0';
        if (in_pattern < pattern.size() && wanted == kAnyRun) {
            behind_run = ++in_pattern;
            run_end = in_text;
            if (behind_run == pattern.size()) {
                return true;
            }
        } else if (in_pattern < pattern.size() && wanted == kAnyOne) {
            in_text += character_at(text, in_text);
            ++in_pattern;
        } else if (in_pattern < pattern.size() && wanted == text[in_text]) {
            ++in_text;
            ++in_pattern;
        } else if (behind_run == std::string_view::npos) {
            return false;
        } else {
            run_end += character_at(text, run_end);
            in_text = run_end;
            in_pattern = behind_run;
        }
    }
    return in_pattern == pattern.size() ||
           (in_pattern + 1 == pattern.size() && pattern[in_pattern] == kAnyRun);
}

}  // namespace weft::selector
