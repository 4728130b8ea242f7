#pragma once

#include "router/core/delivery.hpp"
#include "router/core/link.hpp"
#include "router/core/share.hpp"

namespace weft::router {

/// What may attach and what may wait: the shares of connections against the limits of all. What
/// passes straight through needs none.
///
/// Threading: loop-confined.
class Allowance {
public:
    /// Both must outlive it.
    Allowance(const DeliveryPool& pool, const Limits& limits) : pool_{pool}, limits_{limits} {}

    /// True if `connection` may have one more link, of `all` that there are.
    bool may_attach(const Connection& connection, std::size_t all) const;
    /// True if one more delivery, or more bytes, that came in on `link` may wait.
    bool may_wait(const Link& link) const;
    /// True if one more copy may wait for a consumer: at its own connection's expense.
    bool may_queue(const Link& out) const;

private:
    bool may_take(const Share& share) const;

    const DeliveryPool& pool_;
    const Limits& limits_;
};

}  // namespace weft::router
