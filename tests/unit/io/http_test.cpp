#include "common/io/http_server.hpp"
#include "common/io/http_text.hpp"
#include "tests/unit/io/support.hpp"

#include <sys/socket.h>

#include <new>
#include <thread>

namespace weft::io {

namespace {

/// Answers with what it was asked, at once, unless told to keep the responders.
class WebService final : public HttpService {
public:
    void on_request(HttpRequest request, HttpResponder respond) override {
        requests.push_back(request);
        if (request.target == "/throw") {
            throw std::bad_alloc{};
        }
        if (request.target == "/later") {
            later.push_back(std::move(respond));
            return;
        }
        respond({.body = request.method + " " + request.target + " " + request.body});
        respond({.status = 500});  // only the first counts
    }
    std::variant<WebsocketPlace, HttpResponse> on_websocket(const HttpRequest&,
                                                            std::string_view) override {
        return HttpResponse{.status = 403, .body = "not for you\n"};
    }
    std::vector<std::string_view> subprotocols() const override { return {"amqp", "binary"}; }

    std::vector<HttpRequest> requests;
    std::vector<HttpResponder> later;
};

struct HttpWorld {
    Loop loop;
    WebService service;
    std::shared_ptr<Ledger> ledger =
        std::make_shared<Ledger>(Ledger::Limits{.connections = 2, .bytes = 1000, .each = 100});
    std::unique_ptr<Listener> listener = listen(loop, [this](Socket socket) {
        open(loop, std::move(socket), Security::none(), [this](Transport& transport) {
            auto made = speak_http(service, ledger, request_max)(transport);
            protocol = made.get();
            made_at = loop.now();
            return made;
        });
    });
    Socket client = dial(listener->bound_port());
    Duration request_max = kHttpRequestMax;
    Protocol* protocol = nullptr;  // of the last connection
    Instant made_at;
    std::string got;

