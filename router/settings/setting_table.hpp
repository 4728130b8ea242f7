#pragma once

#include "router/settings/setting.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>

namespace weft::settings {

/// What two routers compare to see whether they know the same.
struct SettingDigest {
    std::uint64_t count = 0;
    std::uint64_t sum = 0;  // of a hash of each setting, modulo 2^64: the order does not matter
    bool operator==(const SettingDigest&) const = default;
};

/// The newest of each key: of those that stand kSettingsMax, the newest, and as many of those that
/// are deleted. So routers that have told each other all they know have the same tables, whatever
/// came first. Threading: loop-confined.
class SettingTable {
public:
    enum class Outcome : std::uint8_t { known, taken, full };
    using ByKey = std::map<std::string, Setting, std::less<>>;
    struct Merged {
        Outcome outcome = Outcome::known;
        std::string forgotten{};  // the key that stood and gave way to it; empty: none did
    };

    SettingTable() = default;
    SettingTable(const SettingTable&) = delete;
    SettingTable& operator=(const SettingTable&) = delete;

    /// Takes `setting` if it is newer than what is known of its key. Known: nothing changed. Full:
    /// it is older than all that stand, of which there are kSettingsMax.
    Merged merge(Setting setting);

    const Setting* find(std::string_view key) const;
    /// Ascending by key, deleted ones too.
    const ByKey& all() const { return settings_; }
    std::size_t standing() const { return standing_.size(); }
    SettingDigest digest() const { return {.count = settings_.size(), .sum = sum_}; }
    /// The greatest version seen.
    std::int64_t clock() const { return clock_; }

private:
    struct IsOlder {
        bool operator()(const Setting* a, const Setting* b) const;
    };
    using ByAge = std::set<const Setting*, IsOlder>;

    ByAge& kin_of(const Setting& setting) { return setting.deleted() ? deleted_ : standing_; }
    void add(Setting setting);
    void forget(ByKey::iterator at);

    ByKey settings_;
    ByAge standing_;  // of settings_
    ByAge deleted_;   // of settings_
    std::uint64_t sum_ = 0;
    std::int64_t clock_ = 0;
};

}  // namespace weft::settings
