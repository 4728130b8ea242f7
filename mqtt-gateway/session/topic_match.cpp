#include "mqtt-gateway/session/topic_match.hpp"

#include <algorithm>

namespace weft::session {
namespace {

/// The first level of `rest`, which then goes on behind its '/'; `last` once there is no more.
struct Levels {
    std::string_view rest;
    bool last = false;

    std::string_view next() noexcept {
        const std::size_t end = std::min(rest.find('/'), rest.size());
        const std::string_view level = rest.substr(0, end);
        last = end == rest.size();
        rest.remove_prefix(last ? end : end + 1);
        return level;
    }
};

}  // namespace

bool matches(std::string_view filter, std::string_view topic) noexcept {
    const bool wild = filter.starts_with('+') || filter.starts_with('#');
    if (wild && topic.starts_with('$')) {
        return false;
    }
    Levels wanted{filter};
    Levels given{topic};
    while (true) {
        const std::string_view level = wanted.next();
        if (level == "#") {
            return true;
        }
        if (const std::string_view other = given.next(); level != "+" && level != other) {
            return false;
        }
        if (given.last) {
            return wanted.last || wanted.rest == "#";  // "a/#" asks for "a", too
        }
        if (wanted.last) {
            return false;
        }
    }
}

}  // namespace weft::session
