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

bool is_attached(const AutoLinkEnd& end) {
    return end.status == Status::attaching || end.status == Status::active;
}

/// Null if the auto-link has no end over that connection.
AutoLinkEnd* end_over(AutoLink& link, std::uint64_t connection) {
    const auto at = std::ranges::find(link.ends, connection, &AutoLinkEnd::connection);
    return at != link.ends.end() ? &*at : nullptr;
}

}  // namespace

const char* to_string(Status status) {
    constexpr const char* kNames[] = {"inactive", "failed", "attaching", "active"};
    return kNames[static_cast<int>(status)];
}

Status AutoLink::status() const {
    const auto best = std::ranges::max_element(ends, {}, &AutoLinkEnd::status);
    return best != ends.end() ? best->status : Status::inactive;
}

std::uint64_t AutoLink::link() const {
    const auto active = std::ranges::find(ends, Status::active, &AutoLinkEnd::status);
    return active != ends.end() ? active->link : 0;
}

std::string AutoLink::link_name(std::uint32_t number) const {
    std::string name = config.name;
    if (name.empty()) {
        name = std::string("auto-link.") +
               (config.direction == router::Direction::in ? "in." : "out.") +
               (config.fallback ? "fallback" : std::to_string(config.phase)) + "." +
               config.their_address();
    }
    if (config.storage) {
        name += "#" + std::to_string(id);
    }
    return number == 1 ? name : name + "." + std::to_string(number);
}

// --- which there are ----------------------------------------------------------------------------

Result<const AutoLink*> AutoLinks::add(AutoLinkConfig config, Instant now) {
    if (!config.name.empty() && names_.contains(config.name)) {
        return fail(kPreconditionFailed, "Name conflicts with an existing entity");
    }
    auto made = std::make_unique<AutoLink>();
    made->id = next_id_++;
    made->config = std::move(config);
    AutoLink& link = *links_.emplace_back(std::move(made));
    if (!link.config.name.empty()) {
        names_.insert(link.config.name);
    }
    Place& place = places_[place_of(link.config.by, link.config.container)];
    place.links.push_back(&link);
    const std::size_t ends = std::min(place.connections.size(), ends_max(place));
    for (std::size_t i = 0; i < ends; ++i) {
        add_end(link, place.connections[i], now);
    }
    return &link;
}

/// Ends that one more connection of theirs may give the auto-links of a place.
std::size_t AutoLinks::ends_max(const Place& place) {
    return std::clamp<std::size_t>(kEndsTogetherMax / std::max<std::size_t>(place.links.size(), 1),
                                   1, kEndsMax);
}

bool AutoLinks::remove(std::uint64_t id) {
    AutoLink* const link = known(id);
    if (link == nullptr) {
        return false;
    }
    for (AutoLinkEnd& end : link->ends) {
        unplan(*link, end);
        if (is_attached(end)) {
            port_.detach(end);
        }
    }
    const auto at = places_.find(place_of(link->config.by, link->config.container));
    // From the back: those that an address made go first that came last.
    std::vector<AutoLink*>& here = at->second.links;
    here.erase(std::find(here.rbegin(), here.rend(), link).base() - 1);
    forget_if_unused(at);
    names_.erase(link->config.name);
    links_.erase(
        std::ranges::lower_bound(links_, id, {}, [](const auto& each) { return each->id; }));
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
    std::vector<std::string>& known = connections_[connection];
    known.push_back(place_of(Finds::connection, name));
    if (!container.empty()) {  // it is nobody's name
        known.push_back(place_of(Finds::container, container));
    }
    for (const std::string& key : known) {
        Place& place = places_[key];
        const std::size_t earlier = place.connections.size();
        place.connections.push_back(connection);
        if (earlier >= ends_max(place)) {
            continue;
        }
        for (AutoLink* const link : place.links) {
            if (link->ends.size() == earlier) {  // over all of those
                add_end(*link, connection, now);
            }
        }
    }
}

