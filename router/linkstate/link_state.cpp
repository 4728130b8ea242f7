#include "router/linkstate/link_state.hpp"

#include "router/linkstate/state.hpp"

#include <algorithm>
#include <utility>

namespace weft::linkstate {

LinkState::State::State(LinkStateOptions options, LinkStateOutput& output)
    : options_{std::move(options)},
      output_{&output},
      database_{options_.id, options_.routers_max},
      neighbours_{options_.hello_max_age},
      paths_{database_},
      tree_{database_},
      local_{options_.id, options_.told_bytes_max},
      sender_{options_.id, output, counters_} {
    database_.at(kThisRouter).instance = options_.instance;
    local_.set(weft_key(options_.id), true, Hint::closest);
    static_cast<void>(paths_.update());
}

/// Each call says what time it is; the first one begins to count.
void LinkState::State::begin(Instant now) {
    now_ = began_ ? std::max(now_, now) : now;
    if (!began_) {
        began_ = true;
        started_ = now;
        announced_ = now - 3 * kAnnounceGapMax;
        mobile_due_ = now;
        flux_until_ = now;
        advertised_ = now - kAdvertGap;
        tick_due_ = now + kTick;
    }
}

void LinkState::State::link_up(PeerLink link, std::uint32_t cost, Instant now) {
    link_down(link, now);  // a number that is given out again without a word is a new connection
    Adjacency& adjacency = neighbours_.add(link, cost);
    if (hello_due_ == kNever) {
        hello_due_ = now_ + options_.hello_interval;
        fast_hello_due_ =
            options_.fast_hello == Duration::zero() ? kNever : now_ + options_.fast_hello;
    }
    say_hello(adjacency);
}

void LinkState::State::note_life(PeerLink link, Instant when, Instant part) {
    Adjacency* adjacency = neighbours_.find(link);
    if (adjacency == nullptr) {
        return;
    }
    adjacency->alive = std::max(adjacency->alive, when);
    if (adjacency->up) {
        adjacency->heard = std::max(adjacency->heard, part);
        adjacency->confirmed = std::max(adjacency->confirmed, part);
    }
}

void LinkState::State::change_cost(PeerLink link, std::uint32_t cost, Instant now) {
    begin(now);
    Adjacency* adjacency = neighbours_.find(link);
    if (adjacency == nullptr) {
        return;
    }
    adjacency->cost = std::max(cost, 1U);
    if (adjacency->up) {
        choose_link(database_.at(database_.find(adjacency->id)));
        update_own_edges();
    }
}

void LinkState::State::link_down(PeerLink link, Instant now) {
    begin(now);
    if (Adjacency* adjacency = neighbours_.find(link)) {
        if (adjacency->up) {
            lower(*adjacency, "its connection is gone");
        }
        neighbours_.remove(link);
        publish();
    }
}

void LinkState::State::flush(Instant now) {
    begin(now);
    publish_if_due();
    announce_links();
    announce_addresses();
    if (now_ >= advert_due_) {
        advertise();
    }
    ask_all();
}

void LinkState::State::leave(Instant now) {
    begin(now);
    if (!leaving_) {
        leaving_ = true;
        update_own_edges();
    }
    announce_gap_ = Duration{};  // what comes after does not matter any more
    flush(now);
}

void LinkState::State::tick(Instant now) {
    const bool late = now - deadline() > kLate;
    begin(now);
    expire_neighbours(late);
    say_hellos();
    if (now_ >= tick_due_) {
        tick_due_ = now_ + kTick;
        age();
    }
    flush(now_);
}

Instant LinkState::State::deadline() const {
    if (!began_) {
        return kNever;
    }
    if (!ask_now_.empty()) {
        return now_;
    }
    Instant next =
        std::min({hello_due_, fast_hello_due_, std::max(neighbours_.next_expiry(), hear_until_)});
    if (hears_first_) {
        next = std::min(next, hear_until_);
    }
    if (paths_dirty_) {
        next = std::min(next, std::max(now_, paths_due_));
    }
    next = std::min(next, advert_due_);
    if (!neighbours_.all().empty() || database_.size() > 1) {
        next = std::min(next, tick_due_);
    }
    if (announcement_due_ || links_changed_) {
        next = std::min(next, announced_ + announce_gap_);
    }
    if (local_.pending()) {
        next = std::min(next, mobile_due_);
    }
    if (!ask_later_.empty()) {
        next = std::min(next, ask_later_.top().first);
    }
    return next;
}

RouterNode LinkState::State::node(RouterIndex router) const {
    const RouterRecord& record = database_.at(router);
    RouterNode node{.index = router,
                    .id = record.id,
                    .version = record.version,
                    .instance = record.instance.value_or(0),
                    .ls_seq = record.ls_seq,
                    .mobile_seq = router == kThisRouter ? local_.sequence() : record.mobile_seq,
                    .neighbour = record.link,
                    .path = record.path,
                    .next_hop = {},
                    .peers = {},
                    .addresses = router == kThisRouter ? local_.size() : record.keys.size(),
                    .last_change = record.last_change};
    if (record.path && record.next_hop != router) {
        node.next_hop = database_.at(record.next_hop).id;
    }
    for (const Edge& edge : record.edges) {
        node.peers.emplace_back(database_.at(edge.to).id, edge.cost);
    }
    return node;
}

LinkState::LinkState(LinkStateOptions options, LinkStateOutput& output)
    : state_{std::make_unique<State>(std::move(options), output)} {}

LinkState::~LinkState() = default;

void LinkState::link_up(PeerLink link, std::uint32_t cost, Instant now) {
    state_->link_up(link, cost, now);
}

void LinkState::change_cost(PeerLink link, std::uint32_t cost, Instant now) {
    state_->change_cost(link, cost, now);
}

void LinkState::link_down(PeerLink link, Instant now) {
    state_->link_down(link, now);
}

void LinkState::note_life(PeerLink link, Instant when, Instant part) {
    state_->note_life(link, when, part);
}

void LinkState::receive(PeerLink link, Bytes message, Instant now) {
    state_->receive(link, message, now);
}

void LinkState::set_local_address(std::string_view key, bool has, Hint hint) {
    state_->local().set(key, has, hint);
}

bool LinkState::send_extension(std::string_view router, Bytes content) {
    return state_->send_extension(router, content);
}

void LinkState::flush(Instant now) {
    state_->flush(now);
}

void LinkState::leave(Instant now) {
    state_->leave(now);
}

Instant LinkState::deadline() const {
    return state_->deadline();
}

void LinkState::tick(Instant now) {
    state_->tick(now);
}

RouterIndex LinkState::index_of(std::string_view id) const {
    return state_->database().find(id);
}

std::string_view LinkState::id_of(RouterIndex router) const {
    const Database& database = state_->database();
    return database.knows(router) ? std::string_view(database.at(router).id) : std::string_view{};
}

std::string_view LinkState::neighbour_on(PeerLink link) const {
    const Adjacency* adjacency = state_->neighbours().find(link);
    return adjacency == nullptr ? std::string_view{} : std::string_view(adjacency->id);
}

std::optional<Path> LinkState::path_to(RouterIndex router) const {
    const Database& database = state_->database();
    return database.knows(router) ? database.at(router).path : std::nullopt;
}

const std::vector<bool>& LinkState::valid_destinations(RouterIndex origin) {
    const std::vector<bool>& found = state_->paths().valid_destinations(origin);
    state_->count_origins();
    return found;
}

RouterIndex LinkState::previous_hop(RouterIndex origin) {
    const RouterIndex found = state_->paths().previous_hop(origin);
    state_->count_origins();
    return found;
}

std::uint64_t LinkState::topology_version() const {
    return state_->topology_version();
}

std::vector<RouterNode> LinkState::nodes() const {
    std::vector<RouterNode> nodes;
    const Database& database = state_->database();
    for (RouterIndex router = 0; router < database.end(); ++router) {
        if (database.knows(router)) {
            nodes.push_back(state_->node(router));
        }
    }
    return nodes;
}

const LinkStateCounters& LinkState::counters() const {
    return state_->counters();
}

}  // namespace weft::linkstate
