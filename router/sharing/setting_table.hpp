#pragma once

#include "router/sharing/setting.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace weft::router {

/// What two routers compare to see whether they know the same.
struct SettingDigest {
    std::uint64_t count = 0;
    std::uint64_t sum = 0;  // of a hash of each setting, modulo 2^64: the order does not matter
    bool operator==(const SettingDigest&) const = default;
};

/// The newest of each key. Threading: loop-confined.
class SettingTable {
public:
    enum class Outcome : std::uint8_t { known, taken, full };
    using ByKey = std::map<std::string, Setting, std::less<>>;

    /// Takes `setting` if it is newer than what stands. Full: it would be one more than
    /// kSettingsMax that stand. One more that is deleted makes room: the oldest of those is
    /// forgotten.
    Outcome merge(Setting setting);

    const Setting* find(std::string_view key) const;
    /// Ascending by key, deleted ones too.
    const ByKey& all() const { return settings_; }
    std::size_t standing() const { return settings_.size() - deleted_; }
    SettingDigest digest() const { return {.count = settings_.size(), .sum = sum_}; }
    /// The greatest version seen.
    std::int64_t clock() const { return clock_; }

private:
    void count(const Setting& setting, bool added);
    void forget_oldest_deleted();

    ByKey settings_;
    std::size_t deleted_ = 0;
    std::uint64_t sum_ = 0;
    std::int64_t clock_ = 0;
};

}  // namespace weft::router
