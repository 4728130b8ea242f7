#pragma once

#include "broker/forwarding/rate.hpp"
#include "common/base/time.hpp"

#include <chrono>
#include <cstdint>
#include <string>

namespace weft::forwarding {

/// What became of messages that were forwarded.
struct CourseCounters {
    std::uint64_t accepted = 0;  // they are gone from here
    std::uint64_t returned = 0;  // they are tried again
    std::uint64_t rejected = 0;  // they are dead letters
};

/// How the messages of one queue leave for an address, over a link of this broker's own: when it is
/// attached, when it rests because somebody did not take what came, and when it ends.
///
///                 ┌──────────────── lost, refused: after a pause ────────────────┐
///                 ▼                                                              │
///     begin ──▶ waiting ──attach──▶ attaching ──attached──▶ open ──returned──▶ resting
///                 │                                          ▲ └─────── the pause is over
///                 └── end ──▶ over ◀── nothing is under way ── ending ◀── end ──┘
///
/// The pause is kPauseFirst, twice as long with each failure in a row, kPauseMost at most; a
/// message that is accepted ends the row.
///
/// Invariants:
///   C1  what was given to the link is settled by its outcome, or comes back with the link
///   C2  while it rests, or ends, nothing more is given to the link; what is under way goes on
///
/// Threading: not shared.
class Course {
public:
    static constexpr Duration kPauseFirst = std::chrono::milliseconds{100};
    static constexpr Duration kPauseMost = std::chrono::seconds{30};
    /// Bytes of what others say that are kept.
    static constexpr std::size_t kWordsMax = 500;

    enum class Stage : std::uint8_t { waiting, attaching, open, resting, ending, over };

    Stage stage() const { return stage_; }
    /// It has a link, or asked for one.
    bool has_link() const { return stage_ >= Stage::attaching && stage_ <= Stage::ending; }
    /// It may ask for a link now.
    bool wants_link(Instant now) const { return stage_ == Stage::waiting && now >= pause_until_; }
    /// The link may be given messages.
    bool gives() const { return stage_ == Stage::open; }
    /// When there is something to do though nothing happens.
    Instant due() const;

    // --- the link ----------------------------------------------------------------------------
    void on_asked() { stage_ = Stage::attaching; }
    void on_attached();
    /// It could not be asked for, was refused, or is gone.
    void on_lost(std::string why, Instant now);

    // --- its messages ------------------------------------------------------------------------
    void on_accepted(Instant now);
    void on_rejected(std::string why);
    /// Nobody took it: it is tried again.
    void on_returned(std::string why, Instant now);
    /// True: a pause is over, and the link may be given messages again.
    bool on_time(Instant now);

    // --- its end -----------------------------------------------------------------------------
    /// No more is to leave. Over at once where it has no link; else once nothing is under way.
    void end();
    /// Of one that ends.
    void on_idle() { stage_ = Stage::over; }
    /// It goes on after all.
    void begin_again();

    const CourseCounters& counters() const { return counters_; }
    double rate(Instant now) const { return rate_.per_second(now); }
    /// Why something did not work, last; empty: all did, since a message was accepted.
    const std::string& error() const { return error_; }

private:
    void pause(std::string why, Instant now);

    Stage stage_ = Stage::waiting;
    bool attached_ = false;  // of one that ends: it goes on with its link
    Duration pause_{};       // the last one; zero: none since a message was accepted
    Instant pause_until_ = Instant::min();
    CourseCounters counters_;
    Rate rate_;
    std::string error_;
};

}  // namespace weft::forwarding
