#include "router/core/link.hpp"

#include "router/core/address_table.hpp"

namespace weft::router {

const char* to_string(Blocked reason) {
    switch (reason) {
        case Blocked::no:
            return "";
        case Blocked::no_consumer:
            return "nobody receives from the address";
        case Blocked::capacity_used:
            return "its capacity is used: deliveries wait for consumers to take and settle them";
        case Blocked::no_credit:
            return "the consumer gives no credit";
        case Blocked::connection_full:
            return "the consumer reads too slowly";
        case Blocked::consumer_stalled:
            return "the consumer is stalled: it took and settled nothing for 10 s";
    }
    return "";
}

Blocked blocked(const Link& link) {
    if (link.direction == Direction::in) {
        if (link.address != nullptr && !link.address->reachable()) {
            return Blocked::no_consumer;
        }
        return link.account.credit() == 0 ? Blocked::capacity_used : Blocked::no;
    }
    if (link.stalled) {
        return Blocked::consumer_stalled;
    }
    if (link.outlet.credit == 0) {
        return Blocked::no_credit;
    }
    return link.outlet.full ? Blocked::connection_full : Blocked::no;
}

}  // namespace weft::router
