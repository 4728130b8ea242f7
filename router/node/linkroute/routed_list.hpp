#pragma once

#include "router/node/linkroute/routed_counters.hpp"
#include "router/node/memory_shares.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

namespace weft::node {

class RoutedEnd;

/// The ends of pairs on one loop, in an order that stays the same while none comes or goes: for
/// management. Those whose sessions are over are not among them: their partners hear so in slices.
///
///   of a connection ──its session is over──▶ lost ──its partner has heard──▶ over ──end of the
///   turn──▶ destroyed
///
/// Threading: loop-confined.
class RoutedList final {
public:
    /// Partners that hear of a loss in one turn, with the words that are held and go then.
    static constexpr std::size_t kLostAtOnce = 500;
    /// What waits for room at all ends. Each connection that asked for some of the pairs has its
    /// share, whichever side is slow.
    static constexpr std::size_t kWaitingMax = std::size_t{512} * 1024 * 1024;
    /// What words to ends on other loops take that nothing else bounds: flows, and updates that
    /// settle nothing. Each connection that asked has its share.
    static constexpr std::size_t kWordsMax = std::size_t{32} * 1024 * 1024;
    /// Seconds that a part of a transaction waits for its broker's credit while a request to a
    /// coordinator waits for it.
    static constexpr std::uint32_t kCreditMax = 30;

    RoutedList();
    ~RoutedList();
    RoutedList(const RoutedList&) = delete;
    RoutedList& operator=(const RoutedList&) = delete;

    const std::vector<RoutedEnd*>& ends() const { return ends_; }
    /// How many of them bring deliveries from their peers.
    std::size_t links_in() const { return links_in_; }
    /// Of what those brought, ever.
    const RoutedFates& fates() const { return fates_; }
    void add(RoutedEnd& end);
    void remove(RoutedEnd& end);
    /// Their session is over. `ends` are not among those of a connection any more.
    void lose(std::vector<std::unique_ptr<RoutedEnd>> ends);
    bool has_lost() const { return !lost_.empty(); }
    /// Pairs that were lost with a session or connection, ever.
    std::uint64_t lost() const { return lost_ever_; }
    /// Goes on with those that are lost: a slice a turn.
    void go_on();
    /// A turn is over, and no end is within an event.
    void end_turn();
    /// What waits at `end` for credit a request waits for, if it does not already.
    void await_credit(RoutedEnd& end);
    /// Each second: who has waited for kCreditMax is given up, kLostAtOnce of them.
    void tick();
    /// Links that were detached for want of credit, ever.
    std::uint64_t uncredited() const { return uncredited_ever_; }
    /// All of what is lost: the loop will have no turn any more.
    void finish();

    /// How often an end that waits was tried again, ever.
    std::uint64_t tries() const { return tries_; }
    void count_try() { ++tries_; }

    MemoryShares& memory() { return memory_; }
    const MemoryShares& memory() const { return memory_; }
    MemoryShares& words() { return words_; }
    /// Links that were detached for want of a share, ever.
    std::uint64_t overflows() const { return memory_.refused() + words_.refused(); }

private:
    friend class RoutedEnd;
    struct Uncredited;

    MemoryShares memory_{kWaitingMax};
    MemoryShares words_{kWordsMax};
    std::vector<RoutedEnd*> ends_;
    std::size_t links_in_ = 0;
    RoutedFates fates_;
    std::size_t left_ = kLostAtOnce;  // of this turn
    std::uint64_t lost_ever_ = 0;
    std::uint64_t tries_ = 0;
    std::deque<std::vector<std::unique_ptr<RoutedEnd>>> lost_;
    std::vector<std::unique_ptr<RoutedEnd>> over_;
    std::unique_ptr<Uncredited> uncredited_;  // the longest first
    std::uint64_t uncredited_ever_ = 0;
    std::uint32_t seconds_ = 0;
};

}  // namespace weft::node
