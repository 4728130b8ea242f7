#pragma once

#include "router/core/branch.hpp"
#include "router/core/delivery.hpp"
#include "router/core/link.hpp"
#include "router/core/link_table.hpp"

#include <cstdint>

namespace weft::router {

/// The connection that brought the delivery which goes out with that context (OutgoingHead) over a
/// link of which Link::asks_bringer is set, for who is the consumer himself; null: it is gone.
inline const Connection* bringer(const LinkTable& links, std::uint64_t context) {
    const Link* const in = links.find(reinterpret_cast<const Branch*>(context)->delivery->in);
    return in == nullptr ? nullptr : &in->connection;
}

/// The strongest outcome so far of a delivery that whoever sent it, himself in process, knows by
/// `context`; empty: no consumer has said anything.
inline Bytes outcome_so_far(std::uint64_t context) {
    return strongest_of(*reinterpret_cast<const Delivery*>(context));
}

}  // namespace weft::router
