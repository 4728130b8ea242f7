#include "router/linkstate/local_addresses.hpp"

#include <utility>

namespace weft::linkstate {

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
    left_out_.erase(key);
    if (!entry.changed) {
        entry.changed = true;
        changed_.emplace_back(key);
    }
}

std::optional<MobileUpdate> LocalAddresses::take_difference() {
    MobileUpdate update;
    update.from = self_;
    update.mobile_seq = sequence_ + 1;
    std::size_t bytes = 0;
    std::size_t freed = 0;
    for (std::string& key : std::exchange(changed_, {})) {
        const std::size_t size = key.size() + kKeyOverhead;
        if (bytes > 0 && bytes + size > bytes_max_) {
            changed_.push_back(std::move(key));  // with the next one
            continue;
        }
        const auto found = entries_.find(key);
        Entry& entry = found->second;
        entry.changed = false;
        if (entry.has && !entry.told) {
            if (told_bytes_ + size > bytes_max_) {
                left_out_.insert(std::move(key));
                continue;
            }
            told_bytes_ += size;
            bytes += size;
            entry.told = true;
            update.hints.push_back(entry.hint);
            update.add.push_back(std::move(key));
        } else if (!entry.has) {
            if (entry.told) {
                told_bytes_ -= size;
                bytes += size;
                freed += size;
                update.del.push_back(std::move(key));
            }
            entries_.erase(found);
        }
    }
    try_left_out(freed);
    if (update.add.empty() && update.del.empty()) {
        return std::nullopt;
    }
    ++sequence_;
    absolute_ = {};
    return update;
}

/// So many bytes are free again: as many of those that were left out are told with the next one.
void LocalAddresses::try_left_out(std::size_t room) {
    while (!left_out_.empty()) {
        const auto next = left_out_.begin();
        if (next->size() + kKeyOverhead > room) {
            return;
        }
        room -= next->size() + kKeyOverhead;
        entries_.find(*next)->second.changed = true;
        changed_.push_back(*next);
        left_out_.erase(next);
    }
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

}  // namespace weft::linkstate
