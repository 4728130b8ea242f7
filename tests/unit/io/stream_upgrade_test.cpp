#include "common/io/websocket_stream.hpp"
#include "tests/unit/io/upgrade_service.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/websocket/teardown.hpp>

namespace weft::io {

namespace {

using boost::system::error_code;
namespace beast = boost::beast;

/// A stream over a socket, as TLS is one, that changes nothing.
class Wrapper {
public:
    using executor_type = TcpSocket::executor_type;
    using next_layer_type = TcpSocket;

    explicit Wrapper(TcpSocket socket) : socket_{std::move(socket)} {}
    executor_type get_executor() { return socket_.get_executor(); }
    TcpSocket& next_layer() { return socket_; }
    const TcpSocket& next_layer() const { return socket_; }

    template <class Buffers, class Handler>
    auto async_read_some(const Buffers& buffers, Handler&& handler) {
        return socket_.async_read_some(buffers, std::forward<Handler>(handler));
    }
    template <class Buffers, class Handler>
    auto async_write_some(const Buffers& buffers, Handler&& handler) {
        return socket_.async_write_some(buffers, std::forward<Handler>(handler));
    }

private:
    TcpSocket socket_;
};

template <class Handler>
void async_teardown(beast::role_type role, Wrapper& stream, Handler&& handler) {
    beast::websocket::async_teardown(role, stream.next_layer(), std::forward<Handler>(handler));
}

/// It in the shape that StreamTransport takes.
class WrapperStream {
public:
    explicit WrapperStream(TcpSocket socket) : stream_{std::move(socket)} {}

    template <class Handler>
    void read(boost::asio::mutable_buffer buffer, Handler handler) {
        stream_.async_read_some(buffer, std::move(handler));
    }
    template <class Handler>
    void write(boost::asio::const_buffer buffer, Handler handler) {
        boost::asio::async_write(stream_, buffer, std::move(handler));
    }
    template <class Handler>
    void shut_down(Handler handler) {
        error_code error;
        stream_.next_layer().shutdown(TcpSocket::shutdown_send, error);
        boost::asio::post(stream_.get_executor(), [error, handler] { handler(error); });
    }
    void close(bool forgets) { close_socket(stream_.next_layer(), forgets); }
    std::size_t under_way() { return bytes_under_way(stream_.next_layer()); }
    std::string_view objection() const { return {}; }
    static bool is_end(const error_code& error) { return error == boost::asio::error::eof; }
    Wrapper take() { return std::move(stream_); }

private:
    Wrapper stream_;
};

/// A protected connection over which HTTP is spoken, as open() will make it for TLS.
struct UpgradeWorld {
    Record record;
    Loop loop;
    UpgradeService service{record};
    std::unique_ptr<Listener> listener = listen(loop, [this](Socket socket) { accept(socket); });
    Socket client = dial(listener->bound_port());
    std::string got;

    void accept(Socket& accepted) {
        TcpSocket socket{loop.context()};
        socket.assign(boost::asio::ip::tcp::v4(), accepted.release());
        auto facts = std::make_shared<const security::Protection>(security::Protection{
            .protocol = "TLSv1.3", .cipher = "x", .strength = 256, .peer_subject = "CN=a"});
        auto owned = std::make_unique<StreamTransport<WrapperStream>>(
            loop, "peer", std::move(facts), std::move(socket));
        auto& transport = *owned;
        loop.adopt(std::move(owned));
        const auto handshake = [this](WrapperStream&, auto done) {
            boost::asio::post(loop.context(), [done = std::move(done)] { done(error_code{}); });
        };
        transport.start(handshake, speak_http(service, std::make_shared<Ledger>()));
    }
    void expect(std::string_view part) {
        run_until(loop, [&] {
            got += take_arrived(client).text;
            return got.find(part) != std::string::npos;
        });
    }
};

}  // namespace

TEST_SUITE("upgrade over any stream") {
    TEST_CASE("HTTP over a stream becomes a WebSocket, and the protection's facts go along") {
        UpgradeWorld fixture;
        send_all(fixture.client, "GET /plain HTTP/1.1\r\nHost: h\r\n\r\n");
        fixture.expect("/plain");
        send_all(fixture.client, kUpgrade);
        fixture.expect("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        run_until(fixture.loop, [&] { return fixture.record.transport != nullptr; });
        CHECK(fixture.record.transport->peer() == "peer");
        CHECK(fixture.record.transport->security().peer_subject == "CN=a");
        CHECK(fixture.record.transport->security().is_encrypted());

        send_all(fixture.client, {"\x82\x82\0\0\0\0hi", 8});  // a masked binary message
        fixture.expect("\x82\x02hi");
        CHECK(fixture.record.received == "hi");
        fixture.client.reset();
        run_until(fixture.loop, [&] { return fixture.loop.transports() == 0; });
        CHECK(fixture.record.losses == 1);
    }
}

}  // namespace weft::io
