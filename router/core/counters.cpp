#include "router/core/counters.hpp"

namespace weft::router {

const char* to_string(DropReason reason) {
    switch (reason) {
        case DropReason::no_consumer:
            return "no-consumer";
        case DropReason::consumer_lost:
            return "consumer-lost";
        case DropReason::producer_lost:
            return "producer-lost";
        case DropReason::aborted:
            return "aborted";
        case DropReason::slow_consumer:
            return "slow-consumer";
        case DropReason::consumer_queue_full:
            return "consumer-queue-full";
        case DropReason::no_address:
            return "no-address";
        case DropReason::refused:
            return "refused";
        case DropReason::malformed:
            return "malformed";
        case DropReason::router_full:
            return "router-full";
        case DropReason::looped:
            return "looped";
        case DropReason::duplicate:
            return "duplicate";
        case DropReason::too_large:
            return "message-too-large";
        case DropReason::no_path:
            return "no-path";
    }
    return "unknown";
}

}  // namespace weft::router
