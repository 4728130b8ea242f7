#pragma once

#include "common/base/bytes.hpp"
#include "common/base/time.hpp"
#include "router/core/core.hpp"
#include "router/exchange/copies.hpp"
#include "router/exchange/inlets.hpp"
#include "router/exchange/passages.hpp"
#include "router/exchange/ways.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace weft::exchange {

/// What becomes of messages: each hears what becomes of its copies, and is settled once, with the
/// strongest of it (D2). What the core says leaves notes; `settle` tells the core what comes of
/// them. Threading: loop-confined.
class Outcomes {
public:
    /// All must outlive it.
    Outcomes(router::Core& core, Inlets& inlets, Ways& ways, Passages& passages, Copies& copies)
        : core_{core}, inlets_{inlets}, ways_{ways}, passages_{passages}, copies_{copies} {}

    /// Nobody waits for what becomes of it, if it is not over.
    void abandoned(std::uint64_t passage);
    /// What the core says of a copy.
    void updated(std::uint64_t copy, Bytes state, bool settled);
    /// Some next hop has stalled: nothing waits for its copies.
    void stalled();
    /// One of its copies is answered so: the strongest counts.
    static void answer(Passage& passage, Bytes outcome);
    /// The copy is over.
    void close(std::uint32_t copy);
    /// Settles it soon if nobody is left to wait for: all have answered, or the others are stalled.
    void review(Passage& passage);

    bool has_work() const { return !finished_.empty() || !to_settle_.empty(); }
    /// Those copies whose consumers wait, and so many messages with their copies that nobody waits
    /// for: there may be very many, if all stalled at once. Counts down.
    void settle(std::size_t& left, Instant now);

private:
    void settle_copy(std::uint32_t number, Instant now);
    void finish(Passage& passage, Instant now);

    router::Core& core_;
    Inlets& inlets_;
    Ways& ways_;
    Passages& passages_;
    Copies& copies_;
    PassageLine<FinishedHook> finished_;
    std::vector<std::uint32_t> to_settle_;  // copies whose consumers wait for that
    std::vector<std::uint32_t> settling_;   // those of them that are settled just now
};

}  // namespace weft::exchange
