#include "mqtt-gateway/access/access_list.hpp"

#include "common/base/conditions.hpp"
#include "mqtt-gateway/codec/topic.hpp"

#include <algorithm>
#include <utility>

namespace weft::mqtt_access {
namespace {

constexpr std::string_view kAll = "*";
constexpr std::string_view kAnonymous = "anonymous";
constexpr std::string_view kUser = "%u";
constexpr std::string_view kClient = "%c";

/// The levels of a topic or filter, one after another.
class Levels {
public:
    explicit Levels(std::string_view text) : rest_{text} {}

    bool has_next() const { return more_; }
    std::string_view next() {
        const std::size_t end = rest_.find('/');
        const std::string_view level = rest_.substr(0, end);
        more_ = end != std::string_view::npos;
        rest_ = more_ ? rest_.substr(end + 1) : std::string_view{};
        return level;
    }

private:
    std::string_view rest_;
    bool more_ = true;
};

bool is_wildcard(std::string_view level) {
    return level == "+" || level == "#";
}

/// A level of a rule as this device's; empty: it has none.
std::string spelled(std::string_view level, const Who& who) {
    std::string text;
    while (!level.empty()) {
        const bool is_user = level.starts_with(kUser);
        if (is_user || level.starts_with(kClient)) {
            const std::string_view value = is_user ? who.user : who.client_id;
            if (value.empty()) {
                return {};
            }
            text += value;
            level.remove_prefix(kUser.size());
        } else {
            text += level.front();
            level.remove_prefix(1);
        }
    }
    return text;
}

bool is_level_of(std::string_view allowed, std::string_view wanted, const Who& who) {
    if (is_wildcard(wanted)) {
        return false;  // even if that is how somebody is called
    }
    const bool varies = allowed.find('%') != std::string_view::npos;
    if (!varies) {
        return allowed == wanted;
    }
    const std::string own = spelled(allowed, who);
    return !own.empty() && own == wanted;
}

Result<void> check(const std::vector<std::string>& filters) {
    for (const std::string& filter : filters) {
        if (const mqtt::TextFault fault = mqtt::topic_filter_fault(filter)) {
            return fail(kInvalidField,
                        "\"" + filter + "\" is no topic filter: " + std::string{fault.what});
        }
        if (mqtt::split(filter).shared()) {
            return fail(kInvalidField, "\"" + filter +
                                           "\" is of a group: give the filter alone, which then "
                                           "may be shared, too");
        }
    }
    return {};
}

}  // namespace

namespace detail {

bool covers(std::string_view allowed, std::string_view wanted, const Who& who) {
    if (wanted.starts_with('$') && (allowed.starts_with('+') || allowed.starts_with('#'))) {
        return false;  // MQTT 5 §4.7.2
    }
    Levels ours{allowed};
    Levels theirs{wanted};
    while (ours.has_next()) {
        const std::string_view level = ours.next();
        if (level == "#") {
            return true;
        }
        if (!theirs.has_next()) {
            return false;
        }
        const std::string_view other = theirs.next();
        const bool fits = level == "+" ? other != "#" : is_level_of(level, other, who);
        if (!fits) {
            return false;
        }
    }
    return !theirs.has_next();
}

}  // namespace detail

void AccessList::Filters::add(const AccessRule& rule) {
    publish.insert(publish.end(), rule.publish.begin(), rule.publish.end());
    subscribe.insert(subscribe.end(), rule.subscribe.begin(), rule.subscribe.end());
}

bool AccessList::Filters::is_too_many() const {
    return std::max(publish.size(), subscribe.size()) > kFiltersMax;
}

Result<AccessList> AccessList::make(const std::vector<AccessRule>& rules) {
    AccessList list;
    list.is_open_ = rules.empty();
    for (const AccessRule& rule : rules) {
        for (const auto* filters : {&rule.publish, &rule.subscribe}) {
            if (auto checked = check(*filters); !checked) {
                return tl::unexpected(std::move(checked).error());
            }
        }
        if (rule.users.empty()) {
            return fail(kInvalidField, "a rule names nobody: give \"users\", or \"*\" for all");
        }
        for (const std::string& user : rule.users) {
            Filters& filters = user == kAll ? list.of_all_ : list.of_user_[user];
            filters.add(rule);
            if (filters.is_too_many()) {
                return fail(kInvalidField, "\"" + user + "\" has more than " +
                                               std::to_string(kFiltersMax) +
                                               " filters: join them by wildcards");
            }
        }
    }
    return list;
}

bool AccessList::allows(const Who& who,
                        std::string_view wanted,
                        std::vector<std::string> Filters::*which) const {
    const auto is_covered = [&](const Filters& filters) {
        return std::ranges::any_of(filters.*which, [&](const std::string& allowed) {
            return detail::covers(allowed, wanted, who);
        });
    };
    if (is_open_ || is_covered(of_all_)) {
        return true;
    }
    const auto own = of_user_.find(who.user.empty() ? kAnonymous : who.user);
    return own != of_user_.end() && is_covered(own->second);
}

bool AccessList::may_publish(const Who& who, std::string_view topic) const {
    return allows(who, topic, &Filters::publish);
}

bool AccessList::may_subscribe(const Who& who, std::string_view filter) const {
    return allows(who, filter, &Filters::subscribe);
}

}  // namespace weft::mqtt_access
