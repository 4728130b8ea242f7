#include "router/linkstate/adjacencies.hpp"

#include <algorithm>
#include <utility>

namespace weft::linkstate {
namespace {

using Kind = LinkStateEvent::Kind;
using Life = Adjacency::Life;

/// "0.8 s"
std::string seconds_text(Duration time) {
    std::string text = std::to_string(std::chrono::duration<double>(time).count());
    text.resize(text.find('.') + 2);
    return text + " s";
}

std::string why_expired(const Adjacency& adjacency, Instant now) {
    const bool silent = now - adjacency.alive > adjacency.silence;
    return silent ? "nothing came from it for " + seconds_text(now - adjacency.alive)
                  : "no HELLO that hears us for " + seconds_text(now - adjacency.confirmed);
}

}  // namespace

void Adjacencies::link_up(PeerLink link, std::uint32_t cost, Instant now) {
    parts_.hellos.greet(parts_.neighbours.add(link, cost), now);
}

void Adjacencies::change_cost(PeerLink link, std::uint32_t cost, Instant now) {
    if (Adjacency* adjacency = parts_.neighbours.find(link)) {
        adjacency->cost = std::max(cost, 1U);
        weigh(*adjacency, now);
    }
}

void Adjacencies::set_carries(PeerLink link, bool carries, Instant now) {
    if (Adjacency* adjacency = parts_.neighbours.find(link)) {
        adjacency->carries = carries;
        weigh(*adjacency, now);
    }
}

/// It is better or worse than it was.
void Adjacencies::weigh(const Adjacency& adjacency, Instant now) {
    if (adjacency.is_up()) {
        choose_link(ground_.database.at(ground_.database.find(adjacency.id)), now);
        parts_.announcer.update_edges(now);
    }
}

bool Adjacencies::link_down(PeerLink link, Instant now) {
    Adjacency* adjacency = parts_.neighbours.find(link);
    if (adjacency == nullptr) {
        return false;
    }
    if (adjacency->is_up()) {
        lower(*adjacency, Life::down, "its connection is gone", now);
    }
    parts_.neighbours.remove(link);
    return true;
}

void Adjacencies::note_life(PeerLink link, Instant when, Instant part) {
    Adjacency* adjacency = parts_.neighbours.find(link);
    if (adjacency == nullptr) {
        return;
    }
    adjacency->alive = std::max(adjacency->alive, when);
    if (adjacency->is_up()) {
        adjacency->heard = std::max(adjacency->heard, part);
        adjacency->confirmed = std::max(adjacency->confirmed, part);
    }
}

bool Adjacencies::seems_silent(PeerLink link, Instant now) const {
    const Adjacency* adjacency = std::as_const(parts_.neighbours).find(link);
    return adjacency != nullptr && parts_.neighbours.has_expired(*adjacency, now);
}

void Adjacencies::take(Adjacency& adjacency, const Hello& hello, Instant now) {
    if (!may_speak_for(adjacency, hello, now)) {
        return;
    }
    const bool first = !parts_.neighbours.names(adjacency, now);
    if (adjacency.id.empty() || adjacency.is_held_back()) {
        parts_.limits.admit(adjacency, hello.from.id, parts_.reachability.reachable());
    }
    adjacency.id = hello.from.id;
    adjacency.heard = now;
    if (adjacency.is_held_back()) {
        return;
    }
    if (std::exchange(adjacency.instance, hello.instance) != hello.instance) {
        const RouterIndex router = ground_.database.find(adjacency.id);
        if (router != kNoRouter) {
            static_cast<void>(parts_.remote_links.is_current(router, hello.instance, now));
        }
    }
    parts_.neighbours.expect(adjacency, parts_.hellos.promised_by(adjacency, hello, now));
    const bool hears_us = std::ranges::find(hello.seen, ground_.options.id) != hello.seen.end();
    if (hears_us) {
        adjacency.confirmed = now;
        if (!adjacency.is_up()) {
            raise(adjacency, now);
        }
    }
    if (first || !hears_us) {
        parts_.hellos.answer(adjacency, now);
    }
}

/// A link's neighbour stays the same, and of two with one id the one that started last is heard:
/// the other is a connection that nobody has closed yet, or a duplicate.
bool Adjacencies::may_speak_for(Adjacency& adjacency, const Hello& hello, Instant now) {
    const std::string& id = hello.from.id;
    if (id == ground_.options.id) {
        ground_.reports.duplicate_id(
            adjacency, id,
            hello.instance == ground_.options.instance
                ? "a neighbour has this router's own id: it is this router itself, or one that was "
                  "started in the same millisecond"
                : "a neighbour has this router's own id");
        return false;
    }
    if (!adjacency.id.empty() && adjacency.id != id) {
        ground_.reports.impostor(adjacency, id,
                                 "the neighbour '" + adjacency.id + "' says HELLO as '" + id + "'");
        return false;
    }
    for (auto& [link, other] : parts_.neighbours.all()) {
        const bool same = link != adjacency.link && other.is_up() && other.id == id;
        if (!same || other.instance == hello.instance) {
            continue;
        }
        if (other.instance > hello.instance) {
            ground_.reports.duplicate_id(
                adjacency, id,
                "two neighbours have the same id; this one started first, and is not heard");
            return false;
        }
        lower(other, Life::down, "it restarted", now);
        ground_.output.on_silent(link, "its router restarted");
    }
    return true;
}

void Adjacencies::raise(Adjacency& adjacency, Instant now) {
    const RouterIndex router = parts_.limits.learn(adjacency.id, now);
    if (router == kNoRouter) {
        return;
    }
    RouterRecord& record = ground_.database.at(router);
    if (record.flaps.is_held(now)) {
        return;
    }
    static_cast<void>(parts_.remote_links.is_current(router, adjacency.instance, now));
    adjacency.life = Life::up;
    const bool is_new = !record.link;
    choose_link(record, now);
    if (is_new) {
        ground_.reports.tell(Kind::neighbour_up, record.id, {}, adjacency.link);
        parts_.inquiries.ask(router, Inquiries::Subject::links, Inquiries::kLater, now);
    }
    parts_.announcer.update_edges(now);
}

/// It was up, and is not any more: `life` is what it is now.
void Adjacencies::lower(Adjacency& adjacency, Life life, std::string why, Instant now) {
    adjacency.life = life;
    RouterRecord& record = ground_.database.at(ground_.database.find(adjacency.id));
    choose_link(record, now);
    if (!record.link) {
        record.flaps.note_loss(now);
        ground_.reports.tell(Kind::neighbour_lost, record.id, std::move(why), adjacency.link);
    }
    parts_.announcer.update_edges(now);
}

void Adjacencies::choose_link(RouterRecord& neighbour, Instant now) {
    const Adjacency* best = parts_.neighbours.best(neighbour.id);
    parts_.reachability.replace_link(neighbour, best ? std::optional(best->link) : std::nullopt,
                                     now);  // I1
}

void Adjacencies::expire(bool late, Instant now) {
    if (late && !hear_until_) {  // only once: until the next tick, what waits is heard
        hear_until_ = now + kHearFirst;
    }
    if (hear_until_ && now < *hear_until_) {
        return;
    }
    hear_until_.reset();
    for (auto& [link, adjacency] : parts_.neighbours.all()) {
        if (parts_.neighbours.has_expired(adjacency, now)) {
            const std::string why = why_expired(adjacency, now);
            lower(adjacency, Life::down, why, now);
            ground_.output.on_silent(link, why);
        }
    }
}

void Adjacencies::let_originals_go(Instant now) {
    const std::size_t reachable = parts_.reachability.reachable();
    if (!parts_.limits.is_exceeded(reachable)) {
        return;
    }
    for (auto& [link, adjacency] : parts_.neighbours.all()) {
        if (!adjacency.is_up()) {
            continue;
        }
        const RouterRecord& record = ground_.database.at(ground_.database.find(adjacency.id));
        if (Limits::is_original(record, now)) {
            ground_.reports.tell(Kind::limit, record.id,
                                 "let go: it is an original router, which counts at most " +
                                     std::to_string(kRoutersMaxWithOriginals) +
                                     " routers, and the mesh has " + std::to_string(reachable),
                                 link);
            lower(adjacency, Life::let_go, "the mesh is too large for it", now);
        }
    }
}

}  // namespace weft::linkstate