/// Of the numbers, the lowest that is free: a connection that comes back finds its own.
void AutoLinks::add_end(AutoLink& link, std::uint64_t connection, Instant now) {
    std::vector<bool> is_taken(link.ends.size() + 2);
    for (const AutoLinkEnd& end : link.ends) {
        if (end.number < is_taken.size()) {
            is_taken[end.number] = true;
        }
    }
    const auto free = std::find(is_taken.begin() + 1, is_taken.end(), false);
    const auto number = static_cast<std::uint32_t>(free - is_taken.begin());
    plan(link, link.ends.emplace_back(AutoLinkEnd{.connection = connection, .number = number}),
         now);
}

void AutoLinks::gone(std::uint64_t connection) {
    const auto known = connections_.find(connection);
    if (known == connections_.end()) {
        return;
    }
    for (const std::string& place : known->second) {
        leave(place, connection);
    }
    connections_.erase(known);
}

void AutoLinks::leave(const std::string& key, std::uint64_t connection) {
    const auto at = places_.find(key);
    std::vector<std::uint64_t>& connections = at->second.connections;
    const auto place = std::ranges::find(connections, connection);
    connections.erase(place);
    for (AutoLink* const link : at->second.links) {
        AutoLinkEnd* const end = end_over(*link, connection);
        if (end == nullptr) {
            continue;
        }
        unplan(*link, *end);
        std::erase_if(link->ends,
                      [&](const AutoLinkEnd& each) { return each.connection == connection; });
        if (connections.size() > link->ends.size()) {                   // the oldest without one
            add_end(*link, connections[link->ends.size()], Instant{});  // at once
        }
    }
    forget_if_unused(at);
}

// --- what becomes of one ------------------------------------------------------------------------

void AutoLinks::attached(std::uint64_t id,
                         std::uint64_t connection,
                         std::uint64_t its_link,
                         Instant now) {
    AutoLink* const link = known(id);
    AutoLinkEnd* const end = link != nullptr ? end_over(*link, connection) : nullptr;
    if (end != nullptr) {
        end->status = Status::active;
        end->link = its_link;
        end->since = now;
        link->last_error.clear();
    }
}

AutoLinks::Setback AutoLinks::failed(std::uint64_t id,
                                     std::uint64_t connection,
                                     std::string why,
                                     Instant now) {
    AutoLink* const link = known(id);
    AutoLinkEnd* const end = link != nullptr ? end_over(*link, connection) : nullptr;
    if (end == nullptr) {
        return {};
    }
    put_off(*link, *end, std::move(why), now);
    return {.again = end->due - now, .is_first = end->failures == 1};
}

void AutoLinks::put_off(AutoLink& link, AutoLinkEnd& end, std::string why, Instant now) {
    const bool stood = end.status == Status::active && end.failures > 0 &&
                       now - end.since > retry_after(end.failures);
    end.failures = stood ? 1 : end.failures + 1;
    end.status = Status::failed;
    end.port_end = 0;
    end.link = 0;
    link.last_error = std::move(why);
    plan(link, end, now + retry_after(end.failures));
}

void AutoLinks::plan(const AutoLink& link, AutoLinkEnd& end, Instant at) {
    unplan(link, end);
    end.due = at;
    due_.emplace(at, link.id, end.connection);
}

void AutoLinks::unplan(const AutoLink& link, AutoLinkEnd& end) {
    if (end.due != kNever) {
        due_.erase({end.due, link.id, end.connection});
        end.due = kNever;
    }
}

bool AutoLinks::work(Instant now, std::size_t budget) {
    while (!due_.empty() && next_due() <= now) {
        if (budget-- == 0) {
            return true;
        }
        const auto [at, id, connection] = *due_.begin();
        AutoLink& link = *known(id);
        AutoLinkEnd& end = *end_over(link, connection);
        unplan(link, end);
        end.port_end = port_.attach(link, end);
        if (end.port_end != 0) {
            end.status = Status::attaching;
        } else {
            put_off(link, end, "the connection takes no further link", now);
        }
    }
    return false;
}

}  // namespace weft::autolink
