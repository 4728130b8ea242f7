#include "router/node/linkroute/switchboard.hpp"

#include <utility>

namespace weft::node {

void Switchboard::connect(Side near, Side far) {
    const auto pair = std::make_shared<Pair>();
    sides_.emplace(near.number, Entry{.to = far, .pair = pair});
    sides_.emplace(far.number, Entry{.to = near, .is_far = true, .pair = pair});
}

/// Nothing that comes later is for anybody: as the machines say (PairEnd), one that was detached
/// before it was attached says nothing more, and so does one that hears it when it has said it.
bool Switchboard::is_last(const Entry& from, PairWord::Kind kind) {
    Pair& pair = *from.pair;
    if (kind == PairWord::Kind::attached) {
        pair.answered = pair.answered || from.is_far;
    }
    return kind == PairWord::Kind::lost || (kind == PairWord::Kind::detached &&
                                            (!pair.answered || std::exchange(pair.spoken, true)));
}

std::optional<Switchboard::Side> Switchboard::pass(const PairWord& word) {
    const auto at = sides_.find(word.pair);
    if (at == sides_.end()) {
        return std::nullopt;
    }
    const Side to = at->second.to;
    if (is_last(at->second, word.kind)) {
        sides_.erase(at);
        sides_.erase(to.number);
    }
    return to;
}

}  // namespace weft::node
