#include "router/linkstate/hellos.hpp"

#include "router/linkstate/control_address.hpp"

namespace weft::linkstate {

void Hellos::greet(Adjacency& adjacency, Instant now) {
    if (due_ == kNever) {
        const Duration fast = ground_.options.fast_hello;
        due_ = now + ground_.options.hello_interval;
        fast_due_ = fast == Duration::zero() ? kNever : now + fast;
    }
    say(adjacency, now);
}

void Hellos::answer(Adjacency& adjacency, Instant now) {
    if (now - adjacency.answered >= kAnswerGap) {
        adjacency.answered = now;
        say(adjacency, now);
    }
}

void Hellos::say(Adjacency& adjacency, Instant now) {
    const LinkStateOptions& options = ground_.options;
    Hello hello{.from = {.id = options.id}, .instance = options.instance, .seen = {}};
    if (neighbours_.names(adjacency, now)) {
        const RouterIndex router = ground_.database.find(adjacency.id);
        // A neighbour that is held down is not told that we hear it, so that it holds, too.
        if (router == kNoRouter || !ground_.database.at(router).flaps.is_held(now)) {
            hello.seen.push_back(adjacency.id);
        }
    }
    if (is_fast(adjacency)) {
        adjacency.promised = options.fast_hello;
        hello.interval_ms =
            std::chrono::ceil<std::chrono::milliseconds>(options.fast_hello).count();
        sender_.send_short(adjacency.link, kToNeighbour, hello);
    } else {
        adjacency.promised = Duration::zero();
        sender_.send(adjacency.link, kToNeighbour, hello);
    }
}

/// Whether HELLOs to it are to be fast: it is a Weft router and up.
bool Hellos::is_fast(const Adjacency& adjacency) const {
    const RouterIndex router = adjacency.is_up() ? ground_.database.find(adjacency.id) : kNoRouter;
    return ground_.options.fast_hello > Duration::zero() && router != kNoRouter &&
           ground_.database.at(router).is_weft;
}

void Hellos::say_due(Instant now) {
    if (neighbours_.all().empty()) {
        due_ = fast_due_ = kNever;
        return;
    }
    const bool slow_due = now >= due_;
    const bool fast_due = now >= fast_due_;
    for (auto& [link, adjacency] : neighbours_.all()) {
        const bool promised = adjacency.promised > Duration::zero();  // I5
        if (promised || is_fast(adjacency) ? fast_due : slow_due) {
            say(adjacency, now);
        }
    }
    if (slow_due) {
        due_ = now + ground_.options.hello_interval;
    }
    if (fast_due) {
        fast_due_ = now + ground_.options.fast_hello;
    }
}

Duration Hellos::promised_by(const Adjacency& adjacency, const Hello& hello, Instant now) const {
    const RouterIndex router = ground_.database.find(adjacency.id);
    if (router != kNoRouter && ground_.database.at(router).flaps.is_recent(now)) {
        return Duration::zero();
    }
    return std::chrono::milliseconds(hello.interval_ms);
}

}  // namespace weft::linkstate
