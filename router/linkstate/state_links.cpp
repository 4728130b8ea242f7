#include "router/linkstate/state.hpp"

#include <algorithm>
#include <utility>

namespace weft::linkstate {

/// Whether what `router` says as `instance` counts: not if that life of it is over.
bool LinkState::State::is_current(RouterIndex router, std::int64_t instance) {
    RouterRecord& record = database_.at(router);
    if (!record.instance) {
        record.instance = instance;
    }
    if (*record.instance == instance) {
        return true;
    }
    if (instance < *record.instance && now_ - record.heard < kFormerLife) {
        return false;
    }
    restart(router, instance);
    return true;
}

void LinkState::State::restart(RouterIndex router, std::int64_t instance) {
    RouterRecord& record = database_.at(router);
    if (now_ - record.told_restart >=
        kFormerLife) {  // one that claims it all the time is told once
        record.told_restart = now_;
        report(Kind::router_restarted, record.id, {});
    }
    drop_keys(router);
    set_edges(router, {});
    record.instance = instance;
    record.ls_seq = 0;
    record.has_advertised = false;
    record.heard = now_;
    record.behind.reset();
    record.flaps = {};
    record.links = {};
    record.addresses = {};
    ask(router, record.links, kAskLater);
}

/// A sequence number that nobody counts to: it would keep us from hearing the true ones.
bool LinkState::State::is_absurd(Adjacency& from,
                                 std::string_view router,
                                 std::int64_t known,
                                 std::int64_t claimed) {
    const bool absurd = claimed < 0 || claimed > kSequencePlausible ||
                        (known > 0 && claimed - known > kSequenceJumpMax);
    if (absurd) {
        report_malformed(from, "the sequence number " + std::to_string(claimed) + " of router '" +
                                   std::string(router) + "', known up to " + std::to_string(known));
    }
    return absurd;
}

/// Says it less than we have from it, again and again, we have something that is not from it, or it
/// forgot: all is asked for again.
void LinkState::State::note_progress(RouterIndex router, const RouterAdvert& advert) {
    RouterRecord& record = database_.at(router);
    const bool links_behind = advert.ls_seq < record.ls_seq;
    const bool addresses_behind = advert.mobile_seq < record.mobile_seq;
    if (!links_behind && !addresses_behind) {
        record.behind.reset();
        return;
    }
    if (!record.behind) {
        record.behind = now_;
    }
    if (now_ - *record.behind < kBehindSpan) {
        return;  // may have been overtaken on its way
    }
    record.behind.reset();
    record.ls_seq = links_behind ? 0 : record.ls_seq;
    if (addresses_behind) {
        record.mobile_seq = 0;
        if (advert.mobile_seq == 0) {
            drop_keys(router);
        }
    }
}

bool LinkState::State::on_advert(Adjacency& from, const RouterAdvert& advert) {
    const RouterIndex router = learn(advert.from.id);
    if (router == kNoRouter || !is_current(router, advert.instance)) {
        return false;
    }
    RouterRecord& record = database_.at(router);
    if (is_absurd(from, record.id, record.ls_seq, advert.ls_seq) ||
        is_absurd(from, record.id, record.mobile_seq, advert.mobile_seq)) {
        return false;
    }
    record.heard = now_;
    record.version = advert.from.version;
    record.has_advertised = true;
    note_progress(router, advert);
    if (advert.ls_seq > record.ls_seq || record.partial) {
        ask(router, record.links, Duration{});
    } else if (record.ls_seq > 0) {
        record.links.open = false;
    }
    if (advert.mobile_seq > record.mobile_seq) {
        ask(router, record.addresses, Duration{});
    } else {
        record.addresses.open = false;
    }
    return true;
}

bool LinkState::State::on_links_requested(const Adjacency& from, const LinkStateRequest& request) {
    const RouterIndex router = learn(request.from.id);
    if (router == kNoRouter) {
        return false;
    }
    settle_own_links();
    static_cast<void>(send_to(request.from.id, own_links(), &from));
    // It may have missed our last advert, and knows us only now: an original would refuse to hear
    // of our addresses before.
    static_cast<void>(send_to(request.from.id, own_advert(), &from));
    return true;
}

/// Learns of the routers that are mentioned. Those that do not fit are left out, until the next
/// advert makes us ask again.
std::vector<Edge> LinkState::State::edges_of(const LinkStateUpdate& update) {
    std::vector<Edge> edges;
    edges.reserve(update.peers.size());
    bool partial = false;
    for (const auto& [id, cost] : update.peers) {
        const RouterIndex peer = learn(id);
        if (peer == kNoRouter) {
            partial = true;
            continue;
        }
        edges.push_back({peer, static_cast<std::uint32_t>(cost)});
        RouterRecord& record = database_.at(peer);
        if (peer != kThisRouter && record.ls_seq == 0) {
            ask(peer, record.links, kAskLater);
        }
    }
    std::ranges::sort(edges, {}, &Edge::to);
    const auto again = std::ranges::unique(edges, {}, &Edge::to);
    edges.erase(again.begin(), again.end());
    database_.at(database_.find(update.from.id)).partial = partial;
    return edges;
}

bool LinkState::State::on_links(Adjacency& from, const LinkStateUpdate& update) {
    const auto is_strange = [&](const std::pair<std::string, std::int64_t>& peer) {
        return peer.first == update.from.id || peer.second < 1 || peer.second > UINT32_MAX;
    };
    if (std::ranges::any_of(update.peers, is_strange)) {
        report_malformed(from, "LSU: router '" + update.from.id +
                                   "' has a link to itself, or one of a cost out of range");
        return false;
    }
    const RouterIndex router = learn(update.from.id);
    if (router == kNoRouter || !is_current(router, update.instance)) {
        return false;
    }
    RouterRecord& record = database_.at(router);
    if (is_absurd(from, record.id, record.ls_seq, update.ls_seq)) {
        return false;
    }
    record.heard = now_;
    record.version = update.from.version;
    record.links.open = false;
    if (update.ls_seq < record.ls_seq || (update.ls_seq == record.ls_seq && !record.partial)) {
        return update.ls_seq == record.ls_seq;
    }
    record.ls_seq = update.ls_seq;
    set_edges(router, edges_of(update));
    if (!record.has_advertised) {
        ask(router, record.addresses, kAskLater);
    }
    if (record.addresses.open) {
        ask_now_.push_back(router);  // it had to wait for this
    }
    return true;
}

void LinkState::State::set_edges(RouterIndex router, std::vector<Edge> edges) {
    RouterRecord& record = database_.at(router);
    if (record.edges == edges) {
        return;
    }
    paths_.note_change(router, edges);
    database_.replace_edges(router, std::move(edges));
    record.last_change = now_;
    graph_changed_ = now_;
    paths_dirty_ = true;
    ++topology_version_;
}

void LinkState::State::settle_own_links() {
    if (std::exchange(links_changed_, false)) {
        ++database_.at(kThisRouter).ls_seq;
        announcement_due_ = true;
    }
}

LinkStateUpdate LinkState::State::own_links() const {
    const RouterRecord& own = database_.at(kThisRouter);
    LinkStateUpdate update{.from = {.id = options_.id},
                           .instance = options_.instance,
                           .ls_seq = own.ls_seq,
                           .peers = {}};
    for (const Edge& edge : own.edges) {
        update.peers.emplace_back(database_.at(edge.to).id, edge.cost);
    }
    return update;
}

RouterAdvert LinkState::State::own_advert() const {
    return {.from = {.id = options_.id},
            .instance = options_.instance,
            .ls_seq = database_.at(kThisRouter).ls_seq,
            .mobile_seq = local_.sequence()};
}

/// Tells all of this router's links, unasked: the protocol only demands that they are told of the
/// new sequence, and then all would ask. The first change is told at once; one that follows soon
/// waits a bit, and longer each time.
void LinkState::State::announce_links() {
    const bool due = links_changed_ || announcement_due_;
    if (!due || now_ - announced_ < announce_gap_) {
        return;
    }
    settle_own_links();
    announcement_due_ = false;
    const bool is_calm = now_ - announced_ > 2 * kAnnounceGapMax;
    announce_gap_ = is_calm ? kAnnounceGapMin : std::min(2 * announce_gap_, kAnnounceGapMax);
    announced_ = now_;
    flood(kToAll, own_links());
    // What the advert says besides is seldom new.
    advert_due_ = std::min(advert_due_, std::max(now_, advertised_ + kAdvertGap));
}

bool LinkState::State::in_flux() const {
    return now_ <= flux_until_;
}

void LinkState::State::advertise() {
    advertised_ = now_;
    flood(kToAll, own_advert());
    const Duration interval = in_flux() ? options_.ra_interval_flux : options_.ra_interval;
    advert_due_ = database_.at(kThisRouter).edges.empty() ? kNever : now_ + interval;
}

}  // namespace weft::linkstate
