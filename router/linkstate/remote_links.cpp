#include "router/linkstate/remote_links.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace weft::linkstate {
namespace {

using Kind = LinkStateEvent::Kind;
using Subject = Inquiries::Subject;

}  // namespace

bool RemoteLinks::is_current(RouterIndex router, std::int64_t instance, Instant now) {
    RouterRecord& record = ground_.database.at(router);
    if (!record.instance) {
        record.instance = instance;
    }
    if (*record.instance == instance) {
        return true;
    }
    if (instance < *record.instance && now - record.heard < kFormerLife) {
        return false;
    }
    restart(router, instance, now);
    return true;
}

void RemoteLinks::restart(RouterIndex router, std::int64_t instance, Instant now) {
    RouterRecord& record = ground_.database.at(router);
    // A router that claims to restart all the time is told of once.
    if (now - record.told_restart >= kFormerLife) {
        record.told_restart = now;
        ground_.reports.tell(Kind::router_restarted, record.id, {});
    }
    addresses_.drop(router);
    reachability_.replace_edges(router, {}, now);
    record.instance = instance;
    record.ls_seq = 0;
    record.has_advertised = false;
    record.heard = now;
    record.behind.reset();
    record.flaps = {};
    record.links = {};
    record.addresses = {};
    record.links_told = record.addresses_told = {};
    inquiries_.ask(router, Subject::links, Inquiries::kLater, now);
}

/// If it says less than we have from it, again and again, we have something that is not from it, or
/// it forgot: all is asked for again.
void RemoteLinks::note_progress(RouterIndex router, const RouterAdvert& advert, Instant now) {
    RouterRecord& record = ground_.database.at(router);
    const bool links_behind = advert.ls_seq < record.ls_seq;
    const bool addresses_behind = advert.mobile_seq < record.mobile_seq;
    if (!links_behind && !addresses_behind) {
        record.behind.reset();
        return;
    }
    if (!record.behind) {
        record.behind = now;
    }
    if (now - *record.behind < kBehindSpan) {
        return;  // may have been overtaken on its way
    }
    record.behind.reset();
    record.ls_seq = links_behind ? 0 : record.ls_seq;
    if (addresses_behind) {
        record.mobile_seq = 0;
        if (advert.mobile_seq == 0) {
            addresses_.drop(router);
        }
    }
}

bool RemoteLinks::take(Adjacency& from, const RouterAdvert& advert, Instant now) {
    const RouterIndex router = limits_.learn(advert.from.id, now);
    if (router == kNoRouter || !is_current(router, advert.instance, now)) {
        return false;
    }
    RouterRecord& record = ground_.database.at(router);
    Reports& reports = ground_.reports;
    if (!reports.is_plausible(from, record.id, record.ls_seq, advert.ls_seq) ||
        !reports.is_plausible(from, record.id, record.mobile_seq, advert.mobile_seq)) {
        return false;
    }
    record.heard = now;
    record.version = advert.from.version;
    record.has_advertised = true;
    note_progress(router, advert, now);
    if (advert.ls_seq > record.ls_seq || record.partial) {
        inquiries_.ask(router, Subject::links, Duration{}, now);
    } else if (record.ls_seq > 0) {
        inquiries_.close(router, Subject::links);
    }
    if (advert.mobile_seq > record.mobile_seq) {
        if (record.in_line == 0) {  // else it may be what waits to be taken
            inquiries_.ask(router, Subject::addresses, Duration{}, now);
        }
    } else {
        inquiries_.close(router, Subject::addresses);
    }
    return true;
}

