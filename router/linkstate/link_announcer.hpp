#pragma once

#include "common/base/time.hpp"
#include "router/linkstate/adverts.hpp"
#include "router/linkstate/courier.hpp"
#include "router/linkstate/ground.hpp"
#include "router/linkstate/messages.hpp"
#include "router/linkstate/neighbours.hpp"
#include "router/linkstate/reachability.hpp"

#include <cstdint>

namespace weft::linkstate {

/// This router's own record: its links, their sequence number, and telling them to all (LSU).
///
///     told ──a link changes──▶ changed ──settle: a new sequence──▶ numbered ──announce──▶ told
///
/// A sequence that others were told of always means the same links (I3).
///
/// Threading: loop-confined.
class LinkAnnouncer {
public:
    // Between two announcements; doubles while changes follow each other.
    static constexpr Duration kGapMin = std::chrono::milliseconds(10);
    static constexpr Duration kGapMax = std::chrono::milliseconds(640);
    /// Between two answers to one router, which asks again after Inquiries::kGapMin at the
    /// earliest.
    static constexpr Duration kAnswerGap = std::chrono::milliseconds(50);

    /// All must outlive it.
    LinkAnnouncer(Ground& ground,
                  const Neighbours& neighbours,
                  Reachability& reachability,
                  Courier& courier,
                  Adverts& adverts)
        : ground_{ground},
          neighbours_{neighbours},
          reachability_{reachability},
          courier_{courier},
          adverts_{adverts} {}

    /// The first call of all: time begins.
    void start(Instant now) { announced_ = now - 3 * kGapMax; }

    /// Makes this router's links what its neighbours are to which messages of clients can go.
    void update_edges(Instant now);
    /// This router is about to stop: its links cost kLeavingCost, and what follows is told at once.
    void leave(Instant now);

    /// Whether others are still to be told of a change.
    bool has_news() const { return state_ != State::told; }
    void announce_if_due(Instant now);
    Instant deadline() const { return has_news() ? announced_ + gap_ : kNever; }
    /// Answers a request that came over `from`: with the links, and with an advert, for the asker
    /// may have missed the last one and knows us only now. An original would refuse to hear of our
    /// addresses before. Not twice within kAnswerGap: anybody may ask in another's name.
    void answer(RouterIndex asker, const Adjacency& from, Instant now);

private:
    enum class State : std::uint8_t { told, changed, numbered };

    void settle();
    LinkStateUpdate own() const;

    Ground& ground_;
    const Neighbours& neighbours_;
    Reachability& reachability_;
    Courier& courier_;
    Adverts& adverts_;
    State state_ = State::told;
    bool leaving_ = false;
    Instant announced_{};
    Duration gap_ = kGapMin;
};

}  // namespace weft::linkstate
