#pragma once

#include "broker/forwarding/rate.hpp"
#include "common/base/time.hpp"

#include <chrono>
#include <cstddef>
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
///                 ┌────────── lost, refused, not answered: after a pause ────────┐
///                 ▼                                                              │
///     begin ──▶ waiting ──attach──▶ attaching ──attached──▶ open ──returned──▶ resting
///                 │                                          ▲ └─────── the pause is over
///                 └── end ──▶ over ◀── nothing is under way ── ending ◀── end ──┘
///
/// The pause is Pauses::first, twice as long with each failure in a row, Pauses::most at most; a
/// message that is accepted ends the row. With each link that is lost its owner asks the next one
/// of those who may take it, so that one who never answers, takes nothing, or gives everything back
/// is in nobody's way.
///
/// Invariants:
///   C1  what was given to the link is settled by its outcome, or comes back with the link
///   C2  while it rests, or ends, nothing more is given to the link; what is under way goes on
///
/// Threading: not shared.
class Course {
public:
    /// How long it rests.
    struct Pauses {
        Duration first = std::chrono::milliseconds{100};
        Duration most = std::chrono::seconds{30};
    };
    /// Bytes of what others say that are kept.
    static constexpr std::size_t kWordsMax = 500;

    enum class Stage : std::uint8_t { waiting, attaching, open, resting, ending, over };
    /// How long it waits for others.
    struct Patience {
        Duration answer = std::chrono::seconds{10};  // for the answer to an attach
        Duration stand = std::chrono::seconds{10};   // for what became of any message
        int rests = 5;                               // on one link in a row, if nothing is taken
    };

    Course() : Course{Patience{}} {}
    explicit Course(const Patience& patience) : patience_{patience} {}

    /// From the next pause on.
    void set(const Pauses& pauses) { pauses_ = pauses; }

    Stage stage() const { return stage_; }
    /// It has a link, or asked for one.
    bool has_link() const { return stage_ >= Stage::attaching && stage_ <= Stage::ending; }
    /// It may ask for a link now.
    bool wants_link(Instant now) const { return stage_ == Stage::waiting && now >= pause_until_; }
    /// The link may be given messages.
    bool gives() const { return stage_ == Stage::open; }
    /// When a pause is over.
    Instant due() const;
    /// A link was asked for, and nobody answers.
    bool is_unanswered(Instant now) const {
        return stage_ == Stage::attaching && now - since_ >= patience_.answer;
    }
    /// The link is open, and for long nothing was heard of any message.
    bool stands(Instant now) const {
        return stage_ == Stage::open && now - since_ >= patience_.stand;
    }
    /// The link is open again, and all that went over it came back.
    bool is_refused_all() const { return stage_ == Stage::open && rests_ >= patience_.rests; }
    /// Something did not work since a message was accepted.
    bool is_in_doubt() const { return pause_ != Duration::zero(); }
    /// Links that were lost.
    std::size_t losses() const { return losses_; }

    // --- the link ----------------------------------------------------------------------------
    void on_asked(Instant now);
    void on_attached(Instant now);
    /// It could not be asked for, was refused, is gone, or was given up.
    void on_lost(std::string why, Instant now);

    // --- its messages ------------------------------------------------------------------------
    void on_accepted(Instant now);
    void on_rejected(std::string why, Instant now);
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

    Patience patience_;
    Pauses pauses_;
    Stage stage_ = Stage::waiting;
    Instant since_ = Instant::min();  // something was asked for, or heard, last
    std::size_t losses_ = 0;
    int rests_ = 0;          // of this link, since a message was taken
    bool attached_ = false;  // of one that ends: it goes on with its link
    Duration pause_{};       // the last one; zero: none since a message was accepted
    Instant pause_until_ = Instant::min();
    CourseCounters counters_;
    Rate rate_;
    std::string error_;
};

}  // namespace weft::forwarding
