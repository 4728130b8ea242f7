#pragma once

#include "broker/queue/message.hpp"
#include "broker/store/segment_table.hpp"
#include "common/base/time.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <string>
#include <utility>

namespace weft::broker {

/// Somebody who has payloads that were read and can't go on with them now: a queue whose consumers
/// take nothing, a link whose peer doesn't. Threading: loop-confined.
class Holder {
public:
    Holder() = default;
    Holder(const Holder&) = delete;
    Holder& operator=(const Holder&) = delete;

    /// Others need the room. It is noted no more, unless it notes itself again.
    virtual void give_back() = 0;
    /// Whose they are and how many, for people.
    virtual std::string who() const = 0;

    bool is_still() const { return line_ != nullptr; }

protected:
    /// It must not be noted.
    virtual ~Holder() = default;

private:
    friend class ReadAhead;
    struct Still {
        Holder* holder = nullptr;
        Instant since{};
    };
    using Line = std::list<Still>;

    Line* line_ = nullptr;  // that it is in
    Line::iterator place_;
};

/// Payloads that were read from the store, for as long as anybody has them: ready ones, those on
/// their way to consumers, copies for browsers; and such as producers brought that a peer does not
/// take. A read brings no more than it has room for; reads for which there is none wait in line.
///
/// | they have, with what reads under way may bring | so                                        |
/// |------------------------------------------------|-------------------------------------------|
/// | `bytes_max` at most                            | any read goes on                          |
/// | more                                           | one goes on at a time; who could not go   |
/// |                                                | on for `still_max` gives back what it has |
/// | kOverMax times as much                         | none does, until somebody has given back: |
/// |                                                | who has begun nothing at once             |
///
/// Who could not go on for longest gives back first. So who takes nothing, or next to nothing
/// (moved_least), is in nobody's way. Windows that nobody takes from for still_max are given back,
/// too, while no other may keep anything.
///
/// Threading: loop-confined.
class ReadAhead {
public:
    static constexpr std::size_t kBytesMax = std::size_t{256} * 1024 * 1024;
    static constexpr std::size_t kOverMax = 4;
    static constexpr Duration kStillMost = std::chrono::seconds{10};
    /// Bytes that a peer takes at least, in still_max, to count as one that goes on: so many, and
    /// of a large message one part of so many, or a larger one while no read goes on.
    static constexpr std::size_t kMovedLeast = std::size_t{64} * 1024;
    static constexpr std::size_t kMovedParts = 64;
    static constexpr std::size_t kMovedPartsOver = 8;
    /// So many give back in a turn.
    static constexpr std::size_t kGivenBackAtOnce = 10;
    /// What one queue has in memory for its consumers: what several producers send until a read
    /// is answered, that consumers keep up. Less once a quarter of all is used. Once all windows
    /// have `bytes_max`, nothing that comes in stays in one: it is read when somebody takes it.
    static constexpr std::size_t kWindowMax = std::size_t{4} * 1024 * 1024;
    static constexpr std::size_t kWindowLess = std::size_t{256} * 1024;

    struct Limits {
        std::size_t bytes_max = kBytesMax;
        Duration still_max = kStillMost;
    };

    /// `later` is asked for a call of `go_on`, at most one at a time.
    ReadAhead(std::function<void()> later, std::function<Instant()> now, const Limits& limits)
        : later_{std::move(later)}, now_{std::move(now)}, limits_{limits} {}
    ReadAhead(const ReadAhead&) = delete;
    ReadAhead& operator=(const ReadAhead&) = delete;

    /// `read` asks the store, now or later, for `most` bytes at most; its answer calls `answered`
    /// with the same number. `queue`: of which it is, for people.
    void ask(std::size_t most, std::function<void()> read, store::QueueNumber queue = {});
    void answered(std::size_t most);
    /// The same payload, which counts until nobody has it. Must not outlive this.
    [[nodiscard]] queue::Payload count(queue::Payload payload);

    /// Those in line, as far as there is room, or others make some.
    void go_on();
    /// When `go_on` has something to do though nothing happens.
    Instant deadline() const;

    // --- who can't go on -----------------------------------------------------------------------
    /// From now on; or for as long as before, if it is noted and has not `moved` since. `begun`:
    /// with something that it can't give back without harm.
    void note_still(Holder& holder, bool begun, bool moved = true);
    void note_moving(Holder& holder);
    /// Of a message of that size.
    std::size_t moved_least(std::size_t size) const {
        return std::max(kMovedLeast, size / (none_goes_on() ? kMovedPartsOver : kMovedParts));
    }
    /// Holders that gave back what they had.
    std::uint64_t given_back() const { return given_back_; }
    /// Reads wait because others have so much.
    bool is_over() const { return !line_.empty() && bytes_ >= limits_.bytes_max; }
    /// The queue whose read is the first in line, while any is.
    store::QueueNumber first_in_line() const { return line_.front().queue; }
    /// Who could not go on for longest; null: nobody is noted.
    const Holder* longest_still() const;

    /// A queue has `now` bytes in its window, also of what never was read, and had `before`.
    void note_ready(std::size_t before, std::size_t now);
    std::size_t window_bytes() const {
        return std::max(ready_, bytes_ + asked_) < limits_.bytes_max / 4 ? kWindowMax : kWindowLess;
    }
    /// Windows may keep what comes in.
    bool keeps() const { return std::max(ready_, bytes_) < limits_.bytes_max; }
    const Limits& limits() const { return limits_; }
    std::size_t bytes() const { return bytes_; }
    std::size_t in_line() const { return line_.size(); }
    /// Reads that were in line, all of them.
    std::uint64_t waited() const { return waited_; }

private:
    struct Waiting {
        std::size_t most = 0;
        std::function<void()> read;
        store::QueueNumber queue{};
    };

    bool has_room(std::size_t most) const {
        return bytes_ + asked_ + most <= limits_.bytes_max ||
               (asked_ == 0 && bytes_ < kOverMax * limits_.bytes_max);
    }
    bool none_goes_on() const { return !line_.empty() && bytes_ >= kOverMax * limits_.bytes_max; }
    /// Somebody needs what others have.
    bool is_wanted() const { return !line_.empty() || !keeps(); }
    void note_kept(bool before);
    Holder* who_gives_back() const;
    const Holder::Still* longest() const;
    void ask_to_go_on();
    void call_later();

    std::function<void()> later_;
    std::function<Instant()> now_;
    Limits limits_;
    std::size_t bytes_ = 0;  // of payloads that somebody has
    std::size_t asked_ = 0;  // that the store may answer with
    std::size_t ready_ = 0;  // in the windows of all queues
    std::deque<Waiting> line_;
    Holder::Line still_;  // who has begun nothing, in the order in which they were noted
    Holder::Line begun_;  // the others
    std::uint64_t given_back_ = 0;
    std::uint64_t waited_ = 0;
    bool due_ = false;
};

}  // namespace weft::broker
