#pragma once

#include "broker/queue/message.hpp"

#include <cstddef>
#include <list>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace weft::queue {

/// Which consumer has which group of messages.
///
///     free ──acquire──▶ bound: some of it unsettled ◀──acquire, settle of the last──▶ kept
///      ▲                  │ its consumer leaves                                        │
///      │◀──settle of all──┘ (a transaction may have the rest)                          │
///      └───────────────────────────── its consumer leaves, or too many are kept ───────┘
///
/// Invariants:
///   G1  of kept groups there are `max` at most; those kept longest are free first
///   G2  bound ones are no more than unsettled messages
///
/// Threading: loop-confined (its queue's).
class Groups {
public:
    explicit Groups(std::size_t max = 0) : max_{max} {}

    /// Who alone may have a message of it; nothing: anybody.
    std::optional<ConsumerId> owner_of(std::string_view group) const;
    void acquire(const std::string& group, ConsumerId consumer);
    /// A message of it is settled. The group that is free now: this one, for its consumer has left,
    /// or the one that was kept longest; empty: none.
    std::string settle(std::string_view group);
    /// Groups that are free now.
    std::vector<std::string> leave(ConsumerId consumer);
    /// Bound or kept.
    std::size_t size() const { return owners_.size(); }

private:
    struct Owner {
        ConsumerId consumer{};
        std::size_t unsettled = 0;
        std::list<std::string>::iterator kept{};  // while nothing is
    };
    using Owners = std::map<std::string, Owner, std::less<>>;

    std::string free(Owners::iterator owner);

    std::size_t max_;
    Owners owners_;
    std::list<std::string> kept_;  // the longest first
    std::map<ConsumerId, std::set<std::string>> of_;
};

}  // namespace weft::queue
