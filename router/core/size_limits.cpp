#include "router/core/size_limits.hpp"

namespace weft::router {

void SizeLimits::add(Link& consumer) {
    consumers_.emplace(std::pair{consumer.outlet.bytes_max, consumer.id}, &consumer);
    here_ += consumer.outlet.relay ? 0U : 1U;
}

void SizeLimits::remove(const Link& consumer) {
    consumers_.erase({consumer.outlet.bytes_max, consumer.id});
    here_ -= consumer.outlet.relay ? 0U : 1U;
}

std::uint64_t SizeLimits::least() const {
    return consumers_.empty() ? kAnySize : consumers_.begin()->first.first;
}

std::uint64_t SizeLimits::most(Scope scope) const {
    for (auto at = consumers_.rbegin(); at != consumers_.rend(); ++at) {
        if (scope == Scope::all || !at->second->outlet.relay) {  // there are few relays
            return at->first.first;
        }
    }
    return 0;
}

}  // namespace weft::router