bool RemoteLinks::take(Adjacency& from, const LinkStateUpdate& update, Instant now) {
    const auto is_strange = [&](const std::pair<std::string, std::int64_t>& peer) {
        return peer.first == update.from.id || peer.second < 1 || peer.second > UINT32_MAX;
    };
    if (std::ranges::any_of(update.peers, is_strange)) {
        ground_.reports.malformed(from,
                                  "LSU: router '" + update.from.id +
                                      "' has a link to itself, or one of a cost out of range");
        return false;
    }
    const RouterIndex router = limits_.learn(update.from.id, now);
    if (router == kNoRouter || !is_current(router, update.instance, now)) {
        return false;
    }
    RouterRecord& record = ground_.database.at(router);
    if (!ground_.reports.is_plausible(from, record.id, record.ls_seq, update.ls_seq)) {
        return false;
    }
    record.heard = now;
    record.version = update.from.version;
    inquiries_.close(router, Subject::links);
    if (!fit(record, update)) {
        return false;
    }
    if (update.ls_seq < record.ls_seq || (update.ls_seq == record.ls_seq && !record.partial)) {
        return update.ls_seq == record.ls_seq;
    }
    record.ls_seq = update.ls_seq;  // I2
    reachability_.replace_edges(router, edges_of(update, now), now);
    if (!record.has_advertised) {
        inquiries_.ask(router, Subject::addresses, Inquiries::kLater, now);
    }
    if (inquiries_.is_open(router, Subject::addresses)) {
        inquiries_.reconsider(router);  // it had to wait for this
    }
    return true;
}

/// Whether there is room for the links of the router: they are taken as a whole or not at all.
bool RemoteLinks::fit(RouterRecord& record, const LinkStateUpdate& update) {
    const std::size_t others = ground_.database.edges() - record.edges.size();
    if (others + update.peers.size() <= ground_.options.links_max) {
        record.told_many = false;
        return true;
    }
    if (!std::exchange(record.told_many, true)) {
        ground_.reports.tell(Kind::limit, record.id,
                             "its " + std::to_string(update.peers.size()) +
                                 " links are not taken: those of all routers would be more than " +
                                 std::to_string(ground_.options.links_max));
    }
    return false;
}

/// Learns of the routers that are mentioned. Those that do not fit are left out, until the next
/// advert makes us ask again.
std::vector<Edge> RemoteLinks::edges_of(const LinkStateUpdate& update, Instant now) {
    Database& database = ground_.database;
    std::vector<Edge> edges;
    edges.reserve(update.peers.size());
    bool partial = false;
    for (const auto& [id, cost] : update.peers) {
        const RouterIndex peer = limits_.learn(id, now);
        if (peer == kNoRouter) {
            partial = true;
            continue;
        }
        edges.push_back({peer, static_cast<std::uint32_t>(cost)});
        if (peer != kThisRouter && database.at(peer).ls_seq == 0) {
            inquiries_.ask(peer, Subject::links, Inquiries::kLater, now);
        }
    }
    std::ranges::sort(edges, {}, &Edge::to);
    const auto again = std::ranges::unique(edges, {}, &Edge::to);
    edges.erase(again.begin(), again.end());
    database.at(database.find(update.from.id)).partial = partial;
    return edges;
}

void RemoteLinks::age(Instant now) {
    const Database& database = ground_.database;
    for (RouterIndex router = 1; router < database.end(); ++router) {
        if (database.knows(router) && !forget_if_idle(router)) {
            age(router, now);
        }
    }
}

void RemoteLinks::age(RouterIndex router, Instant now) {
    const LinkStateOptions& options = ground_.options;
    RouterRecord& record = ground_.database.at(router);
    const Duration silence = now - record.heard;
    const bool has_links = record.ls_seq > 0 || !record.edges.empty();
    if (silence > options.remote_ls_max_age && has_links) {
        record.ls_seq = 0;
        reachability_.replace_edges(router, {}, now);
    } else if (silence > options.ra_interval + options.ra_interval / 4 + kTick) {
        // Its advert did not come: asked directly, it need not be given up.
        inquiries_.ask(router, Subject::links, Duration{}, now);
    }
}

/// A router that has no links, is no neighbour, and that nobody has a link to, is gone.
bool RemoteLinks::forget_if_idle(RouterIndex router) {
    RouterRecord& record = ground_.database.at(router);
    if (!record.edges.empty() || record.link || record.mentions > 0) {
        record.idle_ticks = 0;
        return false;
    }
    if (record.path || record.in_line > 0 || record.followed > 0 ||
        ++record.idle_ticks <= kIdleTicksMax) {
        return false;
    }
    addresses_.drop(router);
    if (record.followed == 0) {  // else its addresses go first
        ground_.database.forget(router);
    }
    return true;
}

}  // namespace weft::linkstate
