#include "router/linkstate/address_announcer.hpp"

#include <algorithm>
#include <string>

namespace weft::linkstate {

PeerLink AddressAnnouncer::way_to(const RouterRecord& router, PeerLink from) const {
    return router.path ? router.path->link : from;
}

void AddressAnnouncer::answer(RouterIndex asker,
                              const MobileRequest& request,
                              const Adjacency& from,
                              Instant now) {
    const RouterRecord& record = ground_.database.at(asker);
    std::erase_if(answered_, [now](const auto& each) { return each.second <= now; });
    if (request.have_seq == addresses_.sequence() || now < record.addresses_told ||
        answered_.contains(way_to(record, from.link))) {
        return;
    }
    waiting_[asker] = from.link;
    if (waiting_.size() == 1) {
        work(now);
    }
}

/// A long answer is copied for each who waits: they have a turn each.
void AddressAnnouncer::work(Instant now) {
    std::size_t left = ground_.options.slice;
    if (waiting_.empty() || !addresses_.write_all(left)) {
        return;
    }
    const auto [asker, from] = *waiting_.begin();
    waiting_.erase(waiting_.begin());
    send_all(asker, from, now);
}

/// Unless the link there has had an answer to somebody else meanwhile.
void AddressAnnouncer::send_all(RouterIndex asker, PeerLink from, Instant now) {
    if (!ground_.database.knows(asker)) {
        return;
    }
    RouterRecord& record = ground_.database.at(asker);
    Instant& answered = answered_[way_to(record, from)];
    if (now < answered) {
        return;
    }
    const Buffer& all = addresses_.all();
    const auto kilobytes = static_cast<std::int64_t>(all.size() / 1024);
    const Duration takes =
        kilobytes * Duration(std::chrono::seconds(1)) / std::int64_t{kAnswerRate / 1024};
    record.addresses_told = now + kAnswerGap + takes;
    answered = now + takes;
    static_cast<void>(courier_.send_to(record.id, ControlAddress::Part::addresses, all, from));
}

void AddressAnnouncer::announce_if_due(Instant now) {
    if (!may_announce() || now < due_) {
        return;
    }
    if (is_shy(now)) {
        due_ = now + kGap;
        return;
    }
    const auto update = addresses_.take_difference();
    report_left_out();
    if (update) {
        const bool is_alone = ground_.database.at(kThisRouter).edges.empty();
        due_ = is_alone ? now : now + kGap;
        courier_.flood(kToAllMobile, *update, now);
        adverts_.note_addresses_told(now);
    }
}

/// Whether the addresses wait for originals; not for ever, as more appear.
bool AddressAnnouncer::is_shy(Instant now) {
    if (!is_with_strangers(now)) {
        shy_until_ = kNever;
        return false;
    }
    if (shy_until_ != kNever && now >= shy_until_) {
        return false;
    }
    shy_until_ = std::min(shy_until_, now + 2 * kShy);
    return true;
}

/// Whether a router that may be an original appeared just now.
bool AddressAnnouncer::is_with_strangers(Instant now) const {
    if (now - reachability_.appeared() >= kShy) {
        return false;
    }
    const Database& database = ground_.database;
    for (RouterIndex router = 1; router < database.end(); ++router) {
        if (database.knows(router) && database.at(router).path && !database.at(router).is_weft &&
            now - database.at(router).reachable_since < kShy) {
            return true;
        }
    }
    return false;
}

void AddressAnnouncer::report_left_out() {
    const std::size_t count = addresses_.left_out();
    if (count > 0 && !left_out_reported_) {
        ground_.reports.tell(LinkStateEvent::Kind::limit, ground_.options.id,
                             "consumers of one connection here have more addresses than may be "
                             "told, or those of all "
                             "more than fit in a message to the other routers: " +
                                 std::to_string(count) +
                                 " or more are unknown there, until others are given up");
    }
    left_out_reported_ = count > 0;
}

}  // namespace weft::linkstate
