#pragma once

#include "common/base/result.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace weft::mqtt_access {

/// What some users may publish to and subscribe to: topic filters, in which `%u` is the user's name
/// and `%c` the client identifier. Threading: not shared (a value).
struct AccessRule {
    std::vector<std::string> users{};  // "*": all, also those without a name
    std::vector<std::string> publish{};
    std::vector<std::string> subscribe{};
};

/// A device that asks. Views.
struct Who {
    std::string_view user{};  // empty: it has said none, and is called "anonymous" by rules
    std::string_view client_id{};
};

/// Which topics devices may use. Without a rule all may use all; with rules a user may what one of
/// those allows that name it, or all.
///
/// `%u` and `%c` may stand anywhere in a level of a filter, which then means a level that is so
/// spelled. One whose value has a '/', or a wildcard alone, is no level and allows nothing; nor
/// does
/// `%u` where the device has said no user.
///
/// A question costs the levels of the user's filters, of which there are kFiltersMax at most.
/// Threading: immutable after construction (a value).
class AccessList {
public:
    /// That hold for one user, of each kind.
    static constexpr std::size_t kFiltersMax = 256;

    AccessList() = default;
    /// Errors: amqp:invalid-field, a filter that is none, no user, or too many filters for one.
    [[nodiscard]] static Result<AccessList> make(const std::vector<AccessRule>& rules);

    /// Everything is allowed.
    bool is_open() const { return is_open_; }
    bool may_publish(const Who& who, std::string_view topic) const;
    /// Of a filter without `$share/GROUP/`: whether all topics that it asks for are allowed.
    bool may_subscribe(const Who& who, std::string_view filter) const;

private:
    struct Filters {
        std::vector<std::string> publish;
        std::vector<std::string> subscribe;

        void add(const AccessRule& rule);
        bool is_too_many() const;
    };
    bool allows(const Who& who,
                std::string_view wanted,
                std::vector<std::string> Filters::*which) const;

    bool is_open_ = true;
    Filters of_all_;
    std::map<std::string, Filters, std::less<>> of_user_;
};

namespace detail {
/// Whether a filter of a rule allows what is wanted, a topic or a filter.
bool covers(std::string_view allowed, std::string_view wanted, const Who& who);
}  // namespace detail

}  // namespace weft::mqtt_access
