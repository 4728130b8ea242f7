#pragma once

#include "common/base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace weft::router {

/// Longest text of a rule, in bytes.
inline constexpr std::size_t kRuleBytesMax = 1024;

/// The addresses that a configuration entry means, as a list of levels.
///
/// Three grammars, chosen by the key that the entry uses:
///   prefix   levels end at '/' or '.'; "a" means a, a/b, a.b.c, but not ab
///   pattern  levels end at '/' or '.'; '*' is one level, '#' is zero or more, anywhere
///   address  levels end at '/', or at '.' if there is no '/' in it; '*' and '+' are one level,
///            '#' at the end is zero or more
/// Threading: immutable after construction (a value).
class AddressPattern {
public:
    enum class Grammar : std::uint8_t { prefix, pattern, address };
    enum class Kind : std::uint8_t { literal, one, many };
    struct Level {
        Kind kind = Kind::literal;
        std::string literal;
        bool operator==(const Level&) const = default;
    };

    /// Errors: what is wrong with `text` and what would be right.
    [[nodiscard]] static Result<AddressPattern> parse(Grammar grammar, std::string_view text);

    /// O(levels of both), not recursive.
    bool matches(std::string_view address) const;

    /// Compares level by level: literal before one-level before multi-level, longer before shorter.
    /// Negative: this one is more specific; 0: equally specific (of two that can match the same
    /// address, an ambiguity).
    int compare(const AddressPattern& other) const;
    /// True if it means one address alone.
    bool is_exact() const;
    /// True if they are level by level the same.
    bool same_as(const AddressPattern& other) const { return levels_ == other.levels_; }
    /// True if some address matches both.
    bool overlaps(const AddressPattern& other) const;

    /// The levels in front of the first wildcard, each ended by '/'. Addresses that it matches
    /// begin with these.
    std::string literal_front() const;
    /// Calls `visit` with each front, shortest first, that a pattern matching `address` may have:
    /// of those are at most 2 * (kRuleBytesMax + 2).
    template <class Visit>
    static void visit_fronts(std::string_view address, Visit visit);

    Grammar grammar() const { return grammar_; }
    const std::string& text() const { return text_; }
    /// At least one; a prefix ends with `many`.
    const std::vector<Level>& levels() const { return levels_; }

private:
    static Level level(Grammar grammar, std::string_view text);
    std::string_view take_level(std::string_view& rest, bool& more) const;

    Grammar grammar_ = Grammar::address;
    std::string text_;
    std::string_view separators_;
    std::vector<Level> levels_;
};

template <class Visit>
void AddressPattern::visit_fronts(std::string_view address, Visit visit) {
    std::string front;
    visit(front);
    for (const std::string_view separators : {"/", "/."}) {
        if (separators != "/" && address.find('.') == std::string_view::npos) {
            return;  // the same levels again
        }
        front.clear();
        std::string_view rest = address;
        for (bool more = true; more;) {
            const std::size_t end = rest.find_first_of(separators);
            more = end != std::string_view::npos;
            front.append(rest.substr(0, end)).push_back('/');
            rest = more ? rest.substr(end + 1) : std::string_view{};
            if (front.size() > kRuleBytesMax + 1) {
                break;  // no rule is as long
            }
            visit(front);
        }
    }
}

}  // namespace weft::router
