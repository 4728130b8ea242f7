#include "router/settings/setting_table.hpp"

#include <algorithm>
#include <utility>

namespace weft::settings {
namespace {

/// FNV-1a, 64 bits, with the finalizer of MurmurHash3: the same on all routers.
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
    /// Mixed well: without that, what two routers lack could cancel out in the sum.
    std::uint64_t value() const {
        std::uint64_t mixed = value_;
        mixed = (mixed ^ mixed >> 33) * 0xff51afd7ed558ccd;
        mixed = (mixed ^ mixed >> 33) * 0xc4ceb9fe1a85ec53;
        return mixed ^ mixed >> 33;
    }

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

/// The key decides at last, or two of one age would be taken for one.
bool SettingTable::IsOlder::operator()(const Setting* a, const Setting* b) const {
    return is_newer(*b, *a) || (!is_newer(*a, *b) && a->key < b->key);
}

void SettingTable::add(Setting setting) {
    clock_ = std::max(clock_, setting.version);
    sum_ += hash_of(setting);
    std::string key = setting.key;
    const auto at = settings_.emplace(std::move(key), std::move(setting)).first;
    kin_of(at->second).insert(&at->second);
}

void SettingTable::forget(ByKey::iterator at) {
    sum_ -= hash_of(at->second);
    kin_of(at->second).erase(&at->second);
    settings_.erase(at);
}

SettingTable::Merged SettingTable::merge(Setting setting) {
    const auto at = settings_.find(setting.key);
    const bool is_first = at == settings_.end();
    if (!is_first && !is_newer(setting, at->second)) {  // I1
        return {};
    }
    const bool stood = !is_first && !at->second.deleted();
    const std::string key = setting.key;
    const ByAge& kin = kin_of(setting);
    if (!is_first) {
        forget(at);
    }
    add(std::move(setting));
    Merged merged{.outcome = Outcome::taken};
    if (kin.size() > kSettingsMax) {  // I4
        const Setting& oldest = **kin.begin();
        if (oldest.key != key) {
            merged.forgotten = oldest.deleted() ? std::string{} : oldest.key;
        } else if (!stood) {
            merged.outcome = oldest.deleted() ? Outcome::known : Outcome::full;
        }
        forget(settings_.find(oldest.key));
    }
    return merged;
}

const Setting* SettingTable::find(std::string_view key) const {
    const auto at = settings_.find(key);
    return at == settings_.end() ? nullptr : &at->second;
}

}  // namespace weft::settings
