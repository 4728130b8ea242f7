#include "common/io/http_origin.hpp"

#include <boost/beast/core/string.hpp>

#include <algorithm>

namespace weft::io {

namespace {

constexpr std::string_view kNone = "null";

bool same(std::string_view a, std::string_view b) {
    return boost::beast::iequals({a.data(), a.size()}, {b.data(), b.size()});
}

struct Origin {
    std::string_view scheme;
    std::string_view authority;  // host and port; empty: there is none
};

Origin parse(std::string_view text) {
    const std::size_t end = text.find("://");
    if (end == std::string_view::npos) {
        return {text, {}};
    }
    return {text.substr(0, end), text.substr(end + 3)};
}

/// `authority` of a URL with that scheme, without the port that goes without saying.
std::string_view without_default_port(std::string_view authority, std::string_view scheme) {
    const std::string_view port = same(scheme, "https") ? ":443" : ":80";
    return authority.ends_with(port) ? authority.substr(0, authority.size() - port.size())
                                     : authority;
}

bool same_authority(const Origin& origin, std::string_view other) {
    return same(without_default_port(origin.authority, origin.scheme),
                without_default_port(other, origin.scheme));
}

}  // namespace

bool is_origin(std::string_view text) {
    constexpr std::string_view kLetters =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.";
    const Origin origin = parse(text);
    const bool authority =
        !origin.authority.empty() && std::ranges::none_of(origin.authority, [](char c) {
            return c <= ' ' || c == 0x7f || c == '/' || c == '?' || c == '#' || c == '@' ||
                   c == '*' || c == ',';
        });
    const bool scheme = !origin.scheme.empty() &&
                        origin.scheme.find_first_not_of(kLetters) == std::string_view::npos;
    return text == kNone || (scheme && authority);
}

bool is_same_origin(std::string_view origin, std::string_view host) {
    const Origin parsed = parse(origin);
    return !parsed.authority.empty() && same_authority(parsed, host);
}

bool is_listed_origin(std::string_view origin, std::span<const std::string> allowed) {
    const Origin parsed = parse(origin);
    return std::ranges::any_of(allowed, [&](const std::string& text) {
        const Origin each = parse(text);
        return text == "*" ||
               (same(each.scheme, parsed.scheme) && same_authority(parsed, each.authority));
    });
}

}  // namespace weft::io
