#include "router/linkstate/local_addresses.hpp"

#include <utility>

namespace weft::router {

void LocalAddresses::set(std::string_view key, bool has, Hint hint) {
    auto found = entries_.find(key);
    if (found == entries_.end()) {
        if (!has || !is_mobile(key)) {
            return;
        }
        found = entries_.emplace(key, Entry{}).first;
    }
    Entry& entry = found->second;
    if (entry.has == has) {
        return;
    }
    entry.has = has;
    entry.hint = has ? hint : entry.hint;
    if (!entry.changed) {
        entry.changed = true;
        changed_.emplace_back(key);
    }
}

std::optional<MobileUpdate> LocalAddresses::take_difference() {
    MobileUpdate update;
    update.from = self_;
    update.mobile_seq = sequence_ + 1;
    for (std::string& key : std::exchange(changed_, {})) {
        const auto found = entries_.find(key);
        Entry& entry = found->second;
        entry.changed = false;
        if (entry.has && !entry.told) {
            update.hints.push_back(entry.hint);
            update.add.push_back(std::move(key));
        } else if (!entry.has && entry.told) {
            update.del.push_back(std::move(key));
        }
        entry.told = entry.has;
        if (!entry.has) {
            entries_.erase(found);
        }
    }
    if (update.add.empty() && update.del.empty()) {
        return std::nullopt;
    }
    ++sequence_;
    absolute_ = {};
    return update;
}

const Buffer& LocalAddresses::absolute() {
    if (absolute_.empty()) {
        MobileUpdate update;
        update.from = self_;
        update.mobile_seq = sequence_;
        update.exist.emplace();
        for (const auto& [key, entry] : entries_) {
            if (entry.told) {
                update.exist->push_back(key);
                update.hints.push_back(entry.hint);
            }
        }
        write_message(absolute_, update);
    }
    return absolute_;
}

}  // namespace weft::router
