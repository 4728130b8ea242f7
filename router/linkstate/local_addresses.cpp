#include "router/linkstate/local_addresses.hpp"

#include "common/base/assert.hpp"
#include "common/base/census.hpp"

#include <utility>

namespace weft::linkstate {

void LocalAddresses::set(std::string_view key, bool has, Hint hint, std::uint64_t asker) {
    const auto found = known_.find(key);
    if (found == known_.end() && (!has || !is_mobile(key))) {
        return;
    }
    Entry& entry = found == known_.end() ? make(key) : *found->second;
    if (entry.has == has) {
        return;
    }
    entry.has = has;
    entry.hint = has ? hint : entry.hint;
    take_in(entry);
    if (has && !entry.counts) {
        entry.asker = asker;
    }
    note_change(entry);
}

LocalAddresses::Entry& LocalAddresses::make(std::string_view key) {
    if (free_.empty()) {
        free_.push_back(&entries_.emplace_back());
    }
    Entry& entry = *free_.back();
    free_.pop_back();
    entry.key = key;
    known_.emplace(entry.key, &entry);
    return entry;
}

void LocalAddresses::forget(Entry& entry) {
    known_.erase(entry.key);
    entry = {};
    free_.push_back(&entry);
}

void LocalAddresses::note_change(Entry& entry) {
    if (!std::exchange(entry.changed, true)) {
        changed_.push_back(&entry);
    }
}

std::optional<MobileUpdate> LocalAddresses::take_difference() {
    WEFT_CHECK(!is_writing());
    MobileUpdate update;
    update.from = self_;
    update.mobile_seq = sequence_ + 1;
    std::size_t bytes = 0;
    bool has_room = false;
    for (std::size_t left = kAtOnce; left > 0 && !changed_.empty(); --left) {
        Entry& entry = *changed_.front();
        const std::size_t size = size_of(entry);
        if (bytes > 0 && bytes + size > bytes_max_) {
            break;  // with the next one
        }
        changed_.pop_front();
        entry.changed = false;
        if (entry.has && !entry.told) {
            if (!entry.counts && !take_room(entry)) {
                leave_out(entry);
                continue;
            }
            bytes += size;
            entry.told = true;
            update.hints.push_back(entry.hint);
            update.add.push_back(entry.key);
        } else if (!entry.has) {
            has_room = has_room || entry.counts;
            give_room(entry);
            if (entry.told) {
                bytes += size;
                update.del.push_back(entry.key);
            }
            forget(entry);
        }
    }
    if (has_room || more_room_) {
        try_left_out();
    }
    if (update.add.empty() && update.del.empty()) {
        return std::nullopt;
    }
    ++sequence_;
    all_ = {};
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
        Entry& entry = askers_.at(waiting_.begin()->second).left_out.front();
        if (!take_room(entry)) {
            return;  // nobody else has less
        }
        take_in(entry);
        note_change(entry);
    }
}

/// False: others leave no room for it.
bool LocalAddresses::take_room(Entry& entry) {
    const std::size_t size = size_of(entry);
    const std::size_t own = askers_[entry.asker].bytes;
    if (told_bytes_ + size > bytes_max_ || !may_take(own, told_bytes_, bytes_max_)) {
        return false;
    }
    entry.counts = true;
    told_bytes_ += size;
    change_bytes(entry.asker, own + size);
    return true;
}

void LocalAddresses::give_room(Entry& entry) {
    if (std::exchange(entry.counts, false)) {
        told_bytes_ -= size_of(entry);
        change_bytes(entry.asker, askers_.at(entry.asker).bytes - size_of(entry));
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

void LocalAddresses::leave_out(Entry& entry) {
    Asker& asker = askers_.at(entry.asker);
    asker.left_out.push_back(entry);
    waiting_.emplace(asker.bytes, entry.asker);
    ++left_out_;
}

/// It is not left out any more.
void LocalAddresses::take_in(Entry& entry) {
    if (!entry.is_linked()) {
        return;
    }
    Asker& asker = askers_.at(entry.asker);
    asker.left_out.erase(asker.left_out.iterator_to(entry));
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

bool LocalAddresses::write_all(std::size_t& left) {
    if (all_.empty()) {
        writing_.emplace(all_, self_, sequence_);
        next_ = 0;
    }
    for (; left > 0 && is_writing(); --left) {
        write_one();
    }
    return !is_writing();
}

/// The next key, or once all are there the next hint.
void LocalAddresses::write_one() {
    if (next_ < entries_.size()) {
        const Entry& entry = entries_[next_++];
        if (entry.told && !writing_->has_keys()) {
            writing_->add(entry.key);
        } else if (entry.told) {
            writing_->add(entry.hint);
        }
        return;
    }
    next_ = 0;
    if (writing_->has_keys()) {
        writing_->end();
        writing_.reset();
    } else {
        writing_->begin_hints();
    }
}

}  // namespace weft::linkstate
