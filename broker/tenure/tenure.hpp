#pragma once

#include "broker/tenure/record.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace weft::tenure {

enum class Life : std::uint8_t {
    standby,  // another has the store, or may have it
    active,   // this one has it
    fenced,   // it had it: it writes nothing more, ever
};

/// What a standby finds.
struct Sight {
    bool lock_free = false;          // it has the system's lock on the folder, just now
    std::optional<Record> record{};  // none: nobody had the store yet
};

/// One broker's hold on a store, from its point of view.
///
///     standby ── take, seize: begin ──▶ active ── deposed, or late ──▶ fenced
///
/// Invariants:
///   T1  what it promised as a lease, it keeps: from `lease` after its last renewal on it never
///       says again that it may write
///   T2  it takes a lease for run out only if it saw no renewal for that time and a quarter more,
///       by its own clock; clocks of two machines are never compared
///   T3  what is fenced stays so
///
/// `now` is of a clock that also goes while the machine sleeps.
/// Threading: not shared.
class Tenure {
public:
    /// Renewals in the time of a lease.
    static constexpr int kRenewals = 8;
    /// Of a lease, what a standby waits beyond it.
    static constexpr int kGraceParts = 4;

    /// `lease`: what it promises once it is active; 0: nothing, the system's lock alone counts.
    Tenure(Holder self, Duration lease) : self_{std::move(self)}, lease_{lease} {}

    Life life() const { return life_; }
    const Holder& self() const { return self_; }
    Duration lease() const { return lease_; }
    /// How often an active one has to be asked `check`, at least; 0: no matter.
    Duration renewal() const { return lease_ / kRenewals; }

    // --- standby
    enum class Step : std::uint8_t {
        wait,
        take,   // with the lock that it has
        seize,  // though another has the lock: its lease has run out
    };
    Step look(const Sight& sight, Instant now);
    /// What is to be written where `before` was, so that it is active. `since`: milliseconds since
    /// 1970.
    Record next(const std::optional<Record>& before, std::uint64_t since) const;
    /// Makes it active: `next` is written. `now`: as that began.
    void begin(Record written, Instant now);

    // --- active
    enum class Verdict : std::uint8_t {
        held,
        due,     // held, and `renewed` is to be written now
        fenced,  // `fence` says why
    };
    /// Whether its lease should be renewed by now.
    bool is_due(Instant now) const {
        return lease_ > Duration::zero() && now - renewed_ >= renewal();
    }
    /// Before anything is written: `seen` is what the file says. None: it is gone.
    Verdict check(const std::optional<Record>& seen, Instant now);
    /// The same where nobody can have taken the store since the last `check`: then it is never
    /// late.
    Verdict recheck(const std::optional<Record>& seen);
    /// The time of a renewal is when it begins to be written.
    Record renewed(Instant now);
    /// As it was begun, or renewed last.
    const Record& record() const { return record_; }
    /// Why it is fenced, in words.
    const std::string& fence() const { return fence_; }

private:
    Verdict verdict(bool due) const;
    void be_fenced(std::string why);
    bool judge(const std::optional<Record>& seen);

    Holder self_;
    Duration lease_;
    Life life_ = Life::standby;
    Record record_;
    Instant renewed_{};
    std::string fence_;
    std::string watched_;  // the holder of which a standby saw `beat_` last
    std::uint64_t beat_ = 0;
    Instant seen_{};  // and when first
};

/// Who that is, for people: "broker 'b1' (process 77 on node-a), epoch 4".
std::string in_words(const Record& record);

}  // namespace weft::tenure
