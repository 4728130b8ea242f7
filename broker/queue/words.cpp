#include "broker/queue/words.hpp"

#include "common/base/census.hpp"

namespace weft::queue {

void WordShare::hold(std::size_t bytes) {
    if (budget_ != nullptr) {
        budget_->bytes += bytes;
        budget_->bytes -= bytes_;
    }
    bytes_ = bytes;
}

bool WordShare::has_room() const {
    return budget_ == nullptr || weft::may_take(bytes_, budget_->bytes, budget_->bytes_max);
}

void Ahead::add(const Arrival& arrival) {
    ++messages;
    if (arrival.fence) {
        fences.insert_or_assign(arrival.key, arrival.fence);
    }
}

Words::Words(const Settings& settings, const Stored& stored, WordBudget* budget)
    : fenced_{settings.fenced},
      keys_max_{settings.keys_max},
      opened_with_{stored.last},
      share_{budget} {
    if (!settings.last_value_key.empty()) {
        last_values_.use(keys_max_);
    }
    if (settings.duplicate_window > 0 || stored.named > 0) {
        duplicates_.use(settings.duplicate_window, stored);
    }
    keys_.start(settings.last_value_key.empty() ? 0 : stored.last);
    share_.hold(bytes());
}

Offered Words::verdict(const Arrival& arrival, const Ahead& ahead) const {
    using Kind = Offered::Kind;
    if (duplicates_->knows(arrival.name)) {
        return {.kind = Kind::known};
    }
    if (awaits_fences()) {
        return {.kind = Kind::unread};
    }
    SharedFence known;
    const Passage passage = passage_of(arrival, ahead, known);
    if (passage != Passage::free) {
        return passage == Passage::again ? Offered{.kind = Kind::known}
                                         : Offered{.kind = Kind::fenced, .fence = known};
    }
    if (!last_values_->has_room_for(arrival.key, coming_ + ahead.messages)) {
        return {.kind = Kind::keys_full};
    }
    const bool grows = (!arrival.key.empty() && !last_values_->knows(arrival.key)) ||
                       duplicates_->grows_by(arrival.name);
    return {.kind = grows && !share_.has_room() ? Kind::words_full : Kind::taken};
}

/// `known` gets the fence of the youngest message of that key, durable or not.
Passage Words::passage_of(const Arrival& arrival, const Ahead& ahead, SharedFence& known) const {
    if (!fenced_ || arrival.key.empty()) {
        return Passage::free;
    }
    if (const auto before = ahead.fences.find(arrival.key); before != ahead.fences.end()) {
        known = before->second;
    } else if (const SharedFence* const coming = coming_fences_->find(arrival.key)) {
        known = *coming;
    } else {
        known = last_values_->fence_of(arrival.key);
    }
    return pass(known.get(), arrival.fence.get());
}

Named Words::remember(const Record& record, const std::string& name) {
    if (coming_fences_ || record.fence) {
        coming_fences_.use().add(record.id, record.key, record.fence);
    }
    if (!duplicates_) {
        return {};
    }
    Named named = duplicates_.use().remember(name);
    share_.hold(bytes());
    return named;
}

std::optional<Record> Words::note(const Record& record) {
    --coming_;
    if (coming_fences_) {
        coming_fences_.use().remove(record.id, record.key);
    }
    return note_value(record);
}

std::optional<Record> Words::note_value(const Record& record) {
    if (record.key.empty()) {
        return std::nullopt;
    }
    auto replaced = last_values_.use(keys_max_).note(record);
    share_.hold(bytes());
    return replaced;
}

std::optional<Record> Words::note_read(const Record& record, Counters& counters) {
    const bool is_older = last_values_->find(record.key) >= record.id;
    const bool barred =
        fenced_ && !is_older && !record.key.empty() &&
        pass(last_values_->fence_of(record.key).get(), record.fence.get()) != Passage::free;
    const bool holds_on = fenced_ && record.fence && record.id <= opened_with_;
    const bool has_room = holds_on || last_values_->knows(record.key) ||
                          (last_values_->has_room_for(record.key, 0) && share_.has_room());
    if (record.key.empty() || (has_room && !barred)) {
        return note_value(record);
    }
    ++counters.keyless;
    return std::nullopt;
}

void Words::forget(MessageId id) {
    if (last_values_) {
        last_values_.use().forget(id);
        share_.hold(bytes());
    }
}

bool Words::change(const Settings& before, const Settings& now, MessageId stored, Actions& out) {
    if (duplicates_ || now.duplicate_window > 0) {
        duplicates_.use().change(now.duplicate_window, out);
    }
    keys_max_ = now.keys_max;
    if (last_values_ || !now.last_value_key.empty()) {
        last_values_.use().limit(keys_max_);
    }
    fenced_ = now.fenced;
    const bool other_keys = before.last_value_key != now.last_value_key;
    if (other_keys) {
        coming_fences_.drop_if(true);
        if (last_values_) {
            last_values_.use().clear();
        }
        opened_with_ = 0;
        keys_.start(now.last_value_key.empty() ? 0 : stored);
    }
    share_.hold(bytes());
    return other_keys;
}

}  // namespace weft::queue
