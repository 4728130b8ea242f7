#pragma once

#include "router/core/lines.hpp"
#include "router/core/outgoing.hpp"
#include "router/core/routes.hpp"

#include <cstddef>
#include <deque>
#include <vector>

namespace weft::router {

/// Deliveries that were on their way to a neighbour, or waited for consumers here, and have to go
/// another way: of none of them a byte has left. And what becomes of the others.
///
/// Of a multicast message all copies for neighbours must be there still: once one has left, a
/// second one by another way might come twice to somebody.
///
/// Threading: loop-confined.
class Rerouting {
public:
    Rerouting(LinkTable& links,
              Routes& routes,
              Tally& tally,
              DeliveryPool& pool,
              Settlement& settlement,
              Lines& lines,
              Outgoing& outgoing,
              std::size_t slice)
        : links_{links},
          routes_{routes},
          tally_{tally},
          pool_{pool},
          settlement_{settlement},
          lines_{lines},
          outgoing_{outgoing},
          slice_{slice} {}

    /// A consumer or a neighbour's link went away. Deliveries that it had not begun to get go
    /// another way, or are released: at most `left` of what it has. Counts down. True: it has
    /// nothing any more.
    [[nodiscard]] bool lose_consumer(Link& link, std::size_t& left);
    /// What a neighbour's link was not given whole, all of it: ahead of what comes from now on.
    void lose_unsent(Link& link);
    /// If paths have changed, what is queued for a neighbour, but may not go there any more, takes
    /// another way. What is left after a slice is for `work`; nothing begins there until all is
    /// done.
    void gather_strays(Trunk& trunk);
    /// A link of it is gone: with the last, what was left to do.
    void forget(const Trunk& trunk);
    /// Some neighbours' queues are not searched yet.
    bool any() const { return !searched_.empty(); }
    /// Does a slice. `any` tells whether there is more.
    void work();
    /// What waits for consumers may have another way now: at most `left` of it, where a line is
    /// looked at again, goes that way or stays in its place. Counts down.
    void redistribute(Address& address, Scope scope, std::size_t& left);
    /// The consumer that took the largest messages is gone: at most `left` of what is next and no
    /// other takes goes elsewhere, or comes back; what stands behind others does when it is next.
    /// Counts down.
    void release_large(Address& address, std::size_t& left);
    /// Nobody here is left to take what waits: at most `left` of it is returned to other loops that
    /// have consumers, or comes back. Counts down.
    void let_go(Address& address, WaitingLine& waiting, std::size_t& left);

private:
    void forward_again(Branch& branch, std::vector<Link*>& others);
    void multicast_again(Branch& branch,
                         Address& address,
                         const Route& meant,
                         std::vector<Link*>& others);
    Link& send_along(Branch& branch, Route& route);
    void look_through(Address& address, WaitingLine& line, Scope scope, std::size_t& left);
    void look_at(Address& address, WaitingLine& line, Branch& branch, Scope scope);
    void place(Address& address, Branch& branch, Scope scope);
    void give_up(Address& address, Branch& branch, DropReason reason);
    static bool may_be_taken(const Branch& branch, Address& address, Scope scope);
    Routes::Way choose(const Branch& branch, Address& address, Scope scope);
    void search(Trunk& trunk, std::size_t& left, std::vector<Link*>& others);
    bool strays(const Branch& branch);
    void lose(BranchList& branches, const Link& link, std::size_t& left);
    void lose(Branch& branch, const Link& link, std::vector<Link*>& others);
    const std::vector<Route*>& ways_of(const Delivery& delivery, Address& address);
    static bool waits_for(const Delivery& delivery, const Route& route);
    bool leave_by_another(Branch& branch, const Link& lost, std::vector<Link*>& others);
    static Bytes outcome_of_unsent(const Link& lost);

    LinkTable& links_;
    Routes& routes_;
    Tally& tally_;
    DeliveryPool& pool_;
    Settlement& settlement_;
    Lines& lines_;
    Outgoing& outgoing_;
    std::size_t slice_;            // branches
    std::deque<Trunk*> searched_;  // each has its turn
};

}  // namespace weft::router
