#include "common/daemon/rows.hpp"

#include <charconv>

namespace weft::daemon {

wire::Value seconds(Duration duration) {
    const std::int64_t whole = whole_seconds(duration);
    const bool exact = duration == std::chrono::seconds(whole);
    return exact ? wire::Value{whole}
                 : wire::Value{std::chrono::duration<double>(duration).count()};
}

std::uint64_t number_of(std::string_view identity) {
    std::uint64_t number = 0;
    const char* const end = identity.data() + identity.size();
    const auto read = std::from_chars(identity.data(), end, number);
    return read.ec == std::errc{} && read.ptr == end ? number : 0;
}

}  // namespace weft::daemon
