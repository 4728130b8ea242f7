#include "common/io/http_server.hpp"
#include "common/io/loop_thread.hpp"
#include "tests/unit/io/support.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>

#include <atomic>
#include <thread>

namespace weft::io {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = boost::beast::websocket;
using Client = websocket::stream<asio::ip::tcp::socket>;

class EchoService final : public HttpService {
public:
    explicit EchoService(Record& record) : record_{record} {}
    void on_request(HttpRequest, HttpResponder respond) override { respond({}); }
    std::variant<WebsocketPlace, HttpResponse> on_websocket(const HttpRequest& request,
                                                            std::string_view chosen) override {
        target = request.target;
        subprotocol = chosen;
        return WebsocketPlace{.factory =
                                  [this](Transport& transport) {
                                      made_on = std::this_thread::get_id();
                                      return echo(record_)(transport);
                                  },
                              .loop = loop};
    }
    std::vector<std::string_view> subprotocols() const override { return {"amqp", "binary"}; }

    std::string target;
    std::string subprotocol;
    Loop* loop = nullptr;  // null: the one that speaks HTTP
    std::thread::id made_on;

private:
    Record& record_;
};

struct WebSocketWorld {
    Record record;
    Loop loop;
    EchoService service{record};
    std::unique_ptr<Listener> listener = listen(loop, [this](Socket socket) {
        open(loop, std::move(socket), Security::none(),
             speak_http(service, std::make_shared<Ledger>()));
    });

    /// Runs the loop while a blocking client, connected to it, does `script`.
    template <class Script>
    void run_client(const Script& script) {
        std::atomic<bool> done = false;
        std::thread thread{[&] {
            asio::io_context context;
            Client client{context};
            client.next_layer().connect(
                {asio::ip::make_address("127.0.0.1"), listener->bound_port()});
            client.set_option(websocket::stream_base::decorator{[](websocket::request_type& ask) {
                ask.set(beast::http::field::sec_websocket_protocol, "x, amqp, binary");
            }});
            client.binary(true);
            script(client);
            done = true;
            loop.post([] {});
        }};
        run_until(loop, [&] { return done.load(); });
        thread.join();
    }
};

std::string read_bytes(Client& client, std::size_t size) {
    std::string got;
    while (got.size() < size) {
        beast::flat_buffer buffer;
        client.read(buffer);
        got.append(static_cast<const char*>(buffer.data().data()), buffer.size());
    }
    return got;
}

}  // namespace

