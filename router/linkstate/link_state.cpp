#include "router/linkstate/link_state.hpp"

#include "router/linkstate/parts.hpp"

#include <algorithm>
#include <type_traits>

namespace weft::linkstate {

LinkState::LinkState(LinkStateOptions options, LinkStateOutput& output)
    : parts_{std::make_unique<Parts>(std::move(options), output)} {}

LinkState::~LinkState() = default;

/// Each call says what time it is; time begins with the first one, and never goes back.
Instant LinkState::begin(Instant now) {
    if (now_) {
        if (now > *now_) {
            parts_->remote_addresses.begin_turn();
        }
        now_ = std::max(*now_, now);
    } else {
        now_ = now;
        tick_due_ = now + RemoteLinks::kTick;
        parts_->reception.start(now);
        parts_->adverts.start(now);
        parts_->link_announcer.start(now);
        parts_->address_announcer.start(now);
    }
    return *now_;
}

void LinkState::link_up(PeerLink link, std::uint32_t cost, Instant now) {
    link_down(link, now);  // a number that is given out again without a word is a new connection
    parts_->adjacencies.link_up(link, cost, *now_);
}

void LinkState::change_cost(PeerLink link, std::uint32_t cost, Instant now) {
    parts_->adjacencies.change_cost(link, cost, begin(now));
}

void LinkState::set_carries(PeerLink link, bool carries, Instant now) {
    parts_->adjacencies.set_carries(link, carries, begin(now));
}

void LinkState::link_down(PeerLink link, Instant now) {
    if (parts_->adjacencies.link_down(link, begin(now))) {
        publish();
    }
}

void LinkState::note_life(PeerLink link, Instant when, Instant part) {
    parts_->adjacencies.note_life(link, when, part);
}

bool LinkState::seems_silent(PeerLink link, Instant now) const {
    return parts_->adjacencies.seems_silent(link, now);
}

void LinkState::receive(PeerLink link, Bytes message, Instant now) {
    begin(now);
    if (Adjacency* from = parts_->neighbours.find(link)) {
        take(*from, parts_->reception.read(*from, message, *now_));
    }
}

void LinkState::take(Adjacency& from, Received received) {
    const Envelope& envelope = received.envelope;
    switch (received.what) {
        case Received::What::nothing:
            break;
        case Received::What::hello:
            parts_->adjacencies.take(from, std::get<Hello>(*received.content), *now_);
            break;
        case Received::What::flood:
            if (std::holds_alternative<MobileUpdate>(*received.content)) {
                parts_->address_line.take(from, received, *now_);
            } else if (take(from, *received.content)) {
                parts_->courier.pass_flood(from, speaker_of(*received.content).id, envelope, *now_);
            }
            break;
        case Received::What::unicast:
            if (std::holds_alternative<MobileUpdate>(*received.content)) {
                parts_->address_line.take(from, received, *now_);
            } else {
                static_cast<void>(take(from, *received.content));
            }
            break;
        case Received::What::extension:
            parts_->ground.output.on_extension(envelope.ingress, envelope.content);
            break;
        case Received::What::transit:
            parts_->courier.pass_on(from, received.to.router, envelope);
            break;
    }
}

/// True if others may hear it, too.
bool LinkState::take(Adjacency& from, const Message& message) {
    return std::visit(
        [&](const auto& content) {
            using Content = std::decay_t<decltype(content)>;
            if constexpr (std::is_same_v<Content, RouterAdvert> ||
                          std::is_same_v<Content, LinkStateUpdate>) {
                return parts_->remote_links.take(from, content, *now_);
            } else if constexpr (std::is_same_v<Content, LinkStateRequest>) {
                const RouterIndex asker = parts_->limits.learn(content.from.id, *now_);
                if (asker != kNoRouter) {
                    parts_->link_announcer.answer(asker, from, *now_);
                }
                return false;
            } else if constexpr (std::is_same_v<Content, MobileRequest>) {
                const RouterIndex asker = parts_->limits.learn(content.from.id, *now_);
                if (asker != kNoRouter) {
                    parts_->address_announcer.answer(asker, content, from, *now_);
                }
                return false;
            } else {
                return false;
            }
        },
        message);
}

void LinkState::set_local_address(std::string_view key, bool has, Hint hint, std::uint64_t asker) {
    parts_->local_addresses.set(key, has, hint, asker);
}

bool LinkState::send_extension(std::string_view router, Bytes content) {
    return parts_->courier.send_to(router, ControlAddress::Part::extension, content);
}

/// Tells the output which paths there are, if that may have changed. Routers that appeared may have
/// missed what was said while they were away, as may we; not all of them need have noticed that
/// they were away.
void LinkState::publish() {
    const std::vector<RouterIndex> appeared = parts_->reachability.publish(*now_);
    for (const RouterIndex router : appeared) {
        parts_->inquiries.ask(router, Inquiries::Subject::links, Inquiries::kLater, *now_);
        parts_->inquiries.reconsider(router);  // what waited for a path
    }
    parts_->adverts.greet(appeared, parts_->link_announcer.has_news(), *now_);
}

void LinkState::ask_due() {
    const Database& database = parts_->ground.database;
    const Speaker self{.id = parts_->ground.options.id};
    for (const auto& [router, subject] : parts_->inquiries.take_due(*now_)) {
        const RouterRecord& asked = database.at(router);
        const Message question =
            subject == Inquiries::Subject::links
                ? Message{LinkStateRequest{self}}
                : Message{MobileRequest{.from = self, .have_seq = asked.mobile_seq}};
        static_cast<void>(parts_->courier.send_to(asked.id, question));
    }
}

void LinkState::flush(Instant now) {
    begin(now);
    if (parts_->reachability.is_due(*now_)) {
        publish();
    }
    parts_->link_announcer.announce_if_due(*now_);
    parts_->address_announcer.announce_if_due(*now_);
    parts_->adverts.flood_if_due(*now_);
    ask_due();
}

bool LinkState::has_work() const {
    return parts_->address_line.any() || parts_->address_announcer.has_work();
}

void LinkState::work(Instant now) {
    parts_->address_announcer.work(begin(now));
    parts_->address_line.work(*now_);
}

void LinkState::leave(Instant now) {
    parts_->link_announcer.leave(begin(now));
    flush(now);
}

void LinkState::age() {
    parts_->remote_links.age(*now_);
    parts_->limits.note_room();
    publish();
    parts_->limits.count_originals(*now_);
    parts_->adjacencies.let_originals_go(*now_);
    parts_->limits.report_exceeded(parts_->reachability.reachable());
}

void LinkState::tick(Instant now) {
    const bool late = now - deadline() > Adjacencies::kLate;
    begin(now);
    parts_->adjacencies.expire(late, *now_);
    parts_->hellos.say_due(*now_);
    if (*now_ >= tick_due_) {
        tick_due_ = *now_ + RemoteLinks::kTick;
        age();
    }
    flush(*now_);
}

Instant LinkState::deadline() const {
    if (!now_) {
        return kNever;
    }
    if (parts_->inquiries.has_some_now()) {
        return *now_;
    }
    const bool is_alone = parts_->neighbours.all().empty() && parts_->ground.database.size() <= 1;
    return std::min({is_alone ? kNever : tick_due_, parts_->hellos.deadline(),
                     parts_->adjacencies.deadline(), parts_->reachability.deadline(*now_),
                     parts_->adverts.deadline(), parts_->link_announcer.deadline(),
                     parts_->address_announcer.deadline(), parts_->inquiries.deadline()});
}

RouterIndex LinkState::index_of(std::string_view id) const {
    return parts_->ground.database.find(id);
}

std::string_view LinkState::id_of(RouterIndex router) const {
    const Database& database = parts_->ground.database;
    return database.knows(router) ? std::string_view(database.at(router).id) : std::string_view{};
}

std::string_view LinkState::neighbour_on(PeerLink link) const {
    const Adjacency* adjacency = std::as_const(parts_->neighbours).find(link);
    return adjacency == nullptr ? std::string_view{} : std::string_view(adjacency->id);
}

std::optional<Path> LinkState::path_to(RouterIndex router) const {
    const Database& database = parts_->ground.database;
    return database.knows(router) ? database.at(router).path : std::nullopt;
}

const std::vector<bool>& LinkState::valid_destinations(RouterIndex origin) {
    return parts_->reachability.valid_destinations(origin);
}

RouterIndex LinkState::previous_hop(RouterIndex origin) {
    return parts_->reachability.previous_hop(origin);
}

std::uint64_t LinkState::topology_version() const {
    return parts_->reachability.version();
}

RouterNode LinkState::node(RouterIndex router) const {
    const Database& database = parts_->ground.database;
    const LocalAddresses& local = parts_->local_addresses;
    const RouterRecord& record = database.at(router);
    RouterNode node{.index = router,
                    .id = record.id,
                    .version = record.version,
                    .instance = record.instance.value_or(0),
                    .ls_seq = record.ls_seq,
                    .mobile_seq = router == kThisRouter ? local.sequence() : record.mobile_seq,
                    .neighbour = record.link,
                    .path = record.path,
                    .next_hop = {},
                    .addresses = router == kThisRouter ? local.size() : record.keys.size(),
                    .untold = router == kThisRouter ? local.left_out() : 0,
                    .last_change = record.last_change};
    if (record.path && record.next_hop != router) {
        node.next_hop = database.at(record.next_hop).id;
    }
    return node;
}

std::vector<std::pair<std::string, std::int64_t>> LinkState::peers_of(RouterIndex router) const {
    std::vector<std::pair<std::string, std::int64_t>> peers;
    const Database& database = parts_->ground.database;
    for (const Edge& edge : database.at(router).edges) {
        peers.emplace_back(database.at(edge.to).id, edge.cost);
    }
    return peers;
}

std::vector<RouterNode> LinkState::nodes() const {
    std::vector<RouterNode> nodes;
    const Database& database = parts_->ground.database;
    for (RouterIndex router = 0; router < database.end(); ++router) {
        if (database.knows(router)) {
            nodes.push_back(node(router));
        }
    }
    return nodes;
}

const LinkStateCounters& LinkState::counters() const {
    return parts_->ground.counters;
}

}  // namespace weft::linkstate
