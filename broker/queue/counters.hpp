#pragma once

#include "broker/queue/actions.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace weft::queue {

/// What happened in a queue since it was made: each way out of it has its own. Threading: not
/// shared (a value).
struct Counters {
    std::uint64_t taken = 0;         // from producers
    std::uint64_t overflowed = 0;    // refused: the queue was full
    std::uint64_t dropped = 0;       // the oldest, for the queue was full
    std::uint64_t replaced = 0;      // a younger message has the same key
    std::uint64_t duplicates = 0;    // taken and not kept: their names or fences were known
    std::uint64_t fenced = 0;        // refused: the fence of their key barred them
    std::uint64_t keyless = 0;       // stay as if they had no key: there was no room for it
    std::uint64_t scheduled = 0;     // taken, to be given out later
    std::uint64_t delivered = 0;     // to consumers, once for each delivery
    std::uint64_t browsed = 0;       // copies for browsers
    std::uint64_t acknowledged = 0;  // and so removed
    std::uint64_t released = 0;      // came back, nothing counted
    std::uint64_t failed = 0;        // came back as a delivery that failed, or died of it
    std::uint64_t refused = 0;       // a consumer said that it can't process the message
    std::uint64_t purged = 0;        // by an operator: they are gone
    std::uint64_t moved = 0;         // by an operator, to another queue
    std::uint64_t forwarded = 0;     // to another broker
    std::uint64_t gave_up = 0;       // selectors of which nobody knows what they say of a message
    std::array<std::uint64_t, kDeaths> buried{};  // by Death

    Counters& operator+=(const Counters& more);
    /// Of messages that leave the queue by such an outcome; null: by that they don't.
    std::uint64_t* way_out(Outcome::Kind kind);
    /// Of messages that producers brought and that are not taken.
    void note_refused(Offered::Kind kind);
    std::uint64_t buried_by(Death death) const { return buried[static_cast<std::size_t>(death)]; }
};

inline std::uint64_t* Counters::way_out(Outcome::Kind kind) {
    switch (kind) {
        case Outcome::Kind::accepted:
            return &acknowledged;
        case Outcome::Kind::purged:
            return &purged;
        case Outcome::Kind::moved:
            return &moved;
        case Outcome::Kind::forwarded:
            return &forwarded;
        default:
            return nullptr;
    }
}

inline void Counters::note_refused(Offered::Kind kind) {
    switch (kind) {
        case Offered::Kind::fenced:
            ++fenced;
            return;
        case Offered::Kind::full:
        case Offered::Kind::keys_full:
        case Offered::Kind::words_full:
            ++overflowed;
            return;
        case Offered::Kind::taken:
        case Offered::Kind::known:
        case Offered::Kind::unread:  // it is sent again
            return;
    }
}

inline Counters& Counters::operator+=(const Counters& more) {
    for (const auto one :
         {&Counters::taken, &Counters::overflowed, &Counters::dropped, &Counters::replaced,
          &Counters::duplicates, &Counters::keyless, &Counters::scheduled, &Counters::delivered,
          &Counters::browsed, &Counters::acknowledged, &Counters::released, &Counters::failed,
          &Counters::refused, &Counters::purged, &Counters::moved, &Counters::forwarded,
          &Counters::gave_up, &Counters::fenced}) {
        this->*one += more.*one;
    }
    for (std::size_t i = 0; i < buried.size(); ++i) {
        buried[i] += more.buried[i];
    }
    return *this;
}

}  // namespace weft::queue
