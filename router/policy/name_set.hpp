#pragma once

#include "common/base/keyed_hash.hpp"
#include "common/base/result.hpp"
#include "router/core/address_pattern.hpp"

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace weft::policy {

/// Patterns of addresses, found by what stands in front of their first wildcards.
/// Threading: immutable after construction.
class PatternSet {
public:
    void add(router::AddressPattern pattern);
    bool empty() const { return by_front_.empty(); }
    /// Costs the levels of `address`, and the patterns that begin as it does.
    bool matches(std::string_view address) const;

private:
    boost::unordered_flat_map<std::string,
                              std::vector<router::AddressPattern>,
                              TextHash,
                              std::equal_to<>>
        by_front_;
};

/// Addresses that the users of a group may use in one direction.
///
/// By names: "a" is itself, "a*" is all that begins with a, "*" everything. By patterns: levels end
/// at '/' or '.', '*' is one of them, '#' any number. ${user} is the user's name: once, anywhere in
/// a name, as the first or the last level of a pattern.
///
/// What an address costs is its length: but for names with ${user}, each of which is compared.
/// Threading: immutable after construction, for any thread.
class NameSet {
public:
    /// Nothing is allowed.
    NameSet() = default;
    /// Errors: amqp:invalid-field, which entry is wrong, and how it would be right.
    [[nodiscard]] static Result<NameSet> of_names(const std::vector<std::string>& names);
    [[nodiscard]] static Result<NameSet> of_patterns(const std::vector<std::string>& patterns);

    bool allows(std::string_view address, std::string_view user) const;

private:
    /// "front${user}rest", and whatever follows if it is `open`.
    struct OfUser {
        std::string front;
        std::string rest;
        bool open = false;

        bool matches(std::string_view address, std::string_view user) const;
    };

    bool allows_pattern_of(std::string_view address, std::string_view user) const;
    void reduce_prefixes();

    bool any_ = false;
    boost::unordered_flat_set<std::string, TextHash, std::equal_to<>> exact_;
    std::vector<std::string> prefixes_;  // sorted; none begins with another one
    std::vector<OfUser> of_user_;
    PatternSet patterns_;
    PatternSet patterns_of_user_;
};

}  // namespace weft::policy