TEST_SUITE("websocket") {
    TEST_CASE_FIXTURE(WebSocketWorld,
                      "an HTTP connection is upgraded and carries bytes both ways") {
        websocket::response_type response;
        std::string got;
        bool binary = false;
        run_client([&](Client& client) {
            client.handshake(response, "localhost", "/amqp");
            client.write(asio::buffer(std::string{"hello"}));
            got = read_bytes(client, 5);
            binary = client.got_binary();
            client.ping({});
            client.write(asio::buffer(std::string{"again"}));
            got += read_bytes(client, 5);
            client.close(websocket::close_code::normal);
        });
        CHECK(response[beast::http::field::sec_websocket_protocol] == "amqp");
        CHECK(service.target == "/amqp");
        CHECK(service.subprotocol == "amqp");
        CHECK(got == "helloagain");
        CHECK(binary);
        run_until(loop, [&] { return loop.transports() == 0; });
        CHECK(record.losses == 1);
        CHECK(record.lost == "closed by the peer");
    }

    TEST_CASE_FIXTURE(WebSocketWorld, "it goes on on the loop that its place names") {
        LoopThread other;
        other.start();
        service.loop = &other.loop();
        std::string got;
        run_client([&](Client& client) {
            client.handshake("localhost", "/");
            client.write(asio::buffer(std::string{"hello"}));
            got = read_bytes(client, 5);
            client.close(websocket::close_code::normal);
        });
        run_until(loop, [&] { return loop.transports() == 0; });
        other.join();
        CHECK(got == "hello");
        CHECK(service.made_on != std::thread::id{});
        CHECK(service.made_on != std::this_thread::get_id());
    }

    TEST_CASE_FIXTURE(WebSocketWorld, "megabytes pass whole, in messages of any size") {
        std::string all(3 << 20, '\0');
        for (std::size_t i = 0; i < all.size(); ++i) {
            all[i] = static_cast<char>(i * 17 >> 5);
        }
        std::string got;
        run_client([&](Client& client) {
            client.read_message_max(0);
            client.handshake("localhost", "/");
            std::thread writer{[&] {
                std::size_t size = 1;
                for (std::size_t at = 0; at < all.size(); at += size, size = size * 3 + 1) {
                    size = std::min(size, all.size() - at);
                    client.write(asio::buffer(all.data() + at, size));
                }
            }};
            got = read_bytes(client, all.size());
            writer.join();
        });
        CHECK(got == all);
        run_until(loop, [&] { return loop.transports() == 0; });
        CHECK(record.losses == 1);
    }

    TEST_CASE_FIXTURE(WebSocketWorld,
                      "a finished protocol closes with a close frame after its last bytes") {
        std::string got;
        beast::error_code error;
        websocket::close_reason reason;
        run_client([&](Client& client) {
            client.handshake("localhost", "/");
            client.write(asio::buffer(std::string{"quit"}));
            got = read_bytes(client, 3);
            beast::flat_buffer buffer;
            client.read(buffer, error);
            reason = client.reason();
        });
        CHECK(got == "bye");
        CHECK(error == websocket::error::closed);
        CHECK(reason.code == websocket::close_code::normal);
        run_until(loop, [&] { return loop.transports() == 0; });
        CHECK(record.lost == "closed");
    }

    TEST_CASE_FIXTURE(WebSocketWorld, "a text message is refused with status 1003, once") {
        websocket::close_reason reason;
        int messages = 1;
        SUBCASE("the only one") {}
        SUBCASE("several") {
            messages = 20;
        }
        run_client([&](Client& client) {
            client.handshake("localhost", "/");
            client.text(true);
            beast::error_code error;
            for (int i = 0; i < messages; ++i) {
                client.write(asio::buffer(std::string{"hello"}), error);
            }
            beast::flat_buffer buffer;
            client.read(buffer, error);
            reason = client.reason();
        });
        CHECK(reason.code == 1003);
        run_until(loop, [&] { return loop.transports() == 0; });
        CHECK(record.received.empty());
        CHECK(record.lost == "a text message where binary ones are spoken");
    }

    TEST_CASE_FIXTURE(WebSocketWorld,
                      "what is no frame ends a WebSocket that is being closed, too") {
        run_client([&](Client& client) {
            client.handshake("localhost", "/");
            // A message that finishes the protocol, and in one piece with it the beginning of no
            // frame: whoever reads it wants to answer, and holds what the close waits for.
            asio::write(client.next_layer(),
                        asio::buffer("\x82\x84\0\0\0\0quit\x83\x80\0\0\0\0", 16));
            beast::error_code error;
            std::string rest(1000, '\0');
            asio::read(client.next_layer(), asio::buffer(rest), error);
            CHECK(error == asio::error::eof);
        });
        run_until(loop, [&] { return loop.transports() == 0; });
        CHECK(record.losses == 1);
        CHECK(record.destroyed);
    }

    TEST_CASE_FIXTURE(WebSocketWorld, "a client that vanishes is reported") {
        run_client([&](Client& client) {
            client.handshake("localhost", "/");
            client.write(asio::buffer(std::string{"x"}));
            (void)read_bytes(client, 1);
            client.next_layer().close();
        });
        run_until(loop, [&] { return loop.transports() == 0; });
        CHECK(record.losses == 1);
    }

    TEST_CASE_FIXTURE(WebSocketWorld, "abort ends operations in flight") {
        run_client([&](Client& client) {
            client.handshake("localhost", "/");
            client.write(asio::buffer(std::string{"abort"}));
            beast::flat_buffer buffer;
            beast::error_code error;
            client.read(buffer, error);
        });
        run_until(loop, [&] { return loop.transports() == 0; });
        CHECK(record.lost == "wanted");
    }

    TEST_CASE_FIXTURE(WebSocketWorld, "a handshake that is none is refused") {
        beast::error_code error;
        run_client([&](Client& client) {
            asio::write(
                client.next_layer(),
                asio::buffer(std::string{"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\n"
                                         "Upgrade: websocket\r\nSec-WebSocket-Version: 7\r\n"
                                         "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                                         "Sec-WebSocket-Protocol: amqp\r\n\r\n"}));
            std::string answer(12, '\0');
            asio::read(client.next_layer(), asio::buffer(answer), error);
            CHECK(answer == "HTTP/1.1 426");
        });
        run_until(loop, [&] { return loop.transports() == 0; });
        CHECK(record.transport == nullptr);
    }
}

}  // namespace weft::io
