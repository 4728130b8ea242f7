#include "router/policy/name_set.hpp"

#include "common/base/conditions.hpp"
#include "router/policy/vhost.hpp"
#include "router/policy/words.hpp"

#include <algorithm>
#include <utility>

namespace weft::policy {
namespace {

using router::AddressPattern;

constexpr std::string_view kSeparators = "/.";

bool is_separator(char c) {
    return kSeparators.find(c) != std::string_view::npos;
}

tl::unexpected<Error> wrong(std::string_view entry, std::string_view why) {
    return fail(kInvalidField, quoted(entry) + " " + std::string{why});
}

bool has_user(std::string_view entry) {
    return entry.find(kUserToken) != std::string_view::npos;
}

bool has_user_twice(std::string_view entry) {
    return entry.find(kUserToken) != entry.rfind(kUserToken);
}

/// The first or the last level, whole.
bool has_user_at_an_end(std::string_view pattern) {
    const std::size_t size = kUserToken.size();
    if (pattern.starts_with(kUserToken)) {
        return pattern.size() == size || is_separator(pattern[size]);
    }
    return pattern.ends_with(kUserToken) && is_separator(pattern[pattern.size() - size - 1]);
}

}  // namespace

void PatternSet::add(AddressPattern pattern) {
    by_front_[pattern.literal_front()].push_back(std::move(pattern));
}

bool PatternSet::matches(std::string_view address) const {
    bool found = false;
    AddressPattern::visit_fronts(address, [&](const std::string& front) {
        const auto at = found ? by_front_.end() : by_front_.find(front);
        found = found || (at != by_front_.end() &&
                          std::ranges::any_of(at->second, [&](const AddressPattern& pattern) {
                              return pattern.matches(address);
                          }));
    });
    return found;
}

Result<NameSet> NameSet::of_names(const std::vector<std::string>& names) {
    NameSet set;
    for (const std::string& name : names) {
        if (name.empty()) {
            continue;
        }
        if (has_user_twice(name)) {
            return wrong(name, "has ${user} twice: it may stand there once");
        }
        const bool open = name.ends_with('*');
        const std::string_view text =
            std::string_view{name}.substr(0, name.size() - (open ? 1 : 0));
        if (const std::size_t at = text.find(kUserToken); at != std::string_view::npos) {
            set.of_user_.push_back({.front = std::string{text.substr(0, at)},
                                    .rest = std::string{text.substr(at + kUserToken.size())},
                                    .open = open});
        } else if (open && text.empty()) {
            set.any_ = true;
        } else if (open) {
            set.prefixes_.emplace_back(text);
        } else {
            set.exact_.emplace(text);
        }
    }
    set.reduce_prefixes();
    return set;
}

Result<NameSet> NameSet::of_patterns(const std::vector<std::string>& patterns) {
    NameSet set;
    for (const std::string& text : patterns) {
        if (text.empty()) {
            continue;
        }
        if (has_user(text) && (has_user_twice(text) || !has_user_at_an_end(text))) {
            return wrong(text,
                         "has ${user} elsewhere than as its first or its last level: write "
                         "\"${user}/...\" or \".../${user}\"");
        }
        auto pattern = AddressPattern::parse(AddressPattern::Grammar::pattern, text);
        if (!pattern) {
            return wrong(text, "is not a pattern: " + pattern.error().text);
        }
        (has_user(text) ? set.patterns_of_user_ : set.patterns_).add(*std::move(pattern));
    }
    return set;
}

/// Then what an address begins with, if it is among them, is the greatest that is not behind it.
void NameSet::reduce_prefixes() {
    std::ranges::sort(prefixes_);
    std::vector<std::string> needed;
    for (std::string& prefix : prefixes_) {
        if (needed.empty() || !prefix.starts_with(needed.back())) {
            needed.push_back(std::move(prefix));
        }
    }
    prefixes_ = std::move(needed);
}

bool NameSet::OfUser::matches(std::string_view address, std::string_view user) const {
    if (!address.starts_with(front) || !address.substr(front.size()).starts_with(user)) {
        return false;
    }
    const std::string_view left = address.substr(front.size() + user.size());
    return open ? left.starts_with(rest) : left == rest;
}

/// The user's name, which may have separators of its own, counts as one level.
bool NameSet::allows_pattern_of(std::string_view address, std::string_view user) const {
    const std::size_t rest = address.size() - std::min(address.size(), user.size());
    const std::string token{kUserToken};
    if (address.starts_with(user) && (rest == 0 || is_separator(address[user.size()])) &&
        patterns_of_user_.matches(token + std::string{address.substr(user.size())})) {
        return true;
    }
    return rest > 0 && address.ends_with(user) && is_separator(address[rest - 1]) &&
           patterns_of_user_.matches(std::string{address.substr(0, rest)} + token);
}

bool NameSet::allows(std::string_view address, std::string_view user) const {
    if (address.empty()) {
        return false;
    }
    if (any_ || exact_.contains(address)) {
        return true;
    }
    const auto after = std::ranges::upper_bound(prefixes_, address);
    if (after != prefixes_.begin() && address.starts_with(*std::prev(after))) {
        return true;
    }
    if (!patterns_.empty() && patterns_.matches(address)) {
        return true;
    }
    if (user.empty()) {
        return false;
    }
    return std::ranges::any_of(of_user_,
                               [&](const OfUser& each) { return each.matches(address, user); }) ||
           (!patterns_of_user_.empty() && allows_pattern_of(address, user));
}

}  // namespace weft::policy
