#pragma once

#include "common/base/keyed_hash.hpp"
#include "common/base/result.hpp"
#include "router/core/address_rules.hpp"
#include "router/policy/vhost_rules.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace weft::policy {

/// The vhosts, by their names and aliases, which may be patterns.
///
///   V1  a name or an alias is of one vhost
///   V2  a pattern is of one vhost, however it is written ("#.#" is "#")
///
/// Threading: not shared.
class Vhosts {
public:
    using All = std::map<std::string, std::shared_ptr<const VhostRules>, std::less<>>;

    /// `name_patterns`: '*' is one level of a name, '#' any number of them; levels end at '.'.
    explicit Vhosts(bool name_patterns) : name_patterns_{name_patterns} {}

    /// In place of the one of that name, if there is one. Errors: amqp:precondition-failed, a name
    /// that is another one's; nothing is changed then.
    [[nodiscard]] Result<void> put(VhostRules vhost);
    bool remove(std::string_view hostname);

    const All& all() const { return all_; }
    /// By its own name; null: there is none.
    std::shared_ptr<const VhostRules> named(std::string_view hostname) const;
    /// Whom a host's name means: literally, else by the most specific pattern; null: nobody.
    std::shared_ptr<const VhostRules> meant_by(std::string_view host) const;

private:
    [[nodiscard]] Result<void> enter(const VhostRules& vhost);
    [[nodiscard]] Result<void> enter(const std::string& name, const std::string& vhost);
    void leave(const VhostRules& vhost);

    bool name_patterns_;
    All all_;
    // Names and aliases, in the form in which those that mean the same are equal, and whose each
    // is; of patterns the rule by which it is found.
    struct Name {
        std::string vhost;
        std::uint64_t rule = 0;
    };
    boost::unordered_flat_map<std::string, Name, TextHash, std::equal_to<>> names_;
    router::AddressRules patterns_;
    std::map<std::uint64_t, std::string> by_rule_;
};

}  // namespace weft::policy
