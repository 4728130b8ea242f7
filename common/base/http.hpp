#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// An HTTP request and its answer, as all say it: who reads it off a connection, who hands it on,
/// who answers it. Threading: not shared (values). Spec: RFC 9110
namespace weft {

/// Bytes of a request's body; beyond, it is refused with 413.
inline constexpr std::size_t kHttpBodyMax = std::size_t{1024} * 1024;

/// Names and values, in their order. A name may be in any case and there more than once.
using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

struct HttpRequest {
    std::string method;  // "GET"
    std::string target;  // as sent: path and query
    HttpHeaders headers{};
    std::string body{};              // at most kHttpBodyMax bytes, if it comes from a connection
    std::string peer{};              // who asks, for the log
    bool encrypted = false;          // the connection is
    std::string certificate_user{};  // whom the certificate names that it was shown with

    /// The first header of that name in any case, empty if there is none.
    std::string_view header(std::string_view name) const;
    /// The target up to its '?', undecoded.
    std::string_view path() const;
    /// What follows the '?', undecoded; empty if there is none.
    std::string_view query() const;
};

struct HttpResponse {
    unsigned status = 200;
    std::string content_type = "text/plain; charset=utf-8";  // empty: not told
    std::string body{};
    HttpHeaders headers{};  // further ones
};

}  // namespace weft
