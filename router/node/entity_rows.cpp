#include "router/node/entity_rows.hpp"

#include <charconv>

namespace weft::router {

std::string_view name_of(Distribution distribution) {
    switch (distribution) {
        case Distribution::multicast:
            return "multicast";
        case Distribution::closest:
            return "closest";
        case Distribution::balanced:
            return "balanced";
        case Distribution::unavailable:
            return "unavailable";
    }
    return {};
}

std::uint64_t number_of(std::string_view identity) {
    std::uint64_t number = 0;
    const char* const end = identity.data() + identity.size();
    const auto read = std::from_chars(identity.data(), end, number);
    return read.ec == std::errc{} && read.ptr == end ? number : 0;
}

}  // namespace weft::router
