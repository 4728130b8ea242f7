#pragma once

#include "common/base/result.hpp"
#include "router/core/address_table.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace weft::router {

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

    /// Errors: what is wrong with `text` and what would be right.
    [[nodiscard]] static Result<AddressPattern> parse(Grammar grammar, std::string_view text);

    /// O(levels of both), not recursive.
    bool matches(std::string_view address) const;

    /// Compares level by level: literal before one-level before multi-level, longer before shorter.
    /// Negative: this one is more specific; 0: equally specific (of two that can match the same
    /// address, an ambiguity).
    int compare(const AddressPattern& other) const;
    /// True if they are level by level the same.
    bool same_as(const AddressPattern& other) const { return levels_ == other.levels_; }
    /// True if some address matches both.
    bool overlaps(const AddressPattern& other) const;

    Grammar grammar() const { return grammar_; }
    const std::string& text() const { return text_; }

private:
    enum class Kind : std::uint8_t { literal, one, many };
    struct Level {
        Kind kind = Kind::literal;
        std::string literal;
        bool operator==(const Level&) const = default;
    };

    static Level level(Grammar grammar, std::string_view text);
    std::string_view take_level(std::string_view& rest, bool& more) const;

    Grammar grammar_ = Grammar::address;
    std::string text_;
    std::string_view separators_;
    std::vector<Level> levels_;
};

/// One configured address.
struct AddressRule {
    std::string name;  // unique; management identity is `id`
    std::uint64_t id = 0;
    AddressPattern pattern;
    Treatment treatment;
    bool removable = true;
};

/// The configured addresses, most specific first. Threading: loop-confined.
class AddressRules {
public:
    /// Errors: amqp:invalid-field for a rule that matches an address that another one matches too
    /// and is as specific, naming both.
    Result<void> add(AddressRule rule);
    bool remove(std::uint64_t id);
    /// False if there is none.
    bool change(std::uint64_t id, const Treatment& treatment);
    /// The rule that `pattern` is ambiguous with, or that has the same name; null if none does. A
    /// name that is empty is nobody's.
    const AddressRule* rival(const AddressPattern& pattern, std::string_view name) const;
    /// The most specific rule for a mobile address; null if none matches.
    const AddressRule* find(std::string_view address) const;

    const std::vector<AddressRule>& all() const { return rules_; }

private:
    std::vector<AddressRule> rules_;  // sorted by AddressPattern::compare
};

}  // namespace weft::router
