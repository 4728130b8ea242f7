#include "router/exchange/outcomes.hpp"

#include "common/wire/delivery_state.hpp"
#include "router/core/bringer.hpp"
#include "router/core/outcome_rank.hpp"

#include <algorithm>
#include <utility>

namespace weft::exchange {

void Outcomes::abandoned(std::uint64_t number) {
    if (Passage* const passage = passages_.find(number)) {
        passage->context = 0;
        passage->presettled = true;
        review(*passage);
    }
}

void Outcomes::updated(std::uint64_t number, Bytes state, bool settled) {
    Copy& copy = copies_[number];
    if (copy.passage == nullptr) {
        return;
    }
    if (wire::is_terminal(state) || settled) {
        answer(*copy.passage, state);
        if (settled) {
            close(static_cast<std::uint32_t>(number));
        } else if (!std::exchange(copy.answered, true)) {
            to_settle_.push_back(static_cast<std::uint32_t>(number));
        }
    } else if (router::is_multicast(copy.way->link->address)) {  // only stalled consumers are left
        if (copy.context != 0) {
            answer(*copy.passage, router::outcome_so_far(copy.context));
        }
        Copies::waive(copy);
        review(*copy.passage);
    }
}

void Outcomes::stalled() {
    for (std::size_t i = 0; i < copies_.end(); ++i) {
        Copy& copy = copies_[i];
        if (copy.passage != nullptr && copy.claims && copy.way->stalled) {
            Copies::waive(copy);
            review(*copy.passage);
        }
    }
}

void Outcomes::answer(Passage& passage, Bytes outcome) {
    if (passage.outcome.empty() || router::rank_of(outcome) > router::rank_of(passage.outcome)) {
        passage.outcome.assign(outcome.begin(), outcome.end());
    }
}

void Outcomes::close(std::uint32_t number) {
    Passage& passage = *copies_[number].passage;
    Way& way = *copies_[number].way;
    copies_.close(number);
    ways_.end_copy(way);
    review(passage);
}

void Outcomes::review(Passage& passage) {
    const bool undecided = passage.life == Passage::Life::arriving && !passage.aborted;
    if (undecided || passage.finishing || passage.claims > 0) {
        return;
    }
    const bool answered = passage.copies.empty();
    const bool accepted =
        router::rank_of(passage.outcome) >= router::rank_of(wire::kAccepted);  // or rejected
    const bool enough = answered || (passage.passed && (passage.presettled || accepted));
    if (enough) {
        passage.finishing = true;
        finished_.push_back(passage);
    } else if (passage.passed) {
        inlets_.uncount(passage);
    }
}

void Outcomes::settle(std::size_t& left, Instant now) {
    left -= std::min(left, to_settle_.size());
    settling_.clear();
    settling_.swap(to_settle_);
    for (const std::uint32_t number : settling_) {
        if (copies_[number].answered) {  // else it is another one by now
            settle_copy(number, now);
        }
    }
    while (!finished_.empty() && left > 0) {
        Passage& passage = finished_.front();
        finished_.pop_front();
        left -= std::min(left, 1 + passage.copies.size());
        finish(passage, now);
    }
}

/// Its consumer may wait for that.
void Outcomes::settle_copy(std::uint32_t number, Instant now) {
    const Copy copy = copies_[number];
    close(number);
    core_.on_update(*copy.way->link, {number, /*settled=*/true, {}}, copy.context, now);
}

void Outcomes::finish(Passage& passage, Instant now) {
    while (!passage.copies.empty()) {  // nobody waits for what becomes of these
        settle_copy(passage.copies.back(), now);
    }
    Inlet* const inlet = passage.inlet;
    const std::uint64_t context = std::exchange(passage.context, 0);
    passage.life = Passage::Life::done;
    inlets_.uncount(passage);
    if (context != 0 && inlet != nullptr) {
        if (inlet->arriving == &passage) {
            inlet->arriving = nullptr;  // the core ends it
            passage.whole = true;
        }
        core_.on_update(*inlet->link, {passage.number, /*settled=*/true, passage.outcome}, context,
                        now);
    }
    if (!passage.whole) {
        passage.finishing = false;  // what still comes is thrown away
        return;
    }
    inlets_.drop_bytes(passage);
    passages_.end(passage);
}

}  // namespace weft::exchange
