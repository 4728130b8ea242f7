#include "router/linkstate/state.hpp"

#include <algorithm>
#include <utility>

namespace weft::linkstate {
namespace {

/// "0.8 s"
std::string seconds_text(Duration time) {
    std::string text = std::to_string(std::chrono::duration<double>(time).count());
    text.resize(text.find('.') + 2);
    return text + " s";
}

}  // namespace

void LinkState::State::say_hello(Adjacency& adjacency) {
    Hello hello{.from = {.id = options_.id}, .instance = options_.instance, .seen = {}};
    if (neighbours_.names(adjacency, now_)) {
        const RouterIndex router = database_.find(adjacency.id);
        // A neighbour that is held down is not told that we hear it, so that it holds, too.
        if (router == kNoRouter || database_.at(router).flaps.held_until <= now_) {
            hello.seen.push_back(adjacency.id);
        }
    }
    adjacency.fast = wants_fast_hello(adjacency);
    if (adjacency.fast) {
        hello.interval_ms =
            std::chrono::ceil<std::chrono::milliseconds>(options_.fast_hello).count();
        sender_.send_short(adjacency.link, kToNeighbour, hello);
    } else {
        sender_.send(adjacency.link, kToNeighbour, hello);
    }
}

bool LinkState::State::wants_fast_hello(const Adjacency& adjacency) const {
    const RouterIndex router = adjacency.up ? database_.find(adjacency.id) : kNoRouter;
    return options_.fast_hello > Duration::zero() && router != kNoRouter &&
           database_.at(router).is_weft;
}

/// What was promised last is kept also to a neighbour that gets no such HELLOs any more: the next
/// one takes the promise back.
void LinkState::State::say_hellos() {
    if (neighbours_.all().empty()) {
        hello_due_ = fast_hello_due_ = kNever;
        return;
    }
    const bool slow_due = now_ >= hello_due_;
    const bool fast_due = now_ >= fast_hello_due_;
    for (auto& [link, adjacency] : neighbours_.all()) {
        if (adjacency.fast || wants_fast_hello(adjacency) ? fast_due : slow_due) {
            say_hello(adjacency);
        }
    }
    if (slow_due) {
        hello_due_ = now_ + options_.hello_interval;
    }
    if (fast_due) {
        fast_hello_due_ = now_ + options_.fast_hello;
    }
}

/// A neighbour that was lost of late without a restart may just be slow: its promise does not count
/// for a while.
Duration LinkState::State::promised_by(const Adjacency& adjacency, const Hello& hello) const {
    const RouterIndex router = database_.find(adjacency.id);
    if (router != kNoRouter) {
        const Flaps& flaps = database_.at(router).flaps;
        if (flaps.count > 0 && now_ - flaps.down < kFlapSpan) {
            return Duration::zero();
        }
    }
    return std::chrono::milliseconds(hello.interval_ms);
}

void LinkState::State::report_own_id(Adjacency& adjacency, std::int64_t instance) {
    if (std::exchange(adjacency.told_duplicate, true)) {
        return;
    }
    report(Kind::duplicate_id, options_.id,
           instance == options_.instance
               ? "a neighbour has this router's own id: it is this router itself, or one that was "
                 "started in the same millisecond"
               : "a neighbour has this router's own id",
           adjacency.link);
}

/// A link's neighbour stays the same, and of two with one id the one that started last is heard:
/// the other is a connection that nobody has closed yet, or a duplicate.
bool LinkState::State::may_speak_for(Adjacency& adjacency, const Hello& hello) {
    if (!adjacency.id.empty() && adjacency.id != hello.from.id) {
        report_impostor(
            adjacency, hello.from.id,
            "the neighbour '" + adjacency.id + "' says HELLO as '" + hello.from.id + "'");
        return false;
    }
    for (auto& [link, other] : neighbours_.all()) {
        const bool same = link != adjacency.link && other.up && other.id == hello.from.id;
        if (!same || other.instance == hello.instance) {
            continue;
        }
        if (other.instance < hello.instance) {
            lower(other, "it restarted");
            output_->on_silent(link, "its router restarted");
        } else {
            if (!std::exchange(adjacency.told_duplicate, true)) {
                report(Kind::duplicate_id, hello.from.id,
                       "two neighbours have the same id; this one started first, and is not heard",
                       adjacency.link);
            }
            return false;
        }
    }
    return true;
}

/// Whether the mesh would have more routers than originals can count, if `id` joined.
bool LinkState::State::passes_ceiling(std::string_view id, bool is_original) const {
    const RouterIndex router = database_.find(id);
    const bool joins = router == kNoRouter || !database_.at(router).path;
    return (originals_ > 0 || is_original) &&
           reachable_ + (joins ? 1 : 0) > kRoutersMaxWithOriginals;
}

/// Those that were too many are looked at again with each HELLO: others may have gone.
void LinkState::State::hold_back(Adjacency& adjacency, std::string_view id) {
    const bool too_many = passes_ceiling(id, adjacency.let_go);
    if (too_many && !adjacency.refused) {
        report(Kind::limit, id,
               "not taken as a neighbour: the mesh has original routers, which count at most " +
                   std::to_string(kRoutersMaxWithOriginals),
               adjacency.link);
    }
    adjacency.refused = too_many;
}

void LinkState::State::on_hello(Adjacency& adjacency, const Hello& hello) {
    if (hello.from.id == options_.id) {
        report_own_id(adjacency, hello.instance);
        return;
    }
    if (!may_speak_for(adjacency, hello)) {
        return;
    }
    const bool first = !neighbours_.names(adjacency, now_);
    if (adjacency.id.empty() || adjacency.refused) {
        hold_back(adjacency, hello.from.id);
    }
    adjacency.id = hello.from.id;
    adjacency.heard = now_;
    if (adjacency.refused) {
        return;
    }
    const bool restarted = std::exchange(adjacency.instance, hello.instance) != hello.instance;
    if (restarted) {
        if (const RouterIndex router = database_.find(adjacency.id); router != kNoRouter) {
            static_cast<void>(is_current(router, hello.instance));
        }
    }
    neighbours_.expect(adjacency, promised_by(adjacency, hello));
    const bool hears_us = std::ranges::find(hello.seen, options_.id) != hello.seen.end();
    if (hears_us) {
        adjacency.confirmed = now_;
        if (!adjacency.up) {
            raise(adjacency);
        }
    }
    if ((first || !hears_us) && now_ - adjacency.answered >= kHelloAnswerGap) {
        adjacency.answered = now_;
        say_hello(adjacency);
    }
}

void LinkState::State::raise(Adjacency& adjacency) {
    const RouterIndex router = learn(adjacency.id);
    if (router == kNoRouter) {
        return;
    }
    RouterRecord& record = database_.at(router);
    if (record.flaps.held_until > now_) {
        return;
    }
    static_cast<void>(is_current(router, adjacency.instance));
    adjacency.up = true;
    const bool is_new = !record.link;
    choose_link(record);
    if (is_new) {
        report(Kind::neighbour_up, record.id, {}, adjacency.link);
        ask(router, record.links, kAskLater);
    }
    update_own_edges();
}

void LinkState::State::lower(Adjacency& adjacency, std::string why) {
    adjacency.up = false;
    RouterRecord& record = database_.at(database_.find(adjacency.id));
    choose_link(record);
    if (!record.link) {
        Flaps& flaps = record.flaps;
        flaps.count = flaps.count > 0 && now_ - flaps.down > kFlapSpan ? 1 : flaps.count + 1;
        flaps.down = now_;
        if (flaps.count > kFlapsFree) {
            const std::uint32_t doublings = std::min(flaps.count - kFlapsFree - 1, 5U);
            flaps.held_until = now_ + std::min<Duration>(kFlapHoldMax, kTick * (1U << doublings));
        }
        report(Kind::neighbour_lost, record.id, std::move(why), adjacency.link);
    }
    update_own_edges();
}

/// `late`: this tick came late. Only once: between two ticks, what waits is heard.
void LinkState::State::expire_neighbours(bool late) {
    if (late && !hears_first_) {
        hears_first_ = true;
        hear_until_ = now_ + kHearFirst;
    }
    if (now_ < hear_until_) {
        return;
    }
    hears_first_ = false;
    for (auto& [link, adjacency] : neighbours_.all()) {
        if (neighbours_.has_expired(adjacency, now_)) {
            const bool silent = now_ - adjacency.alive > adjacency.silence;
            const std::string why =
                silent ? "nothing came from it for " + seconds_text(now_ - adjacency.alive)
                       : "no HELLO that hears us for " + seconds_text(now_ - adjacency.confirmed);
            lower(adjacency, why);
            output_->on_silent(link, why);
        }
    }
}

void LinkState::State::choose_link(RouterRecord& record) {
    const Adjacency* best = neighbours_.best(record.id);
    const std::optional<PeerLink> link = best ? std::optional(best->link) : std::nullopt;
    if (record.link != link) {
        record.link = link;
        paths_dirty_ = true;
        paths_due_ = now_;
    }
}

void LinkState::State::update_own_edges() {
    std::vector<Edge> edges;
    for (RouterIndex router = 1; router < database_.end(); ++router) {
        if (database_.knows(router) && database_.at(router).link) {
            const Adjacency* adjacency = neighbours_.find(*database_.at(router).link);
            edges.push_back(
                {router, leaving_ ? std::max(kLeavingCost, adjacency->cost) : adjacency->cost});
        }
    }
    if (edges != database_.at(kThisRouter).edges) {
        set_edges(kThisRouter, std::move(edges));
        links_changed_ = true;
        paths_due_ = now_;
        flux_until_ = now_ + 2 * options_.ra_interval_flux;
    }
}

}  // namespace weft::linkstate
