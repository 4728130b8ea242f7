#include "router/linkstate/local_addresses.hpp"

#include "common/base/census.hpp"

#include <utility>

namespace weft::linkstate {

void LocalAddresses::set(std::string_view key, bool has, Hint hint, std::uint64_t asker) {
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
    take_in(key, entry);
    if (has && !entry.counts) {
        entry.asker = asker;
    }
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
    bool has_room = false;
    for (std::size_t left = kAtOnce; left > 0 && !changed_.empty(); --left) {
        const std::size_t size = size_of(changed_.front());
        if (bytes > 0 && bytes + size > bytes_max_) {
            break;  // with the next one
        }
        std::string key = std::move(changed_.front());
        changed_.pop_front();
        const auto found = entries_.find(key);
        Entry& entry = found->second;
        entry.changed = false;
        if (entry.has && !entry.told) {
            if (!entry.counts && !take_room(key, entry)) {
                leave_out(key, entry);
                continue;
            }
            bytes += size;
            entry.told = true;
            update.hints.push_back(entry.hint);
            update.add.push_back(std::move(key));
        } else if (!entry.has) {
            has_room = has_room || entry.counts;
            give_room(key, entry);
            const bool told = entry.told;
            entries_.erase(found);
            if (told) {
                bytes += size;
                update.del.push_back(std::move(key));
            }
        }
    }
    if (has_room || more_room_) {
        try_left_out();
    }
    if (update.add.empty() && update.del.empty()) {
        return std::nullopt;
    }
    ++sequence_;
    absolute_ = {};
    return update;
}

/// There is room again: as many of those that were left out are told with the next one.
void LocalAddresses::try_left_out() {
    more_room_ = false;
    for (std::size_t left = kAtOnce; !waiting_.empty(); --left) {
        if (left == 0) {
            more_room_ = true;
            return;
        }
        const std::string key = *askers_.at(waiting_.begin()->second).left_out.begin();
        Entry& entry = entries_.find(key)->second;
        if (!take_room(key, entry)) {
            return;  // nobody else has less
        }
        take_in(key, entry);
        if (!entry.changed) {
            entry.changed = true;
            changed_.push_back(key);
        }
    }
}

/// False: others leave no room for it.
bool LocalAddresses::take_room(std::string_view key, Entry& entry) {
    const std::size_t size = size_of(key);
    const std::size_t own = askers_[entry.asker].bytes;
    if (told_bytes_ + size > bytes_max_ || !may_take(own, told_bytes_, bytes_max_)) {
        return false;
    }
    entry.counts = true;
    told_bytes_ += size;
    change_bytes(entry.asker, own + size);
    return true;
}

void LocalAddresses::give_room(std::string_view key, Entry& entry) {
    if (std::exchange(entry.counts, false)) {
        told_bytes_ -= size_of(key);
        change_bytes(entry.asker, askers_.at(entry.asker).bytes - size_of(key));
        forget_if_unused(entry.asker);
    }
}

void LocalAddresses::change_bytes(std::uint64_t number, std::size_t bytes) {
    Asker& asker = askers_.at(number);
    if (waiting_.erase({asker.bytes, number}) > 0) {
        waiting_.emplace(bytes, number);
    }
    asker.bytes = bytes;
}

void LocalAddresses::leave_out(std::string_view key, Entry& entry) {
    Asker& asker = askers_.at(entry.asker);
    asker.left_out.emplace(key);
    waiting_.emplace(asker.bytes, entry.asker);
    entry.left_out = true;
    ++left_out_;
}

/// It is not left out any more.
void LocalAddresses::take_in(std::string_view key, Entry& entry) {
    if (!std::exchange(entry.left_out, false)) {
        return;
    }
    Asker& asker = askers_.at(entry.asker);
    asker.left_out.erase(asker.left_out.find(key));
    --left_out_;
    if (asker.left_out.empty()) {
        waiting_.erase({asker.bytes, entry.asker});
        forget_if_unused(entry.asker);
    }
}

void LocalAddresses::forget_if_unused(std::uint64_t number) {
    const auto at = askers_.find(number);
    if (at->second.bytes == 0 && at->second.left_out.empty()) {
        askers_.erase(at);
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
