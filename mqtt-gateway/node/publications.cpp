#include "mqtt-gateway/node/publications.hpp"

#include "common/base/assert.hpp"

#include <algorithm>

namespace weft::gateway {

PublicationId Publications::add(Publication publication, Instant now) {
    const std::size_t size = publication.message.size();
    if (size > limits_.bytes_max - std::min(bytes_, limits_.bytes_max)) {
        return 0;
    }
    const PublicationId id = ++last_;
    const auto [found, made] = lanes_.try_emplace(publication.address);
    Lane& lane = found->second;
    if (made) {
        lane.address = publication.address;
    }
    bytes_ += size;
    ++lane.members;
    all_.emplace(id, Entry{.publication = std::move(publication), .lane = &lane, .since = now});
    waits_.emplace_back(now, id);
    lane.waiting.push_back(id);
    look_at(lane);
    return id;
}

const Publication* Publications::find(PublicationId id) const {
    const auto found = all_.find(id);
    return found == all_.end() ? nullptr : &found->second.publication;
}

void Publications::started(PublicationId id, Instant now) {
    WEFT_CHECK(id != 0 && id == next());
    Entry& entry = all_.at(id);
    Lane& lane = *entry.lane;
    lane.waiting.pop_front();
    ready_.pop_front();  // others have their turns
    lane.ready = false;
    ++lane.in_flight;
    ++in_flight_;
    entry.stage = Stage::in_flight;
    entry.since = now;
    flights_.emplace_back(now, id);
    look_at(lane);
    prune(waits_, Stage::waiting);
}

void Publications::put_aside(PublicationId id) {
    if (const auto found = all_.find(id); found != all_.end()) {
        leave_stage(id, found->second);
    }
}

void Publications::again(PublicationId id, Instant now) {
    const auto found = all_.find(id);
    if (found == all_.end() || found->second.stage != Stage::aside) {
        return;
    }
    Entry& entry = found->second;
    entry.stage = Stage::waiting;
    entry.since = now;
    waits_.emplace_back(now, id);
    std::deque<PublicationId>& waiting = entry.lane->waiting;
    waiting.insert(std::ranges::lower_bound(waiting, id), id);
    look_at(*entry.lane);
}

void Publications::forget(PublicationId id) {
    const auto found = all_.find(id);
    if (found == all_.end()) {
        return;
    }
    Lane& lane = *found->second.lane;
    leave_stage(id, found->second);
    bytes_ -= found->second.publication.message.size();
    all_.erase(found);
    if (--lane.members == 0) {
        lanes_.erase(lanes_.find(lane.address));
    }
    prune(flights_, Stage::in_flight);
    prune(waits_, Stage::waiting);
}

void Publications::lost(std::vector<PublicationId>& ids) {
    const std::size_t before = ids.size();
    for (const auto& [id, entry] : all_) {
        if (entry.stage == Stage::in_flight) {
            ids.push_back(id);
        }
    }
    std::sort(ids.begin() + static_cast<std::ptrdiff_t>(before), ids.end());
    for (std::size_t i = before; i < ids.size(); ++i) {
        put_aside(ids[i]);
    }
}

void Publications::tick(Instant now, std::vector<Late>& late) {
    collect(waits_, Stage::waiting, limits_.wait_max, now, late);
    collect(flights_, Stage::in_flight, limits_.flight_max, now, late);
}

Instant Publications::deadline() const {
    const Instant wait = waits_.empty() ? kNever : waits_.front().first + limits_.wait_max;
    const Instant flight = flights_.empty() ? kNever : flights_.front().first + limits_.flight_max;
    return std::min(wait, flight);
}

void Publications::collect(
    Ages& ages, Stage stage, Duration most, Instant now, std::vector<Late>& late) {
    prune(ages, stage);
    while (!ages.empty() && ages.front().first + most <= now) {
        const PublicationId id = ages.front().second;
        const bool in_flight = stage == Stage::in_flight;
        late.push_back({.id = id, .in_flight = in_flight});
        put_aside(id);  // whoever is told of it says what becomes of it
        prune(ages, stage);
    }
}

/// Drops what is out of date from the front.
void Publications::prune(Ages& ages, Stage stage) {
    const auto is_stale = [&](const auto& age) {
        const auto found = all_.find(age.second);
        return found == all_.end() || found->second.stage != stage ||
               found->second.since != age.first;
    };
    while (!ages.empty() && is_stale(ages.front())) {
        ages.pop_front();
    }
}

void Publications::leave_stage(PublicationId id, Entry& entry) {
    Lane& lane = *entry.lane;
    if (entry.stage == Stage::in_flight) {
        --lane.in_flight;
        --in_flight_;
    } else if (entry.stage == Stage::waiting) {
        std::erase(lane.waiting, id);
    }
    entry.stage = Stage::aside;
    look_at(lane);
}

/// Keeps P1 after a change of the lane.
void Publications::look_at(Lane& lane) {
    const bool ready = !lane.waiting.empty() && lane.in_flight < limits_.in_flight_max;
    if (ready == lane.ready) {
        return;
    }
    lane.ready = ready;
    if (ready) {
        ready_.push_back(&lane);
    } else {
        std::erase(ready_, &lane);
    }
}

}  // namespace weft::gateway
