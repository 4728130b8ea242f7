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

Words::Words(const Settings& settings,
             const Stored& stored,
             const Limits& limits,
             WordBudget* budget)
    : last_values_{limits.keys_max},
      duplicates_{settings.duplicate_window, stored},
      share_{budget} {
    keys_.start(settings.last_value_key.empty() ? 0 : stored.last);
    share_.hold(bytes());
}

Offered::Kind Words::verdict(const Arrival& arrival, std::size_t others) const {
    using Kind = Offered::Kind;
    if (duplicates_.knows(arrival.name)) {
        return Kind::known;
    }
    if (!last_values_.has_room_for(arrival.key, others)) {
        return Kind::keys_full;
    }
    const bool grows = (!arrival.key.empty() && !last_values_.knows(arrival.key)) ||
                       duplicates_.grows_by(arrival.name);
    return grows && !share_.has_room() ? Kind::words_full : Kind::taken;
}

Named Words::remember(const Arrival& arrival) {
    Named named = duplicates_.remember(arrival.name);
    share_.hold(bytes());
    return named;
}

std::optional<Record> Words::note(const Record& record) {
    auto replaced = last_values_.note(record);
    share_.hold(bytes());
    return replaced;
}

std::optional<Record> Words::note_read(const Record& record, Counters& counters) {
    const bool has_room = last_values_.knows(record.key) ||
                          (last_values_.has_room_for(record.key, 0) && share_.has_room());
    if (record.key.empty() || has_room) {
        return note(record);
    }
    ++counters.keyless;
    return std::nullopt;
}

void Words::forget(MessageId id) {
    last_values_.forget(id);
    share_.hold(bytes());
}

bool Words::change(const Settings& before, const Settings& now, MessageId stored, Actions& out) {
    duplicates_.change(now.duplicate_window, out);
    const bool other_keys = before.last_value_key != now.last_value_key;
    if (other_keys) {
        last_values_.clear();
        keys_.start(now.last_value_key.empty() ? 0 : stored);
    }
    share_.hold(bytes());
    return other_keys;
}

}  // namespace weft::queue
