#include "router/sharing/setting_table.hpp"

#include <algorithm>
#include <utility>

namespace weft::router {
namespace {

/// FNV-1a, 64 bits: the same on all routers.
class Hash {
public:
    void add(std::string_view text) {
        for (const char c : text) {
            value_ = (value_ ^ static_cast<std::uint8_t>(c)) * kPrime;
        }
        add(text.size());  // where one field ends and the next begins
    }
    void add(std::uint64_t number) {
        for (int shift = 0; shift < 64; shift += 8) {
            value_ = (value_ ^ (number >> shift & 0xff)) * kPrime;
        }
    }
    std::uint64_t value() const { return value_; }

private:
    static constexpr std::uint64_t kPrime = 0x100000001b3;
    std::uint64_t value_ = 0xcbf29ce484222325;
};

std::uint64_t hash_of(const Setting& setting) {
    Hash hash;
    hash.add(setting.key);
    hash.add(setting.value);
    hash.add(static_cast<std::uint64_t>(setting.version));
    hash.add(setting.origin);
    hash.add(std::uint64_t{setting.from_file ? 1U : 0U});
    return hash.value();
}

}  // namespace

void SettingTable::count(const Setting& setting, bool added) {
    sum_ += added ? hash_of(setting) : 0 - hash_of(setting);
    if (setting.deleted()) {
        deleted_ += added ? 1 : std::size_t{0} - 1;
    }
}

SettingTable::Outcome SettingTable::merge(Setting setting) {
    const auto at = settings_.find(setting.key);
    const bool stood = at != settings_.end() && !at->second.deleted();
    if (at != settings_.end() && !is_newer(setting, at->second)) {
        return Outcome::known;
    }
    if (!setting.deleted() && !stood && standing() >= kSettingsMax) {
        return Outcome::full;
    }
    clock_ = std::max(clock_, setting.version);
    count(setting, true);
    if (at != settings_.end()) {
        count(at->second, false);
        at->second = std::move(setting);
    } else {
        std::string key = setting.key;
        settings_.emplace(std::move(key), std::move(setting));
    }
    if (deleted_ > kSettingsMax) {
        forget_oldest_deleted();
    }
    return Outcome::taken;
}

void SettingTable::forget_oldest_deleted() {
    auto oldest = settings_.end();
    for (auto at = settings_.begin(); at != settings_.end(); ++at) {
        if (at->second.deleted() &&
            (oldest == settings_.end() || is_newer(oldest->second, at->second))) {
            oldest = at;
        }
    }
    count(oldest->second, false);
    settings_.erase(oldest);
}

const Setting* SettingTable::find(std::string_view key) const {
    const auto at = settings_.find(key);
    return at == settings_.end() ? nullptr : &at->second;
}

}  // namespace weft::router
