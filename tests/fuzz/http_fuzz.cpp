// HTTP on a connection, with management behind it: a stream means the same whole and cut into reads
// of the size in its first byte, but for an upgrade, which must come alone.
#include "common/base/assert.hpp"
#include "common/io/http_server.hpp"
#include "common/mgmt/http_api.hpp"
#include "tests/fuzz/run_due.hpp"
#include "tests/support/engine_peer.hpp"
#include "tests/unit/mgmt/fake_daemon.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weft::fuzz {
namespace {

/// Answers by management, or with what it was asked, at once or when it is told to.
class Service final : public io::HttpService {
public:
    void on_request(HttpRequest request, io::HttpResponder respond) override {
        std::string seen = request.method + " " + request.target;
        for (const auto& [name, value] : request.headers) {
            seen.append("\n").append(name).append(": ").append(value);
        }
        seen.append("\n\n").append(request.body);
        WEFT_CHECK(request.body.size() <= kHttpBodyMax);
        requests.push_back(seen);
        HttpResponse response{.body = std::move(seen)};
        if (mgmt::is_api_path(request.path())) {
            response = mgmt::test::served_http(daemon_.agent, request);
        }
        if (request.path() == "/later") {
            later_.emplace_back(std::move(respond), std::move(response));
        } else {
            respond(std::move(response));
        }
    }
    std::variant<io::WebsocketPlace, HttpResponse> on_websocket(const HttpRequest&,
                                                                std::string_view) override {
        return HttpResponse{.status = 403};
    }
    std::vector<std::string_view> subprotocols() const override { return {"amqp"}; }

    /// True if there was any.
    bool answer_late_ones() {
        auto late = std::exchange(later_, {});
        for (auto& [respond, response] : late) {
            respond(std::move(response));
        }
        return !late.empty();
    }

    std::vector<std::string> requests;

private:
    mgmt::test::FakeDaemon daemon_;
    std::vector<std::pair<io::HttpResponder, HttpResponse>> later_;
};

struct Outcome {
    std::vector<std::string> requests;
    std::string answers;  // up to the first that refuses what was sent
    bool operator==(const Outcome&) const = default;
};

class Conversation {
public:
    Outcome run(Bytes stream, std::size_t piece) {
        while (!stream.empty() && !connection_->finished()) {
            const Bytes some = stream.first(std::min(piece, stream.size()));
            stream = stream.subspan(some.size());
            connection_->on_bytes(some, loop_.now());
            answer_all();
        }
        connection_->on_lost("the input is used up");
        connection_.reset();
        return {std::move(service_.requests), without_dates(answers_)};
    }

private:
    /// Up to the first answer that refuses what was sent.
    static std::string without_dates(std::string answers) {
        static constexpr std::string_view kDate = "\r\nDate: ";
        answers.resize(std::min(answers.find("HTTP/1.1 400 "), answers.size()));
        for (std::size_t at = 0; (at = answers.find(kDate, at)) != std::string::npos;) {
            answers.erase(at, answers.find("\r\n", at + kDate.size()) - at);
        }
        return answers;
    }
    /// Each request has a turn of its own.
    void answer_all() {
        do {
            connection_->before_write();
            OutBuffer& output = connection_->output();
            if (!output.empty()) {
                answers_ += as_text(output.pending());
                output.consume(output.size());
                connection_->on_written();
            }
            run_due(loop_);
        } while (service_.answer_late_ones() || !connection_->output().empty());
    }

    io::Loop loop_;
    Service service_;
    weft::test::MemoryTransport transport_{loop_};
    std::unique_ptr<io::Protocol> connection_ =
        io::speak_http(service_, std::make_shared<io::Ledger>())(transport_);
    std::string answers_;
};

}  // namespace
}  // namespace weft::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using weft::fuzz::Conversation;
    if (size < 2) {
        return 0;
    }
    const weft::Bytes stream{data + 1, size - 1};
    const auto whole = Conversation{}.run(stream, stream.size());
    WEFT_CHECK(whole == Conversation{}.run(stream, 1U + data[0]));
    return 0;
}
