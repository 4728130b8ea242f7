#pragma once

#include "common/base/http.hpp"
#include "common/io/ledger.hpp"
#include "common/io/transport.hpp"

#include <memory>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace weft::io {

inline constexpr std::size_t kHttpHeaderMax = 16 * 1024;     // bytes; beyond: 431
inline constexpr std::size_t kHttpPipelineMax = 128 * 1024;  // bytes that wait for an answer
inline constexpr std::size_t kHttpUnreadMax = 256 * 1024;  // bytes of answers before more are made
inline constexpr Duration kHttpRequestMax = std::chrono::seconds{10};  // see speak_http
inline constexpr Duration kHttpAnswerMax = std::chrono::seconds{30};   // for the service; then 503
inline constexpr Duration kHttpIdleMax = std::chrono::seconds{60};     // between requests

/// Answers one request, once; what comes later, or when the client is gone, is dropped.
/// Threading: any thread, while the loop lives.
class HttpResponder {
public:
    struct Exchange;

    explicit HttpResponder(std::shared_ptr<Exchange> exchange) : exchange_{std::move(exchange)} {}
    void operator()(HttpResponse response) const;
    /// False once it was answered, by somebody or for want of time, or the client is gone. Only on
    /// the connection's loop.
    bool is_awaited() const;

private:
    std::shared_ptr<Exchange> exchange_;
};

/// Where a WebSocket goes on: what is spoken over it, made on its loop.
struct WebsocketPlace {
    ProtocolFactory factory;
    Loop* loop = nullptr;  // null: that of the HTTP connection
};

/// What a web port serves. Threading: loop-confined (each connection's loop).
class HttpService {
public:
    virtual ~HttpService() = default;

    /// Answers now or later. HEAD is answered as GET is; its body is not sent.
    virtual void on_request(HttpRequest request, HttpResponder respond) = 0;
    /// A WebSocket is asked for: its place, or the answer that refuses it.
    virtual std::variant<WebsocketPlace, HttpResponse> on_websocket(
        const HttpRequest& request, std::string_view subprotocol) = 0;
    /// The sub-protocols that are spoken; the first that the client offers is taken.
    /// One who offers none of them is refused with 400.
    virtual std::vector<std::string_view> subprotocols() const = 0;
};

/// HTTP/1.1 as what is spoken over a connection: keep-alive, pipelining, chunked requests, HEAD,
/// and the upgrade to a WebSocket. `service` must outlive the connections. Spec: RFC 9112, RFC 6455
/// §4.2
///
/// `ledger` has the accounts of all connections that share it: those that hold most of its bytes
/// without getting on, or of its places, make room for others.
///
/// `request_max`: who has not begun a request so long after the connection began is dropped, who
/// has not sent the rest so long after its first byte gets 408. 0: never.
ProtocolFactory speak_http(HttpService& service,
                           std::shared_ptr<Ledger> ledger,
                           Duration request_max = kHttpRequestMax);

}  // namespace weft::io
