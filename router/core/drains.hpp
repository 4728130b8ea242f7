#pragma once

#include "router/core/accounts.hpp"
#include "router/core/clock.hpp"
#include "router/core/lines.hpp"
#include "router/core/tally.hpp"

#include <cstddef>

namespace weft::router {

/// Consumers that drain: the credit of each is used up once nothing is there that it could still
/// get, be it here, on other loops or with containers that send on demand.
///
///   no ──it drains──▶ wanted ──others are asked──▶ others_asked ──they have sent the rest──▶ no
///                        └─────────── nobody is to be asked ──────────────────────────────────↑
///
/// Invariants:
///   D1  who stands among its address's `draining` (others are asked) or `rested` (they have sent
///       the rest) drains
///   D2  an address with consumers in `rested` is `followed`: the chores answer them
///   D3  in `draining` those to other loops stand first, then the others in the order of their asks
///
/// Each ask has a number, which the answer of another loop carries: what that had when it was asked
/// before is no answer to who asked later.
///
/// Threading: loop-confined. Spec: AMQP 1.0 §2.6.7
class Drains {
public:
    /// All must outlive it.
    Drains(Accounts& accounts, Tally& tally, Lines& lines, const Clock& clock)
        : accounts_{accounts}, tally_{tally}, lines_{lines}, clock_{clock} {}

    /// Uses up the credit of a consumer, if it drains and nothing is there for it. Asks the others
    /// otherwise.
    void answer(Link& consumer) {
        if (consumer.is_draining()) [[unlikely]] {
            answer_draining(consumer);
        }
    }
    /// A consumer has used up its credit: it waits for nobody, if it did.
    void used_up(Link& consumer) {
        if (consumer.DrainHook::is_linked()) [[unlikely]] {
            rest(consumer);
        }
    }
    /// Another loop, or a container, has sent all it had, as it was asked to, or is gone. Consumers
    /// that drain are to be answered after the last one: the chores are to look at the address.
    void sent_rest(Link& producer);
    /// Another loop has sent what it had at an ask that was not the last one. Who asked later still
    /// waits; the chores are to look at the address.
    void answered(Link& producer, std::uint32_t ask);
    /// The last multicast message that an address's consumers were given in slices is with all.
    void spread_is_over(Address& address);
    /// Once a second: what the containers of an address keep of its consumers' credit, and whether
    /// consumers that drain still wait for somebody.
    void look_at_rations(Address& address);
    /// At most `left` of those that may be answered are. Counts down.
    void answer_rested(Address& address, std::size_t& left);

private:
    void answer_draining(Link& consumer);
    void rest(Link& consumer);
    static bool awaits_spread(Link& consumer);
    bool awaits_others(Link& consumer);
    void ask_for_rest(Link& producer);
    static bool end(Address& address);

    Accounts& accounts_;
    Tally& tally_;
    Lines& lines_;
    const Clock& clock_;
};

}  // namespace weft::router
