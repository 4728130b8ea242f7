#pragma once

#include "router/core/link.hpp"
#include "router/core/outlet.hpp"
#include "router/core/waiting_line.hpp"

#include <cstdint>
#include <map>
#include <utility>

namespace weft::router {

/// The consumers of an address that take messages up to a size only, and what waits there and does
/// not fit all of them. An address without such a consumer has none of it.
///
/// A message that fits every consumer is none of its business: it goes, and waits, as if there were
/// no limits.
///
/// add and remove are O(log consumers).
/// Threading: loop-confined. Spec: AMQP 1.0 §2.7.3
class SizeLimits {
public:
    /// `consumer` is active, and its limit does not change until it is removed.
    void add(Link& consumer);
    void remove(const Link& consumer);
    /// What is no larger fits every consumer.
    std::uint64_t least() const;
    /// The highest limit of those in `scope`; 0 if there is none.
    std::uint64_t most(Scope scope) const;
    std::uint32_t count(Scope scope) const { return scope == Scope::all ? count() : here_; }

    /// Where what does not fit every consumer waits, of what came by `scope`.
    WaitingLine& line(Scope scope) { return scope == Scope::here ? relayed_ : waiting_; }
    const WaitingLine& line(Scope scope) const {
        return scope == Scope::here ? relayed_ : waiting_;
    }
    bool unused() const { return consumers_.empty() && waiting_.empty() && relayed_.empty(); }

    /// Turns in a row that one of its lines was passed over for the other.
    std::uint32_t passed_over = 0;

private:
    std::uint32_t count() const { return static_cast<std::uint32_t>(consumers_.size()); }

    std::map<std::pair<std::uint64_t, std::uint64_t>, Link*> consumers_;  // by limit and id
    std::uint32_t here_ = 0;  // of those, not relays to other loops
    WaitingLine waiting_;
    WaitingLine relayed_;
};

}  // namespace weft::router
