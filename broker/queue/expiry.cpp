#include "broker/queue/expiry.hpp"

#include <algorithm>

namespace weft::queue {

WallTime expiry_of(const Arrival& arrival, const Settings& settings, WallTime now) {
    const auto in = [now](std::uint64_t milliseconds) {
        return milliseconds == 0 || milliseconds > kForever - now ? kForever : now + milliseconds;
    };
    const bool says_nothing = arrival.ttl == 0 && arrival.expires == kForever;
    return std::min({says_nothing ? in(settings.ttl_default) : in(arrival.ttl), arrival.expires,
                     in(settings.ttl_max)});
}

std::optional<Sweep> Rounds::next(MessageId last, WallTime now) {
    if (at_ == 1) {
        if (pause_ends_ > now + pause_) {
            pause_ends_ = now;  // the clock was set back
        }
        if (now < due()) {
            return std::nullopt;
        }
        first_ = kForever;
        pause_ends_ = now + pause_;
    }
    return Sweep{.now = now, .from = at_, .through = last, .messages = swept_at_once_};
}

void Rounds::on_swept(const Swept& swept) {
    note(swept.next);
    at_ = swept.complete ? 1 : swept.through + 1;
}

}  // namespace weft::queue
