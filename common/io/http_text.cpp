#include "common/io/http_text.hpp"

#include <boost/beast/http/status.hpp>

#include <algorithm>
#include <array>
#include <ctime>

namespace weft::io {

namespace {

/// Spec: RFC 9110 §5.6.7
std::string http_date() {
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    ::gmtime_r(&now, &parts);
    std::array<char, 40> text{};
    std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    return text.data();
}

void add(std::string& head, std::string_view name, std::string_view value) {
    head.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

std::string response_head(const HttpResponse& response, bool keep_alive) {
    const auto reason = boost::beast::http::obsolete_reason(
        static_cast<boost::beast::http::status>(response.status));
    std::string head = "HTTP/1.1 " + std::to_string(response.status) + " ";
    head.append(reason.data(), reason.size()).append("\r\n");
    add(head, "Date", http_date());
    if (!response.content_type.empty()) {
        add(head, "Content-Type", response.content_type);
    }
    if (response.status != 204) {  // Spec: RFC 9110 §8.6
        add(head, "Content-Length", std::to_string(response.body.size()));
    }
    add(head, "Connection", keep_alive ? "keep-alive" : "close");
    for (const auto& [name, value] : response.headers) {
        add(head, name, value);
    }
    return head + "\r\n";
}

std::string_view choose_subprotocol(std::string_view offered,
                                    const std::vector<std::string_view>& spoken) {
    while (!offered.empty()) {
        const auto comma = offered.find(',');
        std::string_view word = offered.substr(0, comma);
        const auto first = word.find_first_not_of(" \t");
        word.remove_prefix(std::min(first, word.size()));
        word = word.substr(0, word.find_last_not_of(" \t") + 1);
        const auto found = std::ranges::find(spoken, word);
        if (found != spoken.end() && !word.empty()) {
            return *found;
        }
        offered.remove_prefix(comma == std::string_view::npos ? offered.size() : comma + 1);
    }
    return {};
}

}  // namespace weft::io
