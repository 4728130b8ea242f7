#pragma once

#include "common/amqp/engine.hpp"
#include "common/base/result.hpp"
#include "router/core/link.hpp"
#include "router/node/memory_shares.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>

namespace weft::node {

/// The attaches of a connection that its peer awaits answers to: each is answered in its turn,
/// which is the order of the attaches, once it is decided.
///
/// The order matters: a client may take a sender's credit as the sign that the receiver for its
/// replies, which it attached before, has an address.
///
///   expect ──▶ awaited ──accept, refuse──▶ decided ──take, in turn──▶ answered
///                 └───────────────────────────┴──its link is gone──▶ forgotten, in turn
///
/// Invariants:
///   P1  what is taken was decided, and all that was expected before it was taken or is gone
///   P2  a link that is gone is never taken
///   P3  the ids ascend: links are attached in the order of their ids
///
/// take is O(1), the others are O(log pending). Nothing is allocated while none is pending.
/// Threading: loop-confined.
class PendingAttaches {
public:
    struct Answer {
        amqp::Link* link = nullptr;
        router::LinkRef ours{};
        Buffer reply{};  // an attach, encoded
        std::optional<Error> refusal{};
    };

    /// `memory` has what those of all connections take, and lives until `clear`.
    PendingAttaches(MemoryShares& memory, std::uint64_t connection)
        : memory_{memory}, connection_{connection} {}
    PendingAttaches(const PendingAttaches&) = delete;
    PendingAttaches& operator=(const PendingAttaches&) = delete;

    /// Nobody awaits an answer any more: the connection is gone.
    void clear();
    bool empty() const { return pending_.empty(); }
    std::size_t size() const { return pending_.size(); }

    /// The peer asked for `link`, which is `ours` in the core, by whose id whoever decides calls
    /// it. `reply` is the answer if it is accepted. False: the connection's share is taken by those
    /// that wait.
    [[nodiscard]] bool expect(amqp::Link& link,
                              const router::Link& ours,
                              const amqp::Attach& reply);
    /// The decision, once for each; of an id that is not awaited (any more) nothing comes.
    void accept(std::uint64_t id);
    void refuse(std::uint64_t id, Error why);
    /// The next one whose turn it is. Links that `is_gone(ours)` are left out, and nobody waits for
    /// them.
    template <class IsGone>
    std::optional<Answer> take(IsGone is_gone) {
        while (!pending_.empty() && is_gone(pending_.begin()->second.answer.ours)) {
            drop_front();  // P2
        }
        return take_front();
    }

private:
    struct Pending {
        bool decided = false;
        Answer answer;
    };
    static std::size_t memory_of(const Answer& answer);
    std::optional<Answer> take_front();
    void drop_front();

    MemoryShares& memory_;
    std::uint64_t connection_;
    std::size_t bytes_ = 0;
    std::map<std::uint64_t, Pending> pending_;  // by id
};

}  // namespace weft::node
