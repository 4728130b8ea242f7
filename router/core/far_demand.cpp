#include "router/core/far_demand.hpp"

#include <algorithm>
#include <functional>
#include <numeric>

namespace weft::router {

bool FarDemand::tell(RouterIndex router, const Word& word) {
    const auto [at, is_new] = parties_.try_emplace(router);
    Party& party = at->second;
    if (!is_new && word.taken > party.word.taken) {  // else it counts anew
        arrive(word.taken - party.word.taken);
    }
    const bool begins = follow_drain(party, word.drain);
    party.word = word;
    const bool has_rested = word.drain != 0 && party.drain == Drain::rested;
    const bool wants = word.limit > word.taken && !has_rested;
    set_wanted(party, wants ? std::min(word.limit - word.taken, kWantedMax) : 0);
    return begins;
}

/// True: a drain begins.
bool FarDemand::follow_drain(Party& party, std::uint32_t number) {
    if (number == 0) {
        set_drain(party, Drain::no);
        return false;
    }
    if (number == party.answered) {  // the answer was lost, or is on its way
        party.owed = 0;
        set_drain(party, Drain::rested);
        return false;
    }
    if (party.drain != Drain::no && number == party.word.drain) {
        return false;
    }
    set_drain(party, Drain::waits);
    return true;
}

void FarDemand::set_drain(Party& party, Drain drain) {
    waiting_ -= party.drain == Drain::waits ? 1U : 0U;
    rested_ -= party.drain == Drain::rested ? 1U : 0U;
    party.drain = drain;
    waiting_ += drain == Drain::waits ? 1U : 0U;
    rested_ += drain == Drain::rested ? 1U : 0U;
}

void FarDemand::set_wanted(Party& party, std::uint64_t wanted) {
    wanted_ = wanted_ - party.wanted + wanted;
    party.wanted = wanted;
}

void FarDemand::forget(RouterIndex router) {
    const auto at = parties_.find(router);
    if (at == parties_.end()) {
        return;
    }
    set_wanted(at->second, 0);
    set_drain(at->second, Drain::no);
    parties_.erase(at);
    if (parties_.empty()) {
        under_way_ = 0;  // what comes back came to nobody
    }
}

void FarDemand::sent() {
    ++under_way_;
    ++left_in_.front();
}

/// So many are under way no more.
void FarDemand::arrive(std::uint64_t messages) {
    under_way_ -= std::min(under_way_, messages);
    if (rested_ > 0) {
        for (auto& [router, party] : parties_) {
            party.owed -= std::min(party.owed, messages);
        }
    }
}

void FarDemand::rest() {
    for (auto& [router, party] : parties_) {
        if (party.drain == Drain::waits) {
            set_drain(party, Drain::rested);
            set_wanted(party, 0);
            party.owed = under_way_;
        }
    }
}

std::vector<FarDemand::Rest> FarDemand::take_answers() {
    std::vector<Rest> answers;
    if (rested_ == 0) {
        return answers;
    }
    for (auto& [router, party] : parties_) {
        if (party.drain == Drain::rested && party.owed == 0) {
            set_drain(party, Drain::no);
            party.answered = party.word.drain;
            answers.push_back({router, party.word.drain});
        }
    }
    return answers;
}

void FarDemand::tick() {
    under_way_ = std::min(under_way_, std::reduce(left_in_.begin(), left_in_.end()));
    std::shift_right(left_in_.begin(), left_in_.end(), 1);
    left_in_.front() = 0;
    if (rested_ > 0) {
        for (auto& [router, party] : parties_) {
            party.owed = std::min(party.owed, under_way_);
        }
    }
}

}  // namespace weft::router
