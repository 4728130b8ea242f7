#include "tools/weft/connection/bus_url.hpp"

#include "tools/weft/failure.hpp"

#include <charconv>

namespace weft::tools {
namespace {

[[noreturn]] void refuse(std::string_view text, const std::string& why) {
    throw Failure("-b '" + std::string{text} + "': " + why +
                  "; write HOST:PORT, amqp://HOST:PORT or amqps://HOST:PORT");
}

std::string percent_decoded(std::string_view text, std::string_view whole) {
    std::string decoded;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '%') {
            decoded += text[at];
            continue;
        }
        unsigned value = 0;
        const std::string_view digits = text.substr(at + 1, 2);
        const auto parsed =
            std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
        if (digits.size() != 2 || parsed.ptr != digits.data() + digits.size()) {
            refuse(whole, "a '%' must be followed by two hexadecimal digits");
        }
        decoded += static_cast<char>(value);
        at += 2;
    }
    return decoded;
}

/// Removes and returns what stands before the first `mark`, if there is one.
std::string_view cut_before(std::string_view& text, std::string_view mark) {
    const std::size_t at = text.find(mark);
    if (at == std::string_view::npos) {
        return {};
    }
    const std::string_view before = text.substr(0, at);
    text.remove_prefix(at + mark.size());
    return before;
}

void split_host_port(std::string_view rest, std::string_view whole, BusUrl& url) {
    std::string_view port;
    if (rest.starts_with('[')) {
        const std::size_t close = rest.find(']');
        if (close == std::string_view::npos) {
            refuse(whole, "']' is missing");
        }
        url.host = rest.substr(1, close - 1);
        port = rest.substr(close + 1);
        if (!port.empty() && !port.starts_with(':')) {
            refuse(whole, "':' must follow ']'");
        }
    } else {
        const std::size_t colon = rest.find(':');
        url.host = rest.substr(0, colon);
        port = colon == std::string_view::npos ? std::string_view{} : rest.substr(colon);
        if (port.find(':', 1) != std::string_view::npos) {
            refuse(whole, "an IPv6 address needs brackets");
        }
    }
    if (url.host.empty()) {
        refuse(whole, "the host is missing");
    }
    if (port == ":") {
        refuse(whole, "the port is missing");
    }
    if (!port.empty()) {
        url.port = port.substr(1);
    }
}

}  // namespace

std::string BusUrl::endpoint() const {
    const bool v6 = host.find(':') != std::string::npos;
    return (v6 ? "[" + host + "]" : host) + ":" + port;
}

BusUrl parse_bus_url(std::string_view text) {
    std::string_view rest = text;
    const std::string_view scheme = cut_before(rest, "://");
    if (!scheme.empty() && scheme != "amqp" && scheme != "amqps") {
        refuse(text, "unknown scheme '" + std::string{scheme} + "'");
    }
    BusUrl url;
    url.tls = scheme == "amqps";
    url.port = url.tls ? "5671" : "5672";
    if (rest.ends_with('/')) {
        rest.remove_suffix(1);
    }
    if (rest.find('/') != std::string_view::npos) {
        refuse(text, "a path is not allowed here");
    }
    std::string_view user = cut_before(rest, "@");
    if (!user.empty()) {
        const std::string_view name = cut_before(user, ":");
        url.user = percent_decoded(name.empty() ? user : name, text);
        url.password = name.empty() ? std::string{} : percent_decoded(user, text);
    }
    split_host_port(rest, text, url);
    return url;
}

}  // namespace weft::tools
