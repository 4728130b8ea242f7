#include "router/core/allowance.hpp"

#include "router/core/connection.hpp"

namespace weft::router {

bool Allowance::may_attach(const Connection& connection, std::size_t all) const {
    return !connection.traits.is_client ||
           router::may_take(connection.links, all, limits_.links_max);
}

bool Allowance::may_wait(const Link& link) const {
    const Traits& traits = link.connection.traits;
    if (traits.is_client) [[likely]] {
        return may_take(*link.connection.share);
    }
    return traits.in_process ||
           (pool_.taken() < limits_.deliveries_max && pool_.held_bytes() < limits_.held_bytes_max);
}

/// True if more may be kept at the expense of a client's connection. Others' share is what there
/// is.
bool Allowance::may_take(const Share& share) const {
    const std::size_t deliveries = pool_.taken();
    const std::size_t bytes = pool_.held_bytes();
    if (deliveries < limits_.deliveries_max / 2 && bytes < limits_.held_bytes_max / 2) [[likely]] {
        return true;  // nobody has more than all others leave free
    }
    return router::may_take(share.deliveries, deliveries, limits_.deliveries_max) &&
           router::may_take(share.bytes, bytes, limits_.held_bytes_max);
}

bool Allowance::may_queue(const Link& out) const {
    return !out.connection.traits.is_client || may_take(*out.connection.share);
}

}  // namespace weft::router
