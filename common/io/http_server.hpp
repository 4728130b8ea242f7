#pragma once

#include "common/io/transport.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace weft::io {

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

struct HttpRequest {
    std::string method;  // "GET"
    std::string target;  // as sent: path and query
    HttpHeaders headers;
    std::string body;  // at most kHttpBodyMax bytes
    std::string peer;

    /// The first header of that name in any case, empty if there is none.
    std::string_view header(std::string_view name) const;
};

struct HttpResponse {
    unsigned status = 200;
    std::string content_type = "text/plain; charset=utf-8";  // empty: not told
    std::string body{};
    HttpHeaders headers{};  // further ones
};

inline constexpr std::size_t kHttpHeaderMax = 16 * 1024;     // bytes; beyond: 431
inline constexpr std::size_t kHttpBodyMax = 1024 * 1024;     // bytes; beyond: 413
inline constexpr std::size_t kHttpPipelineMax = 128 * 1024;  // bytes that wait for an answer
inline constexpr std::size_t kHttpUnreadMax = 256 * 1024;  // bytes of answers before more are made
inline constexpr Duration kHttpRequestMax = std::chrono::seconds{10};  // to send it; then 408
inline constexpr Duration kHttpAnswerMax = std::chrono::seconds{30};   // for the service; then 503
inline constexpr Duration kHttpIdleMax = std::chrono::seconds{60};     // between requests

/// Answers one request, once; what comes later, or when the client is gone, is dropped.
/// Threading: any thread, while the loop lives.
class HttpResponder {
public:
    struct Exchange;

    explicit HttpResponder(std::shared_ptr<Exchange> exchange) : exchange_{std::move(exchange)} {}
    void operator()(HttpResponse response) const;

private:
    std::shared_ptr<Exchange> exchange_;
};

/// What a web port serves. Threading: loop-confined (each connection's loop).
class HttpService {
public:
    virtual ~HttpService() = default;

    /// Answers now or later. HEAD is answered as GET is; its body is not sent.
    virtual void on_request(HttpRequest request, HttpResponder respond) = 0;
    /// A WebSocket is asked for: what to speak over it, or the answer that refuses it.
    virtual std::variant<ProtocolFactory, HttpResponse> on_websocket(
        const HttpRequest& request, std::string_view subprotocol) = 0;
    /// The sub-protocols that are spoken; the first that the client offers is taken.
    /// One who offers none of them is refused with 400.
    virtual std::vector<std::string_view> subprotocols() const = 0;
};

/// HTTP/1.1 as what is spoken over a connection: keep-alive, pipelining, chunked requests, HEAD,
/// and the upgrade to a WebSocket. `service` must outlive the connections. Spec: RFC 9112, RFC 6455
/// §4.2
ProtocolFactory speak_http(HttpService& service);

}  // namespace weft::io
