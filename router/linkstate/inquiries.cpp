#include "router/linkstate/inquiries.hpp"

#include <algorithm>

namespace weft::linkstate {

Inquiry& Inquiries::inquiry(RouterIndex router, Subject subject) {
    RouterRecord& record = database_.at(router);
    return subject == Subject::links ? record.links : record.addresses;
}

bool Inquiries::is_open(RouterIndex router, Subject subject) const {
    const RouterRecord& record = database_.at(router);
    return (subject == Subject::links ? record.links : record.addresses).open;
}

void Inquiries::ask(RouterIndex router, Subject subject, Duration delay, Instant now) {
    Inquiry& asked = inquiry(router, subject);
    const bool is_waiting = asked.open && asked.gap == kGapMin && now + delay < asked.next;
    if (asked.open && !is_waiting) {
        return;
    }
    asked = {.open = true, .next = now + delay, .gap = kGapMin};
    if (delay == Duration{}) {
        now_.push_back(router);
    } else {
        later_.emplace(now + delay, router);
    }
}

bool Inquiries::take_turn(RouterIndex router, Subject subject, Instant now) {
    Inquiry& asked = inquiry(router, subject);
    if (!asked.open || now < asked.next) {
        return false;
    }
    asked.next = now + asked.gap;
    asked.gap = std::min(2 * asked.gap, kGapMax);
    later_.emplace(asked.next, router);
    return true;
}

std::vector<Inquiries::Question> Inquiries::take_due(Instant now) {
    while (!later_.empty() && later_.top().first <= now) {
        now_.push_back(later_.top().second);
        later_.pop();
    }
    std::vector<Question> due;
    for (const RouterIndex router : std::exchange(now_, {})) {
        if (!database_.knows(router) || !database_.at(router).path) {
            continue;
        }
        if (take_turn(router, Subject::links, now)) {
            due.push_back({router, Subject::links});
        }
        // A router whose links are not known may not know us, and an original refuses to hear
        // from strangers.
        if (database_.at(router).ls_seq > 0 && take_turn(router, Subject::addresses, now)) {
            due.push_back({router, Subject::addresses});
        }
    }
    return due;
}

}  // namespace weft::linkstate
