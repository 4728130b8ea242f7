#include "router/linkstate/state.hpp"

#include <algorithm>
#include <utility>

namespace weft::linkstate {

/// Opens an inquiry, or brings one forward that was not sent yet.
void LinkState::State::ask(RouterIndex router, Inquiry& inquiry, Duration delay) {
    const bool is_waiting =
        inquiry.open && inquiry.gap == kAskGapMin && now_ + delay < inquiry.next;
    if (inquiry.open && !is_waiting) {
        return;
    }
    inquiry = {.open = true, .next = now_ + delay, .gap = kAskGapMin};
    if (delay == Duration{}) {
        ask_now_.push_back(router);
    } else {
        ask_later_.emplace(now_ + delay, router);
    }
}

/// Asks one router. If it can't be reached it is asked when it can be.
void LinkState::State::ask_what_is_due(RouterIndex router) {
    RouterRecord& record = database_.at(router);
    if (!record.path) {
        return;
    }
    const auto take_turn = [this, router](Inquiry& inquiry) {
        if (!inquiry.open || now_ < inquiry.next) {
            return false;
        }
        inquiry.next = now_ + inquiry.gap;
        inquiry.gap = std::min(2 * inquiry.gap, kAskGapMax);
        ask_later_.emplace(inquiry.next, router);
        return true;
    };
    const Speaker self{.id = options_.id};
    if (take_turn(record.links)) {
        static_cast<void>(send_to(record.id, LinkStateRequest{self}, nullptr));
    }
    // A router whose links are not known may not know us, and an original refuses to hear from
    // strangers.
    if (record.ls_seq > 0 && take_turn(record.addresses)) {
        static_cast<void>(send_to(
            record.id, MobileRequest{.from = self, .have_seq = record.mobile_seq}, nullptr));
    }
}

void LinkState::State::ask_all() {
    while (!ask_later_.empty() && ask_later_.top().first <= now_) {
        ask_now_.push_back(ask_later_.top().second);
        ask_later_.pop();
    }
    for (const RouterIndex router : std::exchange(ask_now_, {})) {
        if (database_.knows(router)) {
            ask_what_is_due(router);
        }
    }
}

void LinkState::State::age() {
    for (RouterIndex router = 1; router < database_.end(); ++router) {
        if (database_.knows(router) && !forget_if_idle(router)) {
            age(router);
        }
    }
    routers_reported_ = routers_reported_ && database_.size() > options_.routers_max / 4 * 3;
    publish();
    count_originals();
    hold_ceiling();
}

void LinkState::State::age(RouterIndex router) {
    RouterRecord& record = database_.at(router);
    const Duration silence = now_ - record.heard;
    const bool has_links = record.ls_seq > 0 || !record.edges.empty();
    if (silence > options_.remote_ls_max_age && has_links) {
        record.ls_seq = 0;
        set_edges(router, {});
    } else if (silence > options_.ra_interval + options_.ra_interval / 4 + kTick) {
        // Its advert did not come: asked directly, it need not be given up.
        ask(router, record.links, Duration{});
    }
}

/// A router that has no links, is no neighbour, and that nobody has a link to, is gone.
bool LinkState::State::forget_if_idle(RouterIndex router) {
    RouterRecord& record = database_.at(router);
    if (!record.edges.empty() || record.link || record.mentions > 0) {
        record.idle_ticks = 0;
        return false;
    }
    if (record.path || ++record.idle_ticks <= kIdleTicksMax) {
        return false;
    }
    drop_keys(router);
    database_.forget(router);
    return true;
}

void LinkState::State::count_originals() {
    originals_ = 0;
    only_weft_ = true;
    for (RouterIndex router = 1; router < database_.end(); ++router) {
        if (!database_.knows(router)) {
            continue;
        }
        const RouterRecord& record = database_.at(router);
        if (record.path && !record.is_weft) {
            only_weft_ = false;
            originals_ += now_ - record.reachable_since >= kOriginalGrace ? 1U : 0U;
        }
    }
}

/// An original that joined a mesh that is too large for it is let go: it would count wrong.
void LinkState::State::hold_ceiling() {
    if (originals_ == 0 || reachable_ <= kRoutersMaxWithOriginals) {
        ceiling_reported_ = false;
        return;
    }
    for (auto& [link, adjacency] : neighbours_.all()) {
        const RouterRecord* record =
            adjacency.up ? &database_.at(database_.find(adjacency.id)) : nullptr;
        if (record != nullptr && !record->is_weft &&
            now_ - record->reachable_since >= kOriginalGrace) {
            adjacency.refused = adjacency.let_go = true;
            report(Kind::limit, record->id,
                   "let go: it is an original router, which counts at most " +
                       std::to_string(kRoutersMaxWithOriginals) + " routers, and the mesh has " +
                       std::to_string(reachable_),
                   link);
            lower(adjacency, "the mesh is too large for it");
        }
    }
    if (!std::exchange(ceiling_reported_, true)) {
        report(Kind::limit, {},
               "the mesh has " + std::to_string(reachable_) + " routers with originals among " +
                   "them, which count at most " + std::to_string(kRoutersMaxWithOriginals));
    }
}

}  // namespace weft::linkstate
