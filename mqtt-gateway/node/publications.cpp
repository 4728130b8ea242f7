#include "mqtt-gateway/node/publications.hpp"

#include "common/base/assert.hpp"
#include "mqtt-gateway/session/shares.hpp"

#include <algorithm>

namespace weft::gateway {

PublicationId Publications::add(Publication publication, Instant now) {
    if (!publication.is_bounded_elsewhere() && !has_room(publication)) {
        return 0;
    }
    const PublicationId id = ++last_;
    Lane& lane = lane_of(publication.address);
    count(publication);
    ++lane.members;
    Entry& entry =
        all_.emplace(id, Entry{.publication = std::move(publication), .lane = &lane}).first->second;
    wait(id, entry, now);
    return id;
}

bool Publications::has_room(const Publication& publication) const {
    const std::size_t weight = weight_of(publication);
    const std::size_t own = publication.account ? publication.account->bytes : 0;
    return session::has_share(own, bytes_, weight, limits_.bytes_max) &&
           (!publication.settled ||
            session::has_share(own, settled_bytes_, weight, limits_.bytes_max / 2));
}

void Publications::count(const Publication& publication) {
    const std::size_t weight = publication.is_bounded_elsewhere() ? 0 : weight_of(publication);
    bytes_ += weight;
    settled_bytes_ += publication.settled ? weight : 0;
    if (publication.account) {
        publication.account->bytes += weight;
    }
}

void Publications::discount(const Publication& publication) {
    const std::size_t weight = publication.is_bounded_elsewhere() ? 0 : weight_of(publication);
    bytes_ -= weight;
    settled_bytes_ -= publication.settled ? weight : 0;
    if (publication.account) {
        publication.account->bytes -= weight;
    }
}

Publications::Lane& Publications::lane_of(const std::string& address) {
    const auto [found, made] = lanes_.try_emplace(address);
    Lane& lane = found->second;
    if (made) {
        lane.address = address;
        lane.place = unready_.insert(unready_.end(), &lane);
    }
    return lane;
}

PublicationId Publications::next(std::size_t credit) const {
    if (credit == 0) {
        return 0;
    }
    for (const Lane* lane : ready_) {
        ++steps_;
        const std::size_t share = lane->alive ? credit : std::max<std::size_t>(1, credit / 8);
        if (lane->in_flight < share) {
            return first_of(*lane);
        }
    }
    return 0;
}

/// 0: nothing waits.
PublicationId Publications::first_of(const Lane& lane) {
    const PublicationId fresh = lane.fresh.empty() ? 0 : lane.fresh.front();
    const PublicationId older = lane.older.empty() ? 0 : *lane.older.begin();
    return fresh == 0 || (older != 0 && older < fresh) ? older : fresh;
}

const Publication* Publications::find(PublicationId id) const {
    const auto found = all_.find(id);
    return found == all_.end() ? nullptr : &found->second.publication;
}

void Publications::started(PublicationId id, wire::DeliveryId delivery, Instant now) {
    Entry& entry = all_.at(id);
    Lane& lane = *entry.lane;
    WEFT_CHECK(entry.stage == Stage::waiting && id == first_of(lane));
    leave_stage(id, entry);
    entry.stage = Stage::in_flight;
    entry.delivery = delivery;
    entry.since = now;
    ++lane.in_flight;
    ++in_flight_;
    flights_.emplace_back(now, id);
    look_at(lane);
    if (lane.ready) {
        ready_.splice(ready_.end(), ready_, lane.place);  // others have their turns
    }
    prune(waits_, Stage::waiting);
}

std::optional<wire::DeliveryId> Publications::delivery_of(PublicationId id) const {
    const auto found = all_.find(id);
    const bool is_there = found != all_.end() && found->second.stage == Stage::in_flight;
    return is_there ? std::optional{found->second.delivery} : std::nullopt;
}

void Publications::put_aside(PublicationId id) {
    if (const auto found = all_.find(id); found != all_.end()) {
        Entry& entry = found->second;
        entry.lane->alive = entry.lane->alive || entry.stage == Stage::in_flight;
        leave_stage(id, entry);
    }
}

void Publications::again(PublicationId id, Instant now) {
    const auto found = all_.find(id);
    if (found != all_.end() && found->second.stage == Stage::aside) {
        found->second.fresh = false;
        wait(id, found->second, now);
    }
}

void Publications::rest(PublicationId id, Instant now) {
    const auto found = all_.find(id);
    if (found != all_.end() && found->second.stage == Stage::aside) {
        found->second.stage = Stage::resting;
        found->second.since = now;
        rests_.emplace_back(now, id);
    }
}

void Publications::try_until(PublicationId id, Instant give_up) {
    if (const auto found = all_.find(id); found != all_.end()) {
        found->second.publication.give_up = give_up;
    }
}

bool Publications::is_served(PublicationId id) const {
    const auto found = all_.find(id);
    return found != all_.end() && found->second.lane->alive;
}

void Publications::forget(PublicationId id) {
    const auto found = all_.find(id);
    if (found == all_.end()) {
        return;
    }
    Lane& lane = *found->second.lane;
    leave_stage(id, found->second);
    discount(found->second.publication);
    all_.erase(found);
    if (--lane.members == 0) {
        unready_.erase(lane.place);
        lanes_.erase(lanes_.find(lane.address));
    }
    prune(flights_, Stage::in_flight);
    prune(waits_, Stage::waiting);
}

void Publications::lost(std::vector<PublicationId>& ids) {
    const std::size_t before = ids.size();
    for (const auto& [since, id] : flights_) {
        const auto found = all_.find(id);
        if (found != all_.end() && found->second.stage == Stage::in_flight &&
            found->second.since == since) {
            ids.push_back(id);
            leave_stage(id, found->second);
        }
    }
    flights_.clear();
    std::sort(ids.begin() + static_cast<std::ptrdiff_t>(before), ids.end());
}

void Publications::tick(Instant now, std::size_t most, std::vector<Late>& late) {
    prune(rests_, Stage::resting);
    for (std::size_t i = 0; i < most && !rests_.empty() && rests_.front().first + kRest <= now;
         ++i) {
        const PublicationId id = rests_.front().second;
        leave_stage(id, all_.at(id));
        again(id, now);
        prune(rests_, Stage::resting);
    }
    collect(waits_, Stage::waiting, limits_.wait_max, most, now, late);
    collect(flights_, Stage::in_flight, limits_.flight_max, most, now, late);
}

Instant Publications::deadline() const {
    const auto first = [](const Ages& ages, Duration most) {
        return ages.empty() ? kNever : ages.front().first + most;
    };
    return std::min({first(waits_, limits_.wait_max), first(flights_, limits_.flight_max),
                     first(rests_, kRest)});
}

void Publications::collect(Ages& ages,
                           Stage stage,
                           Duration most_age,
                           std::size_t most,
                           Instant now,
                           std::vector<Late>& late) {
    prune(ages, stage);
    while (late.size() < most && !ages.empty() && ages.front().first + most_age <= now) {
        const PublicationId id = ages.front().second;
        Entry& entry = all_.at(id);
        late.push_back(
            {.id = id, .in_flight = stage == Stage::in_flight, .delivery = entry.delivery});
        entry.lane->alive = entry.lane->alive && stage != Stage::in_flight;
        if (stage == Stage::in_flight && entry.publication.is_once) {
            entry.since = now;  // whoever has it may still take it
            ages.emplace_back(now, id);
        } else {
            leave_stage(id, entry);  // whoever is told of it says what becomes of it
        }
        prune(ages, stage);
    }
}

/// Drops what is out of date from the front.
void Publications::prune(Ages& ages, Stage stage) {
    const auto is_stale = [&](const auto& age) {
        ++steps_;
        const auto found = all_.find(age.second);
        return found == all_.end() || found->second.stage != stage ||
               found->second.since != age.first;
    };
    while (!ages.empty() && is_stale(ages.front())) {
        ages.pop_front();
    }
}

void Publications::wait(PublicationId id, Entry& entry, Instant now) {
    Lane& lane = *entry.lane;
    entry.stage = Stage::waiting;
    entry.since = now;
    waits_.emplace_back(now, id);
    if (entry.fresh) {
        lane.fresh.push_back(id);
    } else {
        lane.older.insert(id);
    }
    ++lane.waiting;
    look_at(lane);
}

void Publications::leave_stage(PublicationId id, Entry& entry) {
    Lane& lane = *entry.lane;
    const Stage left = std::exchange(entry.stage, Stage::aside);
    if (left == Stage::in_flight) {
        --lane.in_flight;
        --in_flight_;
    } else if (left == Stage::waiting) {
        --lane.waiting;
        if (entry.fresh) {
            entry.fresh = false;
            drop_stale(lane);
        } else {
            lane.older.erase(id);
        }
    }
    look_at(lane);
}

/// Of the fresh ones: those in front that wait no more.
void Publications::drop_stale(Lane& lane) {
    const auto is_stale = [&](PublicationId id) {
        ++steps_;
        const auto found = all_.find(id);
        return found == all_.end() || !found->second.fresh;
    };
    while (!lane.fresh.empty() && is_stale(lane.fresh.front())) {
        lane.fresh.pop_front();
    }
}

/// Keeps P1 after a change of the lane.
void Publications::look_at(Lane& lane) {
    const bool ready = lane.waiting > 0 && lane.in_flight < limits_.in_flight_max;
    if (ready != lane.ready) {
        lane.ready = ready;
        std::list<Lane*>& from = ready ? unready_ : ready_;
        std::list<Lane*>& to = ready ? ready_ : unready_;
        to.splice(to.end(), from, lane.place);
    }
}

}  // namespace weft::gateway
