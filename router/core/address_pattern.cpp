#include "router/core/address_pattern.hpp"

#include "common/base/conditions.hpp"
#include "router/core/address.hpp"

#include <algorithm>
#include <utility>

namespace weft::router {
namespace {}  // namespace

AddressPattern::Level AddressPattern::level(Grammar grammar, std::string_view text) {
    const bool wild = grammar != Grammar::prefix;
    if (wild && text == "#") {
        return {Kind::many, {}};
    }
    if (wild && (text == "*" || (text == "+" && grammar == Grammar::address))) {
        return {Kind::one, {}};
    }
    return {Kind::literal, std::string(text)};
}

std::string_view AddressPattern::take_level(std::string_view& rest, bool& more) const {
    const std::size_t end = rest.find_first_of(separators_);
    more = end != std::string_view::npos;
    const std::string_view taken = rest.substr(0, end);
    rest = more ? rest.substr(end + 1) : std::string_view{};
    return taken;
}

Result<AddressPattern> AddressPattern::parse(Grammar grammar, std::string_view text) {
    const std::string quoted = "\"" + std::string(text) + "\"";
    if (text.empty() || text.size() > kRuleBytesMax) {
        return fail(kInvalidField, "an address rule has 1 to 1024 bytes, not " + quoted);
    }
    AddressPattern pattern;
    pattern.grammar_ = grammar;
    pattern.text_ = text;
    const bool slashes = grammar == Grammar::address && text.find('/') != std::string_view::npos;
    pattern.separators_ = slashes ? "/" : "/.";
    if (text.front() == '/' || text.front() == '.') {
        text.remove_prefix(1);
    }
    if (text.ends_with('/') || text.ends_with('.')) {
        text.remove_suffix(1);
    }
    for (bool more = true; more;) {
        pattern.levels_.push_back(level(grammar, pattern.take_level(text, more)));
        const Level& last = pattern.levels_.back();
        if (last.kind == Kind::literal && last.literal.empty()) {
            return fail(kInvalidField,
                        quoted + " has an empty level: write one separator between levels");
        }
        if (grammar == Grammar::address && last.kind == Kind::many && more) {
            return fail(kInvalidField,
                        quoted + ": # stands only at the end (use \"pattern\" otherwise)");
        }
    }
    if (grammar == Grammar::prefix) {
        pattern.levels_.push_back({Kind::many, {}});
    }
    return pattern;
}

bool AddressPattern::matches(std::string_view rest) const {
    // As with globs, only the last '#' needs to be tried again: O(levels × levels).
    bool more = true;
    std::size_t at = 0;
    std::size_t many_at = levels_.size();
    std::string_view many_rest;
    bool many_more = false;
    while (more) {
        if (at < levels_.size() && levels_[at].kind == Kind::many) {
            many_at = at++;
            many_rest = rest;
            many_more = more;
            continue;
        }
        if (at < levels_.size()) {
            const std::string_view got = take_level(rest, more);
            if (levels_[at].kind == Kind::one || got == levels_[at].literal) {
                ++at;
                continue;
            }
        }
        if (many_at == levels_.size()) {
            return false;
        }
        take_level(many_rest, many_more);
        rest = many_rest;
        more = many_more;
        at = many_at + 1;
    }
    while (at < levels_.size() && levels_[at].kind == Kind::many) {
        ++at;
    }
    return at == levels_.size();
}

int AddressPattern::compare(const AddressPattern& other) const {
    const std::size_t longer = std::max(levels_.size(), other.levels_.size());
    for (std::size_t i = 0; i < longer; ++i) {
        // The end of a pattern is as specific as a literal.
        const Kind mine = i < levels_.size() ? levels_[i].kind : Kind::literal;
        const Kind theirs = i < other.levels_.size() ? other.levels_[i].kind : Kind::literal;
        if (mine != theirs) {
            return static_cast<int>(mine) - static_cast<int>(theirs);
        }
    }
    return static_cast<int>(other.levels_.size()) - static_cast<int>(levels_.size());
}

/// In the other grammars two separators mean the same.
bool AddressPattern::is_exact() const {
    return grammar_ == Grammar::address && std::ranges::all_of(levels_, [](const Level& level) {
               return level.kind == Kind::literal;
           });
}

bool AddressPattern::overlaps(const AddressPattern& other) const {
    // reach[j]: what is left of this pattern from level i on and of the other from j on have an
    // address in common. Filled from the ends.
    const std::size_t theirs = other.levels_.size();
    std::vector<bool> reach(theirs + 1);
    for (std::size_t i = levels_.size() + 1; i-- > 0;) {
        const std::vector<bool> below = std::exchange(reach, std::vector<bool>(theirs + 1));
        const Level* mine = i < levels_.size() ? &levels_[i] : nullptr;
        for (std::size_t j = theirs + 1; j-- > 0;) {
            const Level* its = j < theirs ? &other.levels_[j] : nullptr;
            const bool many = mine != nullptr && mine->kind == Kind::many;
            const bool its_many = its != nullptr && its->kind == Kind::many;
            if (mine == nullptr && its == nullptr) {
                reach[j] = true;
            } else if (many || its_many) {
                reach[j] = (mine != nullptr && below[j]) || (its != nullptr && reach[j + 1]);
            } else if (mine != nullptr && its != nullptr) {
                const bool fit = mine->kind == Kind::one || its->kind == Kind::one ||
                                 mine->literal == its->literal;
                reach[j] = fit && below[j + 1];
            }
        }
    }
    return reach[0];
}

std::string AddressPattern::literal_front() const {
    std::string front;
    for (const Level& level : levels_) {
        if (level.kind != Kind::literal) {
            break;
        }
        front.append(level.literal).push_back('/');
    }
    return front;
}

}  // namespace weft::router
