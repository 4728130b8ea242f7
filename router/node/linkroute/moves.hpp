#pragma once

#include "common/amqp/engine.hpp"
#include "common/base/bytes.hpp"
#include "router/core/link.hpp"
#include "router/node/memory_shares.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <unordered_set>

namespace weft::node {

class PeerConnection;

/// Links of clients that were attached before their session had a coordinator, and are passed on to
/// their broker from then on, so that they may have a part in its transactions. The attach of the
/// link to the coordinator waits for that: what comes in a transaction comes behind it.
///
///   waiting ──its session's links are ready, or kReadyMax is over──▶ moving
///   moving  ──all of them are attached at their brokers, or refused──▶ over: it goes on
///   any     ──its link is gone──▶ over
///
/// Until then links of the session get nothing more from the core, which would have no part.
///
/// What can't be moved (several brokers keep its address, no way leads to its broker, it is in the
/// middle of a message all the time, there are too many) stays as it is, and is refused a part
/// later.
///
/// Threading: loop-confined.
class Moves final {
public:
    /// Seconds for links to be answered, and to be in the middle of no message.
    static constexpr std::uint32_t kReadyMax = 10;
    /// Links of a session that are moved.
    static constexpr std::size_t kMovedMax = 1'000;
    /// Of those that wait, how many are looked at in one turn.
    static constexpr std::size_t kLooksMax = 50;
    /// One whose session has more links than this is looked at once a second.
    static constexpr std::size_t kLinksMax = 200;

    struct Calls {
        /// Whether home is asked for links of the session.
        std::function<bool(const amqp::Session& session)> is_asked;
        /// The link is passed on from now on, or once home has answered; or stays as it is.
        std::function<void(PeerConnection& connection, amqp::Link& link)> move;
        /// The link to the coordinator is to be routed, or attached as others are.
        std::function<void(PeerConnection& connection, amqp::Link& link, const amqp::Attach&)>
            go_on;
    };

    /// `memory` has what attaches take that wait; it outlives this.
    Moves(MemoryShares& memory, Calls calls) : memory_{memory}, calls_{std::move(calls)} {}
    ~Moves();
    Moves(const Moves&) = delete;
    Moves& operator=(const Moves&) = delete;

    /// `link` asks for the session's coordinator by `attach`. False: it need not wait. Otherwise it
    /// was seen to.
    bool holds(PeerConnection& connection, amqp::Link& link, const amqp::Attach& attach);
    /// A link to the session's coordinator waits.
    bool has(const amqp::Session& session) const { return sessions_.contains(&session); }
    void forget(const amqp::Link& link);
    void forget(const amqp::Session& session);
    /// Goes on with those that need not wait any more. Within no event of a link.
    void work();
    /// Each second.
    void tick();

    /// A link may be moved now.
    static bool is_ready(const amqp::Link& link, const router::Link& ours);
    /// What the peer of a link that is attached would ask for, if it did so now. Views live as long
    /// as both.
    static amqp::Attach attach_of(const amqp::Link& link, const router::Link& ours);

private:
    struct Waiting {
        PeerConnection* connection = nullptr;
        amqp::Link* link = nullptr;
        Buffer attach{};
        bool is_moving = false;
        bool rests = false;  // until the next second
        std::uint32_t seconds = 0;
    };

    bool is_done(Waiting& one);
    void move_links(Waiting& one);
    void remove(const Waiting& one);
    static void renew_credit(const Waiting& one);

    MemoryShares& memory_;
    Calls calls_;
    std::deque<Waiting> waiting_;                             // who is looked at next is first
    std::unordered_multiset<const amqp::Session*> sessions_;  // of these
};

}  // namespace weft::node
