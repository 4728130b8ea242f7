#include "broker/forwarding/course.hpp"

#include <algorithm>
#include <utility>

namespace weft::forwarding {

Instant Course::due() const {
    const bool pauses =
        stage_ == Stage::resting || (stage_ == Stage::waiting && pause_until_ != Instant::min());
    return pauses ? pause_until_ : kNever;
}

void Course::pause(std::string why, Instant now) {
    why.resize(std::min(why.size(), kWordsMax));
    error_ = std::move(why);
    pause_ = pause_ == Duration::zero() ? pauses_.first : std::min(2 * pause_, pauses_.most);
    pause_until_ = now + pause_;
}

void Course::on_asked(Instant now) {
    stage_ = Stage::attaching;
    since_ = now;
    rests_ = 0;
}

void Course::on_attached(Instant now) {
    since_ = now;
    if (stage_ == Stage::attaching) {
        stage_ = Stage::open;
    }
    attached_ = true;
}

void Course::on_lost(std::string why, Instant now) {
    if (stage_ == Stage::ending) {
        stage_ = Stage::over;
        return;
    }
    stage_ = Stage::waiting;
    ++losses_;
    pause(std::move(why), now);
}

void Course::on_accepted(Instant now) {
    ++counters_.accepted;
    since_ = now;
    rests_ = 0;
    rate_.add(now);
    if (stage_ != Stage::resting) {  // others that were sent before it may come back yet
        pause_ = Duration::zero();
        error_.clear();
    }
}

void Course::on_rejected(std::string why, Instant now) {
    ++counters_.rejected;
    since_ = now;
    rests_ = 0;
    why.resize(std::min(why.size(), kWordsMax));
    error_ = std::move(why);
}

void Course::on_returned(std::string why, Instant now) {
    ++counters_.returned;
    if (stage_ == Stage::open) {  // what comes back meanwhile is of the same cause
        stage_ = Stage::resting;
        ++rests_;
        pause(std::move(why), now);
    }
}

bool Course::on_time(Instant now) {
    if (stage_ != Stage::resting || now < pause_until_) {
        return false;
    }
    stage_ = Stage::open;
    since_ = now;
    return true;
}

void Course::end() {
    if (stage_ == Stage::ending) {
        return;
    }
    attached_ = stage_ == Stage::open || stage_ == Stage::resting;
    stage_ = has_link() ? Stage::ending : Stage::over;
}

void Course::begin_again() {
    if (stage_ == Stage::ending) {
        stage_ = attached_ ? Stage::open : Stage::attaching;
    } else if (stage_ == Stage::over) {
        stage_ = Stage::waiting;
    }
}

}  // namespace weft::forwarding
