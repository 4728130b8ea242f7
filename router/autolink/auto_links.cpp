#include "router/autolink/auto_links.hpp"

#include "common/base/conditions.hpp"

#include <algorithm>

namespace weft::autolink {
namespace {

/// Containers and names of connections are apart.
std::string place_of(Finds by, std::string_view name) {
    return std::string(by == Finds::container ? "i" : "n").append(name);
}

/// How long one waits that failed so often in a row.
Duration retry_after(std::uint32_t failures) {
    constexpr std::uint32_t kDoubled = 10;  // by then it is at its longest
    const auto doubled = AutoLinks::kRetryMin * (1U << std::min(failures - 1, kDoubled));
    return std::min<Duration>(doubled, AutoLinks::kRetryMax);
}

bool is_attached(const AutoLink& link) {
    return link.status == Status::attaching || link.status == Status::active;
}

void let_go(AutoLink& link, Status status) {
    link.status = status;
    link.connection = 0;
    link.end = 0;
    link.link = 0;
}

}  // namespace

const char* to_string(Status status) {
    constexpr const char* kNames[] = {"inactive", "attaching", "failed", "active"};
    return kNames[static_cast<int>(status)];
}

std::string AutoLink::link_name() const {
    if (!config.name.empty()) {
        return config.name;
    }
    return std::string("auto-link.") +
           (config.direction == router::Direction::in ? "in." : "out.") +
           std::to_string(config.phase) + "." + config.their_address();
}

// --- which there are ----------------------------------------------------------------------------

Result<const AutoLink*> AutoLinks::add(AutoLinkConfig config, bool removable, Instant now) {
    if (!config.name.empty() && names_.contains(config.name)) {
        return fail(kPreconditionFailed, "Name conflicts with an existing entity");
    }
    auto made = std::make_unique<AutoLink>();
    made->id = next_id_++;
    made->config = std::move(config);
    made->removable = removable;
    AutoLink& link = *links_.emplace_back(std::move(made));
    if (!link.config.name.empty()) {
        names_.insert(link.config.name);
    }
    Place& place = places_[place_of(link.config.by, link.config.container)];
    place.links.push_back(&link);
    if (!place.connections.empty()) {
        plan(link, now);
    }
    return &link;
}

bool AutoLinks::remove(std::uint64_t id) {
    AutoLink* const link = known(id);
    if (link == nullptr) {
        return false;
    }
    unplan(*link);
    if (is_attached(*link)) {
        port_.detach(link->connection, link->end);
    }
    const auto at = places_.find(place_of(link->config.by, link->config.container));
    std::erase(at->second.links, link);
    forget_if_unused(at);
    names_.erase(link->config.name);
    std::erase_if(links_, [&](const auto& known) { return known.get() == link; });
    return true;
}

AutoLink* AutoLinks::known(std::uint64_t id) {
    const auto at =
        std::ranges::lower_bound(links_, id, {}, [](const auto& link) { return link->id; });
    return at != links_.end() && (*at)->id == id ? at->get() : nullptr;
}

const AutoLink* AutoLinks::find(std::uint64_t id) const {
    return const_cast<AutoLinks*>(this)->known(id);
}

void AutoLinks::forget_if_unused(Places::iterator at) {
    if (at->second.links.empty() && at->second.connections.empty()) {
        places_.erase(at);
    }
}

// --- containers come and go ---------------------------------------------------------------------

void AutoLinks::opened(std::uint64_t connection,
                       std::string_view container,
                       std::string_view name,
                       Instant now) {
    const auto& known = connections_[connection] = {place_of(Finds::container, container),
                                                    place_of(Finds::connection, name)};
    for (const std::string& key : known) {
        Place& place = places_[key];
        place.connections.push_back(connection);
        for (AutoLink* const link : place.links) {
            if (!is_attached(*link)) {
                link->failures = 0;
                plan(*link, now);
            }
        }
    }
}

void AutoLinks::gone(std::uint64_t connection, Instant now) {
    const auto known = connections_.find(connection);
    if (known == connections_.end()) {
        return;
    }
    for (const std::string& place : known->second) {
        leave(place, connection, now);
    }
    connections_.erase(known);
}

void AutoLinks::leave(const std::string& key, std::uint64_t connection, Instant now) {
    const auto at = places_.find(key);
    Place& place = at->second;
    std::erase(place.connections, connection);
    const bool others = !place.connections.empty();
    for (AutoLink* const link : place.links) {
        if (is_attached(*link) && link->connection == connection) {
            let_go(*link, Status::inactive);
            plan(*link, others ? now : kNever);
        } else if (!others) {
            let_go(*link, Status::inactive);
            unplan(*link);
        }
    }
    forget_if_unused(at);
}

// --- what becomes of one ------------------------------------------------------------------------

void AutoLinks::attached(std::uint64_t id, std::uint64_t its_link, Instant now) {
    if (AutoLink* const link = known(id)) {
        link->status = Status::active;
        link->link = its_link;
        link->since = now;
        link->last_error.clear();
    }
}

void AutoLinks::failed(std::uint64_t id, std::string why, Instant now) {
    AutoLink* const link = known(id);
    if (link == nullptr) {
        return;
    }
    const bool stood = link->status == Status::active && link->failures > 0 &&
                       now - link->since > retry_after(link->failures);
    link->failures = stood ? 1 : link->failures + 1;
    link->last_error = std::move(why);
    let_go(*link, Status::failed);
    plan(*link, now + retry_after(link->failures));
}

void AutoLinks::plan(AutoLink& link, Instant at) {
    unplan(link);
    if (at != kNever) {
        link.due = at;
        due_.emplace(at, link.id);
    }
}

void AutoLinks::unplan(AutoLink& link) {
    if (link.due != kNever) {
        due_.erase({link.due, link.id});
        link.due = kNever;
    }
}

bool AutoLinks::work(Instant now, std::size_t budget) {
    while (!due_.empty() && due_.begin()->first <= now) {
        if (budget-- == 0) {
            return true;
        }
        AutoLink& link = *known(due_.begin()->second);
        unplan(link);
        attach(link, now);
    }
    return false;
}

void AutoLinks::attach(AutoLink& link, Instant now) {
    const auto& connections =
        places_.at(place_of(link.config.by, link.config.container)).connections;
    const std::uint64_t over = connections[link.failures % connections.size()];
    link.end = port_.attach(link, over);
    if (link.end == 0) {
        failed(link.id, "the connection takes no further link", now);
        return;
    }
    link.connection = over;
    link.status = Status::attaching;
}

}  // namespace weft::autolink
