#include "router/linkroute/waiting_keys.hpp"

#include "common/base/census.hpp"

namespace weft::linkroute {

std::size_t WaitingKeys::bytes_of(std::string_view text) {
    constexpr std::size_t kPlaceBytes = 128;
    return kPlaceBytes + text.size();
}

void WaitingKeys::add(RouterIndex router, std::size_t hash, std::string_view text) {
    const auto own = bytes_of_.find(router);
    const std::size_t bytes = bytes_of(text);
    if (!may_take(own == bytes_of_.end() ? 0 : own->second, bytes_, kBytesMax) ||
        !keys_.try_emplace({hash, router}, text).second) {
        return;
    }
    bytes_ += bytes;
    bytes_of_[router] += bytes;
}

void WaitingKeys::remove(RouterIndex router, std::size_t hash) {
    const auto at = keys_.find({hash, router});
    if (at == keys_.end()) {
        return;
    }
    const std::size_t bytes = bytes_of(at->second);
    bytes_ -= bytes;
    const auto own = bytes_of_.find(router);
    own->second -= bytes;
    if (own->second == 0) {
        bytes_of_.erase(own);
    }
    keys_.erase(at);
}

WaitingKeys::Key WaitingKeys::next() {
    auto at = keys_.upper_bound(last_);
    if (at == keys_.end()) {
        at = keys_.begin();
    }
    last_ = at->first;
    return {.router = last_.second, .hash = last_.first, .text = at->second};
}

}  // namespace weft::linkroute
