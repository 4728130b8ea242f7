#include "router/linkstate/address_line.hpp"

#include <algorithm>
#include <utility>

namespace weft::linkstate {

using Subject = Inquiries::Subject;

/// Whether it can be taken at once: nothing of its router waits, and it costs no more than a slice.
bool AddressLine::is_short(const MobileUpdate& update) const {
    const RouterIndex router = ground_.database.find(update.from.id);
    if (update.unread || router == kNoRouter) {
        return !update.unread;
    }
    const RouterRecord& record = ground_.database.at(router);
    const bool sweeps_much = update.exist && record.keys.size() > ground_.options.slice;
    return record.in_line == 0 && record.followed == 0 && !sweeps_much;
}

bool AddressLine::has_room(PeerLink link, std::size_t size) const {
    const auto known = bytes_of_.find(link);
    const std::size_t own = known == bytes_of_.end() ? 0 : known->second;
    const std::size_t free = kBytesMax - std::min(kBytesMax, bytes_);
    return own + size <= std::max(kBytesMax / kLinkParts, free);
}

void AddressLine::take(Adjacency& from, Received& received, Instant now) {
    MobileUpdate& update = std::get<MobileUpdate>(*received.content);
    const bool is_flood = received.what == Received::What::flood;
    if (is_short(update)) {
        const std::string origin = update.from.id;
        if (parts_.addresses.take(from, std::move(update), now) && is_flood) {
            parts_.courier.pass_flood(from, origin, received.envelope, now);
        }
        return;
    }
    const RouterIndex router = parts_.limits.learn(update.from.id, now);
    if (router == kNoRouter) {
        return;
    }
    Item item{.from = from.link,
              .router = router,
              .instance = ground_.database.at(router).instance,
              .is_flood = is_flood,
              .was_asked_for = parts_.inquiries.is_open(router, Subject::addresses),
              .message = {}};
    if (!has_room(from.link, item.size() + received.message.size())) {
        parts_.inquiries.ask(router, Subject::addresses, Inquiries::kLater, now);
        return;
    }
    parts_.inquiries.close(router, Subject::addresses);
    item.message.assign(received.message.begin(), received.message.end());
    bytes_ += item.size();
    bytes_of_[item.from] += item.size();
    ++ground_.database.at(router).in_line;
    line_.push_back(std::move(item));
}

void AddressLine::work(Instant now) {
    for (std::size_t left = ground_.options.slice; left > 0 && any();) {
        if (parts_.addresses.is_following() && !parts_.addresses.is_under_way()) {
            parts_.addresses.follow_some(left);
        } else {
            go_on(left, now);
        }
    }
}

/// Goes on with the first in line.
void AddressLine::go_on(std::size_t& left, Instant now) {
    Item& item = line_.front();
    if (item.is_being_taken) {
        if (parts_.addresses.is_under_way()) {
            parts_.addresses.go_on(left);
        }
        if (!parts_.addresses.is_under_way()) {
            done();
        }
        return;
    }
    if (ground_.database.at(item.router).instance != item.instance) {
        --left;
        done();
        return;
    }
    Adjacency* const from = parts_.neighbours.find(item.from);
    if (from == nullptr) {
        --left;
        parts_.inquiries.ask(item.router, Subject::addresses, Inquiries::kLater, now);
        done();
        return;
    }
    if (!item.reading) {
        --left;
        auto reading = read_long(read_envelope(item.message)->content);
        item.reading = *std::move(reading);  // its head was read when it came
    }
    const auto whole = item.reading->read(left);
    if (!whole) {
        ground_.reports.malformed(*from, whole.error().text);
        done();
    } else if (*whole) {
        begin(item, *from, now);
    }
}

void AddressLine::begin(Item& item, Adjacency& from, Instant now) {
    const std::string origin = item.reading->update().from.id;
    const std::size_t bytes = item.reading->bytes();
    const bool goes_on =
        parts_.addresses.begin(from, item.reading->take(), bytes, item.was_asked_for, now);
    item.is_being_taken = true;
    if (goes_on && item.is_flood) {
        parts_.courier.pass_flood(from, origin, *read_envelope(item.message), now);
    }
}

void AddressLine::done() {
    const Item& item = line_.front();
    bytes_ -= item.size();
    const auto share = bytes_of_.find(item.from);
    share->second -= item.size();
    if (share->second == 0) {
        bytes_of_.erase(share);
    }
    --ground_.database.at(item.router).in_line;
    line_.pop_front();
}

}  // namespace weft::linkstate
