#include "router/linkstate/courier.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace weft::linkstate {

/// Whether all routers have had the time to hear of the last change of a link.
bool Courier::is_calm(Instant now) const {
    return now - reachability_.graph_changed() >= 2 * ground_.options.ra_interval_flux;
}

/// Whether what `origin` floods follows its tree here: the mesh is calm, and it came the way that
/// we expect.
bool Courier::trees_hold(const Adjacency& from, RouterIndex origin, Instant now) {
    if (origin == kNoRouter || !is_calm(now) || !tree_.usable()) {
        return false;
    }
    const RouterIndex sender = ground_.database.find(from.id);
    return sender == kNoRouter || !ground_.database.at(sender).is_weft ||
           tree_.parent(kThisRouter, origin) == sender;
}

/// Whether a flood goes out there: by the tree of `origin`, or if that is none (kNoRouter) to all.
bool Courier::gets_here(const Adjacency& adjacency, RouterIndex origin) {
    if (!adjacency.is_up()) {
        return false;
    }
    const RouterIndex router = ground_.database.find(adjacency.id);
    const RouterRecord& neighbour = ground_.database.at(router);
    if (neighbour.link != adjacency.link) {
        return false;  // over another connection
    }
    const bool by_tree = origin != kNoRouter && neighbour.is_weft && adjacency.carries;
    return !by_tree || tree_.parent(router, origin) == kThisRouter;
}

void Courier::pass_flood(const Adjacency& from,
                         std::string_view origin,
                         const Envelope& envelope,
                         Instant now) {
    const Database& database = ground_.database;
    const RouterIndex source = database.find(origin);
    const bool by_tree = trees_hold(from, source, now);
    const std::vector<std::string_view> passed = routers_passed(envelope);
    std::vector<PeerLink> links;
    for (const auto& [link, adjacency] : neighbours_.all()) {
        const bool has_it = adjacency.id == from.id || adjacency.id == origin ||
                            std::ranges::find(passed, adjacency.id) != passed.end();
        if (!has_it && gets_here(adjacency, by_tree ? source : kNoRouter)) {
            links.push_back(link);
        }
    }
    if (links.empty()) {
        return;
    }
    Envelope passed_on = envelope;
    if (by_tree && limits_.only_weft()) {
        // A tree has no loops, and all remember what they had: half of the bytes are saved.
        passed_on.trace = {};
    }
    sender_.spread(links, passed_on, /*forwarded=*/true);
}

void Courier::flood(std::string_view to, const Message& message, Instant now) {
    const bool by_tree = is_calm(now) && tree_.usable();
    std::vector<PeerLink> links;
    for (const auto& [link, adjacency] : neighbours_.all()) {
        if (gets_here(adjacency, by_tree ? kThisRouter : kNoRouter)) {
            links.push_back(link);
        }
    }
    if (links.empty()) {
        return;
    }
    Buffer content;
    write_message(content, message);
    sender_.spread(links, {.to = to, .ingress = {}, .trace = {}, .content = content},
                   /*forwarded=*/false);
}

void Courier::pass_on(const Adjacency& from, std::string_view to, const Envelope& envelope) {
    const Database& database = ground_.database;
    const RouterIndex router = database.find(to);
    if (router == kNoRouter || !database.at(router).path) {
        ++ground_.counters.no_path;
        return;
    }
    const RouterRecord& record = database.at(router);
    if (record.path->link == from.link || has_passed(envelope, database.at(record.next_hop).id)) {
        ++ground_.counters.looped;
        return;
    }
    sender_.spread(std::array{record.path->link}, envelope, /*forwarded=*/true);
}

bool Courier::send_to(std::string_view router,
                      ControlAddress::Part part,
                      Bytes content,
                      PeerLink fallback) {
    const RouterIndex to = ground_.database.find(router);
    const bool has_path = to != kNoRouter && ground_.database.at(to).path;
    if (!has_path && fallback == kNoLink) {
        ++ground_.counters.no_path;
        return false;
    }
    sender_.send_content(has_path ? ground_.database.at(to).path->link : fallback,
                         unicast_address(router, part), content);
    return true;
}

bool Courier::send_to(std::string_view router, const Message& message, PeerLink fallback) {
    Buffer content;
    write_message(content, message);
    return send_to(router, part_of(message), content, fallback);
}

}  // namespace weft::linkstate
