#include "router/linkstate/link_announcer.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace weft::linkstate {

void LinkAnnouncer::update_edges(Instant now) {
    const Database& database = ground_.database;
    std::vector<Edge> edges;
    for (RouterIndex router = 1; router < database.end(); ++router) {
        if (!database.knows(router) || !database.at(router).link) {
            continue;
        }
        const Adjacency* adjacency = neighbours_.find(*database.at(router).link);
        if (adjacency->carries) {
            edges.push_back(
                {router, leaving_ ? std::max(kLeavingCost, adjacency->cost) : adjacency->cost});
        }
    }
    if (edges != database.at(kThisRouter).edges) {
        reachability_.replace_edges(kThisRouter, std::move(edges), now);
        reachability_.hurry(now);
        adverts_.note_change(now);
        state_ = State::changed;
    }
}

void LinkAnnouncer::leave(Instant now) {
    if (!std::exchange(leaving_, true)) {
        update_edges(now);
    }
    gap_ = Duration{};
}

/// Gives the links a number of their own if they changed since the last one.
void LinkAnnouncer::settle() {
    if (state_ == State::changed) {
        ++ground_.database.at(kThisRouter).ls_seq;  // I3
        state_ = State::numbered;
    }
}

LinkStateUpdate LinkAnnouncer::own() const {
    const RouterRecord& own = ground_.database.at(kThisRouter);
    LinkStateUpdate update{.from = {.id = ground_.options.id},
                           .instance = ground_.options.instance,
                           .ls_seq = own.ls_seq,
                           .peers = {}};
    for (const Edge& edge : own.edges) {
        update.peers.emplace_back(ground_.database.at(edge.to).id, edge.cost);
    }
    return update;
}

/// Tells all of this router's links, unasked: the protocol only demands that they are told of the
/// new sequence, and then all would ask. The first change is told at once; one that follows soon
/// waits a bit, and longer each time.
void LinkAnnouncer::announce_if_due(Instant now) {
    if (!has_news() || now - announced_ < gap_) {
        return;
    }
    settle();
    state_ = State::told;
    const bool is_calm = now - announced_ > 2 * kGapMax;
    gap_ = is_calm ? kGapMin : std::min(2 * gap_, kGapMax);
    announced_ = now;
    courier_.flood(kToAll, own(), now);
    adverts_.hasten(now);  // what the advert says besides is seldom new
}

void LinkAnnouncer::answer(RouterIndex asker, const Adjacency& from, Instant now) {
    RouterRecord& record = ground_.database.at(asker);
    if (now < record.links_told) {
        return;
    }
    record.links_told = now + kAnswerGap;
    settle();
    static_cast<void>(courier_.send_to(record.id, own(), from.link));
    static_cast<void>(courier_.send_to(record.id, adverts_.own(), from.link));
}

}  // namespace weft::linkstate
