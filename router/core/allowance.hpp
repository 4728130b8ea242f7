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
    bool may_wait(const Link& link) const { return is_ample() || may_wait_among_many(link); }
    /// True if one more copy may wait for a consumer: at its own connection's expense.
    bool may_queue(const Link& out) const {
        return is_ample() || !out.connection.traits.is_client || may_take(*out.connection.share);
    }

private:
    /// So much is left that nobody has more than all others leave free: no share is looked at.
    bool is_ample() const {
        return pool_.taken() < limits_.deliveries_max / 2 &&
               pool_.held_bytes() < limits_.held_bytes_max / 2;
    }
    bool may_wait_among_many(const Link& link) const;
    bool may_take(const Share& share) const;

    const DeliveryPool& pool_;
    const Limits& limits_;
};

}  // namespace weft::router
