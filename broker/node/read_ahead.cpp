#include "broker/node/read_ahead.hpp"

#include <memory>
#include <utility>

namespace weft::broker {

void ReadAhead::ask(std::size_t most, std::function<void()> read, store::QueueNumber queue) {
    if (!line_.empty() || !has_room(most)) {
        ++waited_;
        line_.push_back({.most = most, .read = std::move(read), .queue = queue});
        ask_to_go_on();
        return;
    }
    asked_ += most;
    read();
}

void ReadAhead::answered(std::size_t most) {
    asked_ -= most;
    ask_to_go_on();
}

queue::Payload ReadAhead::count(queue::Payload payload) {
    const std::size_t size = payload->size();
    const bool did_keep = keeps();
    bytes_ += size;
    note_kept(did_keep);
    const Buffer* const what = payload.get();
    return {what, [this, size, kept = std::move(payload)](const Buffer*) {
                bytes_ -= size;
                ask_to_go_on();
            }};
}

void ReadAhead::note_ready(std::size_t before, std::size_t now) {
    const bool did_keep = keeps();
    ready_ += now - before;
    note_kept(did_keep);
}

/// Windows could keep what comes in before.
void ReadAhead::note_kept(bool before) {
    if (before && !keeps() && !still_.empty()) {
        call_later();
    }
}

void ReadAhead::call_later() {
    if (!std::exchange(due_, true)) {
        later_();
    }
}

void ReadAhead::ask_to_go_on() {
    if (!line_.empty() && (has_room(line_.front().most) || who_gives_back() != nullptr)) {
        call_later();
    }
}

void ReadAhead::go_on() {
    due_ = false;
    std::size_t given = 0;
    for (;;) {
        if (!line_.empty() && has_room(line_.front().most)) {
            const Waiting next = std::move(line_.front());
            line_.pop_front();
            asked_ += next.most;
            next.read();
            continue;
        }
        Holder* const holder = who_gives_back();
        if (holder == nullptr) {
            return;
        }
        if (given++ == kGivenBackAtOnce) {
            call_later();
            return;
        }
        note_moving(*holder);
        ++given_back_;
        holder->give_back();
    }
}

// --- who can't go on -----------------------------------------------------------------------------

/// One that comes from the other line brings its time along: it may be older than those before it,
/// and is due once they are, `still_max` later at most.
void ReadAhead::note_still(Holder& holder, bool begun, bool moved) {
    Holder::Line& line = begun ? begun_ : still_;
    if (holder.line_ == &line && !moved) {
        return;
    }
    const bool stays_still = holder.line_ != nullptr && !moved;
    const Instant since = stays_still ? holder.place_->since : now_();
    if (holder.line_ != nullptr) {
        line.splice(line.end(), *holder.line_, holder.place_);
    } else {
        holder.place_ = line.insert(line.end(), {.holder = &holder});
    }
    holder.line_ = &line;
    holder.place_->since = since;
    const bool is_needed = begun ? !line_.empty() : is_wanted();
    if (is_needed && line.size() == 1) {
        call_later();  // there was nobody to wait for
    }
}

void ReadAhead::note_moving(Holder& holder) {
    if (holder.line_ != nullptr) {
        std::exchange(holder.line_, nullptr)->erase(holder.place_);
    }
}

/// Null: nobody does now.
Holder* ReadAhead::who_gives_back() const {
    if (!is_wanted()) {
        return nullptr;
    }
    const auto is_due = [this](const Holder::Line& line) {
        return !line.empty() && now_() - line.front().since >= limits_.still_max;
    };
    if ((none_goes_on() && !still_.empty()) || is_due(still_)) {
        return still_.front().holder;
    }
    // No link ends for the sake of windows.
    return !line_.empty() && is_due(begun_) ? begun_.front().holder : nullptr;
}

/// Null: nobody is noted.
const Holder::Still* ReadAhead::longest() const {
    const Holder::Still* longest = nullptr;
    for (const Holder::Line* const line : {&still_, &begun_}) {
        if (!line->empty() && (longest == nullptr || line->front().since < longest->since)) {
            longest = &line->front();
        }
    }
    return longest;
}

const Holder* ReadAhead::longest_still() const {
    const Holder::Still* const still = longest();
    return still == nullptr ? nullptr : still->holder;
}

Instant ReadAhead::deadline() const {
    const Holder::Still* const idle = still_.empty() || keeps() ? nullptr : &still_.front();
    const Holder::Still* const still = line_.empty() ? idle : longest();
    return still == nullptr ? kNever : still->since + limits_.still_max;
}

}  // namespace weft::broker
