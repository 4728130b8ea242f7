#pragma once

#include "common/amqp/engine.hpp"
#include "common/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

namespace weft::node {

/// The attaches of a connection that its peer awaits answers to: each is answered in its turn,
/// which is the order of the attaches, once it is decided.
///
/// The order matters: a client may take a sender's credit as the sign that the receiver for its
/// replies, which it attached before, has an address.
///
///   expect ──▶ awaited ──accept, refuse──▶ decided ──take, in turn──▶ answered
///                 └───────────────────────────┴──remove: the link is gone──▶ forgotten
///
/// Invariants:
///   P1  what is taken was decided, and all that was expected before it was taken or removed
///   P2  a link that is gone is never taken
///
/// Threading: loop-confined.
class PendingAttaches {
public:
    struct Answer {
        amqp::Link* link = nullptr;
        Buffer asked{};         // the peer's attach, encoded
        std::string address{};  // the one in effect
        std::optional<Error> refusal{};
    };

    bool empty() const { return pending_.empty(); }
    std::size_t size() const { return pending_.size(); }

    /// The peer asked for `link`. `id` names it to whoever decides; `address` is to be in effect.
    void expect(amqp::Link& link, std::uint64_t id, const amqp::Attach& asked, std::string address);
    /// The decision, once for each; of an id that is not awaited (any more) nothing comes.
    void accept(std::uint64_t id);
    void refuse(std::uint64_t id, Error why);
    /// Whoever comes after it need not wait for it any more.
    void remove(const amqp::Link& link);
    /// The next one whose turn it is.
    std::optional<Answer> take();

private:
    struct Pending {
        std::uint64_t id = 0;
        bool decided = false;
        Answer answer;
    };
    Pending* find(std::uint64_t id);

    std::deque<Pending> pending_;
};

}  // namespace weft::node
