#include "router/linkroute/waiting_keys.hpp"

#include "common/base/census.hpp"

namespace weft::linkroute {
namespace {

/// The one behind `last`; round and round.
template <class Map>
auto next_in(Map& map, const typename Map::key_type& last) {
    const auto at = map.upper_bound(last);
    return at == map.end() ? map.begin() : at;
}

}  // namespace

std::size_t WaitingKeys::bytes_of(std::string_view text) {
    constexpr std::size_t kPlaceBytes = 128;
    return kPlaceBytes + text.size();
}

void WaitingKeys::add(RouterIndex router, std::size_t hash, std::string_view text) {
    const auto known = lines_.find(router);
    const bool is_new = known == lines_.end();
    const std::size_t bytes = bytes_of(text);
    if (!may_take(is_new ? 0 : known->second.bytes, bytes_, kBytesMax)) {
        return;
    }
    Line& line = is_new ? lines_[router] : known->second;
    if (line.keys.try_emplace(hash, text).second) {
        line.bytes += bytes;
        bytes_ += bytes;
        ++size_;
    }
}

void WaitingKeys::remove(RouterIndex router, std::size_t hash) {
    const auto line = lines_.find(router);
    if (line == lines_.end()) {
        return;
    }
    const auto at = line->second.keys.find(hash);
    if (at == line->second.keys.end()) {
        return;
    }
    const std::size_t bytes = bytes_of(at->second);
    line->second.bytes -= bytes;
    bytes_ -= bytes;
    --size_;
    line->second.keys.erase(at);
    if (line->second.keys.empty()) {
        lines_.erase(line);
    }
}

WaitingKeys::Key WaitingKeys::next() {
    auto& [router, line] = *next_in(lines_, last_);
    const auto& [hash, text] = *next_in(line.keys, line.last);
    last_ = router;
    line.last = hash;
    return {.router = router, .hash = hash, .text = text};
}

}  // namespace weft::linkroute
