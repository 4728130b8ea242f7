#include "router/core/allowance.hpp"

#include "router/core/connection.hpp"

namespace weft::router {

bool Allowance::may_attach(const Connection& connection, std::size_t all) const {
    return !connection.traits.is_client ||
           router::may_take(connection.links, all, limits_.links_max);
}

bool Allowance::may_wait_among_many(const Link& link) const {
    const Traits& traits = link.connection.traits;
    if (traits.is_client) {
        return may_take(*link.connection.share);
    }
    return traits.in_process ||
           (pool_.taken() < limits_.deliveries_max && pool_.held_bytes() < limits_.held_bytes_max);
}

/// True if more may be kept at the expense of a client's connection. Others' share is what there
/// is.
bool Allowance::may_take(const Share& share) const {
    return router::may_take(share.deliveries, pool_.taken(), limits_.deliveries_max) &&
           router::may_take(share.bytes, pool_.held_bytes(), limits_.held_bytes_max);
}

}  // namespace weft::router
