#include "common/daemon/failover.hpp"

#include "common/config/fault.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace weft::daemon {

namespace {

std::string_view trimmed(std::string_view text) {
    const std::size_t first = text.find_first_not_of(' ');
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

/// Where the host of "host:port" or "[host]:port" ends.
std::size_t host_end(std::string_view text) {
    if (text.starts_with('[')) {
        const std::size_t bracket = text.find(']');
        return bracket == std::string_view::npos ? 0 : bracket + 1;
    }
    return std::min(text.find(':'), text.size());
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    const bool whole = error == std::errc{} && end == text.data() + text.size();
    return whole && port > 0 ? std::optional{port} : std::nullopt;
}

std::optional<FailoverUrl> parse_url(std::string_view text) {
    FailoverUrl url{{}, {}, 5672};
    const std::size_t scheme_end = text.find("://");
    if (scheme_end != std::string_view::npos) {
        url.scheme = text.substr(0, scheme_end);
        text.remove_prefix(scheme_end + 3);
        if (url.scheme != "amqp" && url.scheme != "amqps") {
            return std::nullopt;
        }
        url.port = url.scheme == "amqps" ? 5671 : 5672;
    }
    const std::size_t end = host_end(text);
    url.host = text.substr(0, end);
    if (url.host.starts_with('[')) {
        url.host = url.host.substr(1, url.host.size() - 2);
    }
    text.remove_prefix(end);
    if (!text.empty()) {
        const auto port = text.starts_with(':') ? parse_port(text.substr(1)) : std::nullopt;
        if (!port) {
            return std::nullopt;
        }
        url.port = *port;
    }
    const bool odd = url.host.find_first_of(" /@") != std::string::npos;
    return url.host.empty() || odd ? std::nullopt : std::optional{url};
}

}  // namespace

tl::expected<std::vector<FailoverUrl>, std::string> parse_failover_urls(std::string_view text) {
    std::vector<FailoverUrl> urls;
    text = trimmed(text);
    while (!text.empty()) {
        const std::size_t size = std::min(text.find(','), text.size());
        const std::string_view entry = trimmed(text.substr(0, size));
        text.remove_prefix(std::min(size + 1, text.size()));
        const auto url = parse_url(entry);
        if (!url) {
            return tl::unexpected<std::string>("must be URLs as in amqp://host:port, not " +
                                               config::quote(entry));
        }
        if (urls.size() == kFailoverUrlsMax) {
            return tl::unexpected<std::string>("must be at most " +
                                               std::to_string(kFailoverUrlsMax) + " URLs");
        }
        urls.push_back(*url);
    }
    return urls;
}

}  // namespace weft::daemon
