#pragma once

#include "common/io/http_server.hpp"
#include "common/io/loop.hpp"

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <atomic>
#include <optional>

namespace weft::io {

class HttpConnection;

/// One request's way back to its connection.
struct HttpResponder::Exchange {
    Loop* loop = nullptr;
    HttpConnection* connection = nullptr;  // null once answered or gone; loop-confined
    std::atomic<bool> answered = false;
};

/// HTTP/1.1 as a protocol of a transport: bytes in, one request at a time to the service, and one
/// in a turn of the loop, however many stand in a row.
///
///   idle ──first byte──▶ receiving ──whole──▶ answering ──response──▶ idle, or finished
///
/// Threading: loop-confined. Internal to common/io.
class HttpConnection final : public Protocol {
public:
    HttpConnection(Transport& transport,
                   HttpService& service,
                   std::shared_ptr<Ledger> ledger,
                   Duration request_max);
    ~HttpConnection() override;

    void on_bytes(Bytes in, Instant now) override;
    void before_write() override { take_requests(/*may_upgrade=*/false); }
    OutBuffer& output() override { return output_; }
    void on_written() override;
    bool finished() const override { return finished_; }
    bool answers_after_end() override;
    void on_lost(std::string_view why) override;
    Instant deadline() const override { return deadline_; }
    void on_tick(Instant now) override;
    std::unique_ptr<Upgrade> upgrade() override;

    /// The answer to the request at hand, from whatever turn.
    void answer(const HttpResponse& response);

private:
    using Request = boost::beast::http::request<boost::beast::http::string_body>;
    using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;

    void respond(const HttpResponse& response);
    void take_requests(bool may_upgrade);
    bool awaits_turn();
    void start_parser();
    void refuse(const boost::system::error_code& error);
    void dispatch(Request request, bool may_upgrade);
    void begin_upgrade(Request request);
    HttpRequest to_service(Request& request) const;
    void forget_exchange();
    void settle_account();
    Instant request_deadline() const;

    Transport& transport_;
    HttpService& service_;
    Duration request_max_;  // 0: any
    std::shared_ptr<Ledger> ledger_;
    Ledger::Account account_;
    OutBuffer output_;
    std::string input_;                                  // not parsed yet
    std::optional<Parser> parser_;                       // of the request that is being received
    std::size_t request_bytes_ = 0;                      // of that, or the one that is answered
    std::shared_ptr<HttpResponder::Exchange> exchange_;  // of the one that is being answered
    std::unique_ptr<Upgrade> upgrade_;
    Instant deadline_;
    Instant served_;  // the turn that brought the last request to the service
    Timer next_;
    bool keep_alive_ = true;
    bool is_head_ = false;
    bool finished_ = false;
};

}  // namespace weft::io
