#pragma once

#include "common/io/http_server.hpp"
#include "tests/unit/io/support.hpp"

#include <string_view>
#include <variant>
#include <vector>

namespace weft::io {

/// A site that answers with what was asked for, and whose WebSockets echo.
class UpgradeService final : public HttpService {
public:
    explicit UpgradeService(Record& record) : record_{record} {}
    void on_request(HttpRequest request, HttpResponder respond) override {
        respond({.body = request.target});
    }
    std::variant<WebsocketPlace, HttpResponse> on_websocket(const HttpRequest&,
                                                            std::string_view) override {
        return WebsocketPlace{.factory = echo(record_)};
    }
    std::vector<std::string_view> subprotocols() const override { return {"amqp"}; }

private:
    Record& record_;
};

inline constexpr std::string_view kUpgrade =
    "GET /x HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Protocol: amqp\r\n\r\n";

}  // namespace weft::io
