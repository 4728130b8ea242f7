#pragma once

#include "broker/node/filters.hpp"
#include "broker/queue/message.hpp"
#include "broker/topic/subscription.hpp"

#include <cstddef>
#include <map>
#include <vector>

namespace weft::broker {

/// Who gets a message of a topic, while it is found out: its name is matched, then the
/// subscriptions are looked at one by one, in as many turns as it takes. One that is made meanwhile
/// gets it not, one that is gone neither. Threading: loop-confined.
struct Choosing {
    /// So many looks cost a step; so many steps of a selector, or subscriptions that are listed, a
    /// look.
    static constexpr std::size_t kLooksInStep = 8;
    static constexpr std::size_t kPartsOfLook = 3;
    /// Verdicts that are remembered; a selector beyond them may be asked again.
    static constexpr std::size_t kVerdictsMax = 1'000;

    std::vector<topic::SubscriptionId> matched{};        // whose filters mean the name
    std::size_t next = 0;                                // of these: it was not looked at
    std::map<SharedSelector, queue::Choice> verdicts{};  // of selectors so far
    std::size_t looks = 0;  // at nodes of the index and subscriptions, that are not spent yet

    bool done() const { return next == matched.size(); }
    /// What it has cost since it was called last.
    std::size_t take_steps() {
        const std::size_t steps = looks / kLooksInStep;
        looks %= kLooksInStep;
        return steps;
    }
};

}  // namespace weft::broker