    /// Waits until what came ends with `tail`.
    void expect_end(std::string_view tail) {
        run_until(loop, [&] {
            got += take_arrived(client).text;
            return got.ends_with(tail);
        });
    }
    void expect_closed() {
        bool ended = false;
        run_until(loop, [&] {
            loop.post([] {});  // looks again at once
            const Arrived more = take_arrived(client);
            got += more.text;
            ended = ended || more.ended;
            return ended;
        });
    }
    std::string status() const { return got.substr(0, got.find("\r\n")); }
};

}  // namespace

TEST_SUITE("http") {
    TEST_CASE_FIXTURE(HttpWorld, "a connection serves one request after another") {
        send_all(client, "GET /metrics?x=1 HTTP/1.1\r\nHost: a\r\nX-Y: z\r\n\r\n");
        expect_end("\r\n\r\nGET /metrics?x=1 ");
        CHECK(status() == "HTTP/1.1 200 OK");
        CHECK(got.find("\r\nContent-Length: 17\r\n") != std::string::npos);
        CHECK(got.find("\r\nConnection: keep-alive\r\n") != std::string::npos);
        CHECK(service.requests[0].header("x-y") == "z");
        CHECK(service.requests[0].header("no").empty());
        CHECK(service.requests[0].peer.starts_with("127.0.0.1:"));
        send_all(client, "POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");
        expect_end("POST /b abc");
    }

    TEST_CASE_FIXTURE(HttpWorld, "requests that come together have a turn of the loop each") {
        std::string all;
        for (int i = 0; i < 20; ++i) {
            all += "HEAD /" + std::to_string(i) + " HTTP/1.1\r\nHost: a\r\n\r\n";
        }
        send_all(client, all);
        std::size_t seen = 0;
        while (service.requests.size() < 20) {
            loop.run_one();
            REQUIRE(service.requests.size() <= seen + 1);
            seen = service.requests.size();
        }
        CHECK(service.requests[19].target == "/19");
    }

    TEST_CASE_FIXTURE(HttpWorld, "a request may come byte by byte, its body in chunks") {
        const std::string request =
            "PUT /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
            "2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n";
        for (const char byte : request) {
            send_all(client, {&byte, 1});
            loop.run_one();
        }
        expect_end("PUT /c abcde");
        CHECK(service.requests.size() == 1);
    }

    TEST_CASE_FIXTURE(HttpWorld,
                      "requests in one write are answered in their order, also late ones") {
        send_all(client,
                 "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /later HTTP/1.1\r\nHost: a\r\n\r\n"
                 "GET /3 HTTP/1.1\r\nHost: a\r\n\r\n");
        expect_end("GET /1 ");
        run_until(loop, [&] { return service.requests.size() == 2; });
        std::thread other{[&] { service.later[0]({.body = "from a thread"}); }};
        other.join();
        expect_end("GET /3 ");
        CHECK(got.find("from a thread") != std::string::npos);
        CHECK(got.find("from a thread") < got.find("GET /3"));
    }

    TEST_CASE_FIXTURE(HttpWorld,
                      "who sends half a request makes room for those who send a whole one") {
        const std::string half = "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 2000\r\n\r\n";
        send_all(client, half + std::string(900, 'x'));
        run_until(loop, [&] { return ledger->bytes() == half.size() + 900; });
        const Socket other = dial(listener->bound_port());
        std::string answer;
        send_all(other, "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n" +
                            std::string(100, 'y'));
        run_until(loop, [&] {
            answer += take_arrived(other).text;
            return answer.ends_with("yyy");
        });
        expect_closed();
        CHECK(got.empty());
        CHECK(ledger->counters().for_bytes == 1);
        CHECK(ledger->connections() == 1);
        CHECK(ledger->bytes() == 0);
    }

    TEST_CASE_FIXTURE(HttpWorld, "an idle connection makes room where there are too many") {
        const Socket second = dial(listener->bound_port());
        run_until(loop, [&] { return ledger->connections() == 2; });
        const Socket third = dial(listener->bound_port());
        expect_closed();
        CHECK(ledger->counters().for_places == 1);
        CHECK(ledger->connections() == 2);
    }

    TEST_CASE_FIXTURE(HttpWorld, "an answer for a client that is gone is dropped") {
        send_all(client, "GET /later HTTP/1.1\r\nHost: a\r\n\r\n");
        run_until(loop, [&] { return service.later.size() == 1; });
        CHECK(service.later[0].is_awaited());
        const linger reset{.l_onoff = 1, .l_linger = 0};
        REQUIRE(setsockopt(client.fd(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset) == 0);
        client.reset();
        run_until(loop, [&] { return loop.transports() == 0; });
        CHECK_FALSE(service.later[0].is_awaited());
        service.later[0]({.body = "nobody"});
        CHECK(service.requests.size() == 1);
    }

    TEST_CASE_FIXTURE(HttpWorld, "a client that ends its side after its request gets the answer") {
        send_all(client, "GET /later HTTP/1.1\r\nHost: a\r\n\r\n");
        REQUIRE(shutdown(client.fd(), SHUT_WR) == 0);
        run_until(loop, [&] { return service.later.size() == 1; });
        for (int turn = 0; turn < 10; ++turn) {  // the end is seen before the answer is made
            loop.post([] {});
            loop.run_one();
        }
        service.later[0]({.body = "in the end"});
        expect_closed();
        CHECK(got.ends_with("in the end"));
        CHECK(got.find("\r\nConnection: close\r\n") != std::string::npos);
    }

    TEST_CASE_FIXTURE(HttpWorld, "HEAD gets the length and no body") {
        send_all(client, "HEAD /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        expect_closed();
        CHECK(status() == "HTTP/1.1 200 OK");
        CHECK(got.find("\r\nContent-Length: 8\r\n") != std::string::npos);
        CHECK(got.find("\r\nConnection: close\r\n") != std::string::npos);
        CHECK(got.ends_with("\r\n\r\n"));
    }

    TEST_CASE_FIXTURE(HttpWorld, "what breaks a rule or a limit is refused by status and closed") {
        std::string expected;
        SUBCASE("no HTTP") {
            send_all(client, "AMQP\x01\x01 nonsense\r\n\r\n");
            expected = "HTTP/1.1 400 Bad Request";
        }
        SUBCASE("a header without end") {
            send_all(client, "GET / HTTP/1.1\r\nX: " + std::string(kHttpHeaderMax, 'x'));
            expected = "HTTP/1.1 431 Request Header Fields Too Large";
        }
        SUBCASE("a body that is announced too large") {
            send_all(client, "POST / HTTP/1.1\r\nContent-Length: " +
                                 std::to_string(kHttpBodyMax + 1) + "\r\n\r\n");
            expected = "HTTP/1.1 413 Payload Too Large";
        }
        SUBCASE("a chunk that is too large") {
            send_all(client, "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n100001\r\n");
            expected = "HTTP/1.1 413 Payload Too Large";
        }
        SUBCASE("two lengths") {
            send_all(client, "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n");
            expected = "HTTP/1.1 400 Bad Request";
        }
        SUBCASE("a length and chunks") {
            send_all(client,
                     "POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n");
            expected = "HTTP/1.1 400 Bad Request";
        }
        SUBCASE("two Host headers") {
            send_all(client, "GET / HTTP/1.1\r\nHost: localhost\r\nhost: evil.example\r\n\r\n");
            expected = "HTTP/1.1 400 Bad Request";
        }
        SUBCASE("two Host headers that are the same") {
            send_all(client, "GET / HTTP/1.1\r\nHost: a\r\nX: y\r\nHost: a\r\n\r\n");
            expected = "HTTP/1.1 400 Bad Request";
        }
        SUBCASE("two Host headers of an upgrade") {
            send_all(client,
                     "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: Upgrade\r\n"
                     "Upgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                     "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: amqp\r\n\r\n");
            expected = "HTTP/1.1 400 Bad Request";
        }
        SUBCASE("an upgrade without a sub-protocol of ours") {
            send_all(client,
                     "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                     "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
                     "Sec-WebSocket-Protocol: mqtt\r\n\r\n");
            expected = "HTTP/1.1 400 Bad Request";
        }
        expect_closed();
        CHECK(status() == expected);
        CHECK(service.requests.empty());
    }

    TEST_CASE_FIXTURE(HttpWorld, "what the service throws ends that connection and no other") {
        SUBCASE("in the first request of a turn") {
            send_all(client, "GET /throw HTTP/1.1\r\nHost: a\r\n\r\n");
        }
        SUBCASE("in one that has a turn of its own") {
            send_all(client,
                     "GET /a HTTP/1.1\r\nHost: a\r\n\r\nGET /throw HTTP/1.1\r\nHost: a\r\n\r\n");
        }
        expect_closed();
        client = dial(listener->bound_port());
        got.clear();
        send_all(client, "GET /b HTTP/1.1\r\nHost: a\r\n\r\n");
        expect_end("GET /b ");
    }

    TEST_CASE_FIXTURE(HttpWorld, "an upgrade that the service refuses is not found") {
        send_all(client,
                 "GET /nowhere HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                 "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
                 "Sec-WebSocket-Protocol: amqp\r\n\r\n");
        expect_end("not for you\n");
        CHECK(status() == "HTTP/1.1 403 Forbidden");
    }

    TEST_CASE_FIXTURE(HttpWorld, "a client that floods while it waits is dropped") {
        send_all(client, "GET /later HTTP/1.1\r\nHost: a\r\n\r\n");
        send_all(client, std::string(kHttpPipelineMax + 1, 'x'));
        run_until(loop, [&] { return !service.later.empty() && loop.transports() == 0; });
        CHECK(service.requests.size() == 1);
    }

    TEST_CASE_FIXTURE(HttpWorld, "who begins no request in time is dropped") {
        request_max = std::chrono::seconds{7};
        run_until(loop, [&] { return protocol != nullptr; });
        CHECK(protocol->deadline() == made_at + request_max);
        protocol->on_tick(protocol->deadline());
        CHECK(protocol->finished());
        CHECK(protocol->output().empty());
    }

    TEST_CASE_FIXTURE(HttpWorld, "who does not send all of a request in time is told so") {
        request_max = std::chrono::seconds{7};
        send_all(client, "GET / HT");
        run_until(loop, [&] {  // until its bytes came
            return protocol != nullptr && protocol->deadline() > made_at + request_max;
        });
        loop.post([&] { protocol->on_tick(protocol->deadline()); });
        expect_closed();
        CHECK(status() == "HTTP/1.1 408 Request Timeout");
    }

    TEST_CASE_FIXTURE(HttpWorld, "without a limit a request takes as long as it takes") {
        request_max = Duration::zero();
        run_until(loop, [&] { return protocol != nullptr; });
        CHECK(protocol->deadline() == kNever);
        send_all(client, "GET /a HTTP/1.1\r\nHost: a\r\n");
        send_all(client, "\r\n");
        expect_end("GET /a ");
        CHECK(protocol->deadline() != kNever);  // between requests there is one
    }

    TEST_CASE("the first sub-protocol that both speak is chosen") {
        CHECK(choose_subprotocol("amqp", {"amqp", "binary"}) == "amqp");
        CHECK(choose_subprotocol("mqtt, binary ,amqp", {"amqp", "binary"}) == "binary");
        CHECK(choose_subprotocol("", {"amqp"}).empty());
        CHECK(choose_subprotocol(" , ,AMQP", {"amqp"}).empty());
        CHECK(choose_subprotocol(" ", {""}).empty());
    }
}

}  // namespace weft::io
