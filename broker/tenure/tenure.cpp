#include "broker/tenure/tenure.hpp"

#include "common/base/assert.hpp"
#include "common/base/printable.hpp"

namespace weft::tenure {

std::string in_words(const Record& record) {
    return "broker '" + printable(record.holder.broker) + "' (process " +
           std::to_string(record.holder.process) + " on " + printable(record.holder.host) +
           "), epoch " + std::to_string(record.epoch);
}

// --- standby ---------------------------------------------------------------------------------

Tenure::Step Tenure::look(const Sight& sight, Instant now) {
    WEFT_CHECK(life_ == Life::standby);
    const Step free = sight.lock_free ? Step::take : Step::wait;
    if (!sight.record || sight.record->left || sight.record->lease == Duration::zero()) {
        return free;
    }
    const Record& other = *sight.record;
    // The system of a machine knows which of its processes are gone.
    const bool here = !self_.machine.empty() && other.holder.machine == self_.machine;
    if (sight.lock_free && here) {
        return Step::take;
    }
    if (other.holder.id != watched_ || other.beat != beat_) {
        watched_ = other.holder.id;
        beat_ = other.beat;
        seen_ = now;
    }
    if (now - seen_ < other.lease + other.lease / kGraceParts) {  // T2
        return Step::wait;
    }
    return sight.lock_free ? Step::take : Step::seize;
}

Record Tenure::next(const std::optional<Record>& before, std::uint64_t since) const {
    return {.epoch = before ? before->epoch + 1 : 1,
            .beat = 1,
            .lease = lease_,
            .since = since,
            .holder = self_};
}

void Tenure::begin(Record written, Instant now) {
    WEFT_CHECK(life_ == Life::standby);
    life_ = Life::active;
    renewed_ = now;
    record_ = std::move(written);
}

// --- active ----------------------------------------------------------------------------------

Tenure::Verdict Tenure::check(const std::optional<Record>& seen, Instant now) {
    const bool late = lease_ > Duration::zero() && now - renewed_ >= lease_;
    if (judge(seen) && late) {  // T1
        be_fenced("it stood still for longer than its lease");
    }
    return verdict(is_due(now));
}

Tenure::Verdict Tenure::recheck(const std::optional<Record>& seen) {
    judge(seen);
    return verdict(lease_ > Duration::zero());
}

/// False: it is fenced.
bool Tenure::judge(const std::optional<Record>& seen) {
    WEFT_CHECK(life_ != Life::standby);
    if (life_ == Life::fenced) {  // T3
        return false;
    }
    if (!seen) {
        be_fenced("the store's file 'epoch' is gone");
    } else if (seen->epoch != record_.epoch || seen->holder.id != self_.id) {
        be_fenced(in_words(*seen) + " has the store now");
    }
    return life_ == Life::active;
}

Tenure::Verdict Tenure::verdict(bool due) const {
    if (life_ == Life::fenced) {
        return Verdict::fenced;
    }
    return due ? Verdict::due : Verdict::held;
}

void Tenure::be_fenced(std::string why) {
    life_ = Life::fenced;
    fence_ = std::move(why);
}

Record Tenure::renewed(Instant now) {
    WEFT_CHECK(life_ == Life::active);
    renewed_ = now;
    ++record_.beat;
    return record_;
}

}  // namespace weft::tenure
