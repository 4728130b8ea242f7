#include "common/io/http_connection.hpp"

#include "common/io/http_text.hpp"
#include "common/io/upgrade.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/websocket/rfc6455.hpp>

namespace weft::io {

namespace {

namespace http = boost::beast::http;
using boost::system::error_code;

}  // namespace

HttpConnection::HttpConnection(Transport& transport,
                               HttpService& service,
                               std::shared_ptr<Ledger> ledger,
                               Duration request_max)
    : transport_{transport},
      service_{service},
      request_max_{request_max},
      ledger_{std::move(ledger)},
      account_{*ledger_, transport},
      output_{transport.loop().pool()},
      deadline_{request_deadline()} {}

HttpConnection::~HttpConnection() {
    forget_exchange();
}

void HttpConnection::forget_exchange() {
    if (exchange_) {
        exchange_->connection = nullptr;
        exchange_.reset();
    }
}

Instant HttpConnection::request_deadline() const {
    return request_max_ == Duration::zero() ? kNever : transport_.loop().now() + request_max_;
}

void HttpConnection::on_lost(std::string_view) {
    forget_exchange();
}

void HttpConnection::on_bytes(Bytes in, Instant) {
    if (!exchange_ && !parser_) {
        deadline_ = request_deadline();
    }
    account_.go_on();
    input_ += as_text(in);
    take_requests(/*may_upgrade=*/true);
    if (input_.size() > kHttpPipelineMax) {
        transport_.abort("too many requests at once");
    }
    if (input_.empty()) {
        input_ = std::string{};  // an idle connection keeps no storage
    }
    settle_account();
}

/// What came, and what is to be read.
void HttpConnection::settle_account() {
    account_.hold(input_.size() + request_bytes_ + output_.size());
}

/// Who asked and ended its side, as `nc -N` does, gets its answer.
bool HttpConnection::answers_after_end() {
    keep_alive_ = keep_alive_ && exchange_ == nullptr;
    return exchange_ != nullptr;
}

/// What was left because the peer did not read its answers.
void HttpConnection::on_written() {
    account_.go_on();
    settle_account();
    if (!input_.empty()) {
        transport_.wake();
    }
}

/// `may_upgrade`: nothing is being read, so the socket could go to another protocol.
void HttpConnection::take_requests(bool may_upgrade) {
    while (!input_.empty() && !exchange_ && !finished_ && output_.size() < kHttpUnreadMax) {
        if (awaits_turn()) {
            return;
        }
        if (!parser_) {
            start_parser();
        }
        error_code error;
        const std::size_t used =
            parser_->put(boost::asio::buffer(input_.data(), input_.size()), error);
        input_.erase(0, used);
        request_bytes_ += used;
        if (error == http::error::need_more) {
            return;
        }
        if (error) {
            refuse(error);
        } else if (parser_->is_done()) {
            Request request = parser_->release();
            parser_.reset();
            served_ = transport_.loop().now();
            dispatch(std::move(request), may_upgrade);
        }
    }
}

/// True while this turn has had its request: the next ones have turns of their own.
bool HttpConnection::awaits_turn() {
    Loop& loop = transport_.loop();
    if (served_ != loop.now()) {
        return false;
    }
    next_ = loop.after(Duration::zero(), [this] {
        guard(transport_, [this] { take_requests(/*may_upgrade=*/false); });
    });
    return true;
}

void HttpConnection::start_parser() {
    parser_.emplace();
    parser_->eager(true);
    parser_->header_limit(kHttpHeaderMax);
    parser_->body_limit(kHttpBodyMax);
}

void HttpConnection::refuse(const error_code& error) {
    keep_alive_ = false;
    is_head_ = false;
    if (error == http::error::header_limit) {
        respond({.status = 431, .body = "the header exceeds 16 KiB\n"});
    } else if (error == http::error::body_limit) {
        respond({.status = 413, .body = "the body exceeds 1 MiB\n"});
    } else {
        respond({.status = 400, .body = "no HTTP/1.1 request: " + error.message() + "\n"});
    }
}

void HttpConnection::dispatch(Request request, bool may_upgrade) {
    keep_alive_ = request.keep_alive();
    is_head_ = request.method() == http::verb::head;
    // Whoever stands between might have looked at another one than we do. Spec: RFC 9112 §3.2
    if (request.count(http::field::host) > 1) {
        keep_alive_ = false;
        respond({.status = 400, .body = "more than one Host\n"});
        return;
    }
    if (boost::beast::websocket::is_upgrade(request)) {
        if (may_upgrade) {
            begin_upgrade(std::move(request));
        } else {
            keep_alive_ = false;
            respond({.status = 400, .body = "an upgrade must wait for the answers before it\n"});
        }
        return;
    }
    exchange_ = std::make_shared<HttpResponder::Exchange>();
    exchange_->loop = &transport_.loop();
    exchange_->connection = this;
    deadline_ = transport_.loop().now() + kHttpAnswerMax;
    service_.on_request(to_service(request), HttpResponder{exchange_});
}

void HttpConnection::begin_upgrade(Request request) {
    const HttpRequest seen = to_service(request);
    const std::string_view chosen =
        choose_subprotocol(seen.header("Sec-WebSocket-Protocol"), service_.subprotocols());
    // A client must wait for our answer before it sends more. Spec: RFC 6455 §4.1
    if (chosen.empty() || !input_.empty() || !output_.empty()) {
        keep_alive_ = false;
        respond({.status = 400, .body = "no sub-protocol that is spoken here is offered\n"});
        return;
    }
    auto answer = service_.on_websocket(seen, chosen);
    if (const auto* refusal = std::get_if<HttpResponse>(&answer)) {
        respond(*refusal);
        return;
    }
    upgrade_ = std::make_unique<Upgrade>(Upgrade{std::move(request), std::string{chosen},
                                                 std::get<WebsocketPlace>(std::move(answer))});
    finished_ = true;
}

std::unique_ptr<Upgrade> HttpConnection::upgrade() {
    return std::move(upgrade_);
}

HttpRequest HttpConnection::to_service(Request& request) const {
    HttpRequest made{.method = request.method_string(),
                     .target = request.target(),
                     .body = std::move(request.body()),
                     .peer = transport_.peer(),
                     .encrypted = transport_.security().is_encrypted(),
                     .certificate_user = transport_.security().peer_user};
    for (const auto& field : request) {
        made.headers.emplace_back(field.name_string(), field.value());
    }
    return made;
}

void HttpConnection::respond(const HttpResponse& response) {
    forget_exchange();
    parser_.reset();
    request_bytes_ = 0;
    output_.append(as_bytes(response_head(response, keep_alive_)));
    if (!is_head_) {
        output_.append(as_bytes(response.body));
    }
    finished_ = !keep_alive_;
    const bool idles = input_.empty() || request_max_ == Duration::zero();
    deadline_ = idles ? transport_.loop().now() + kHttpIdleMax : request_deadline();
    settle_account();
    transport_.wake();
}

void HttpConnection::answer(const HttpResponse& response) {
    guard(transport_, [&] { respond(response); });
}

void HttpConnection::on_tick(Instant) {
    if (exchange_) {
        keep_alive_ = false;
        respond({.status = 503, .body = "no answer in time\n"});
    } else if (!output_.empty()) {
        transport_.abort("the peer does not read");
    } else if (parser_) {
        keep_alive_ = false;
        respond({.status = 408, .body = "the request did not come in time\n"});
    } else {
        finished_ = true;
    }
}

bool HttpResponder::is_awaited() const {
    return exchange_->connection != nullptr;
}

void HttpResponder::operator()(HttpResponse response) const {
    if (exchange_->answered.exchange(true)) {
        return;
    }
    const auto deliver = [exchange = exchange_, response = std::move(response)] {
        if (exchange->connection != nullptr) {
            exchange->connection->answer(response);
        }
    };
    if (exchange_->loop->is_current()) {
        deliver();
    } else {
        exchange_->loop->post(deliver);
    }
}

ProtocolFactory speak_http(HttpService& service,
                           std::shared_ptr<Ledger> ledger,
                           Duration request_max) {
    return [&service, ledger = std::move(ledger), request_max](Transport& transport) {
        return std::make_unique<HttpConnection>(transport, service, ledger, request_max);
    };
}

}  // namespace weft::io
