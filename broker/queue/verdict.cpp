#include "broker/queue/verdict.hpp"

#include "broker/queue/queue.hpp"

namespace weft::queue {

/// Of a message that was weighed before the queue takes all that it can remember, and more.
Offered verdict(const Queue& queue, const Arrival& arrival, const Ahead& ahead) {
    using Kind = Offered::Kind;
    const Overflow overflow = queue.settings().overflow;
    const bool refuses =
        overflow == Overflow::dead_letter || (overflow == Overflow::reject && !arrival.weighed);
    Offered offered = queue.words().verdict(arrival, ahead);
    if (offered.kind == Kind::known) {
        return offered;
    }
    const bool barred = offered.kind == Kind::fenced || offered.kind == Kind::unread;
    if (barred && !arrival.weighed) {
        return offered;
    }
    if (refuses && queue.stock().is_full()) {
        return {.kind = Kind::full};
    }
    return arrival.weighed ? Offered{} : offered;
}

}  // namespace weft::queue
