#include "common/io/websocket_transport.hpp"

#include "common/io/loop.hpp"
#include "common/io/stream_transport.hpp"
#include "common/io/upgrade.hpp"

#include <boost/beast/websocket/error.hpp>
#include <boost/beast/websocket/stream.hpp>

namespace weft::io {

namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
namespace websocket = boost::beast::websocket;
using boost::system::error_code;

/// A server's WebSocket in the shape that StreamTransport takes.
class WebsocketStream {
public:
    WebsocketStream(TcpSocket socket, std::unique_ptr<Upgrade> upgrade)
        : stream_{std::move(socket)}, upgrade_{std::move(upgrade)} {
        error_code ignored;  // a socket whose peer is gone already: the handshake will tell
        stream_.next_layer().non_blocking(false, ignored);
        stream_.binary(true);
        stream_.auto_fragment(false);
        stream_.read_message_max(0);  // messages are streamed, so their size costs nothing
        if (!upgrade_->subprotocol.empty()) {
            stream_.set_option(websocket::stream_base::decorator{
                [name = upgrade_->subprotocol](websocket::response_type& response) {
                    response.set(http::field::sec_websocket_protocol, name);
                }});
        }
    }

    template <class Handler>
    void accept(Handler handler) {
        stream_.async_accept(upgrade_->request, std::move(handler));
    }
    template <class Handler>
    void read(asio::mutable_buffer buffer, Handler handler) {
        upgrade_.reset();
        stream_.async_read_some(buffer, std::move(handler));
    }
    template <class Handler>
    void write(asio::const_buffer buffer, Handler handler) {
        stream_.async_write(buffer, std::move(handler));
    }
    template <class Handler>
    void shut_down(Handler handler) {
        const auto code = objection().empty() ? websocket::close_code::normal
                                              : websocket::close_code::unknown_data;
        stream_.async_close(code, std::move(handler));
    }
    void close() {
        error_code ignored;
        stream_.next_layer().close(ignored);
    }
    std::string_view objection() const {
        return stream_.got_text() ? "a text message where binary ones are spoken" : "";
    }
    static bool is_end(const error_code& error) {
        return error == websocket::error::closed || error == asio::error::eof;
    }

private:
    websocket::stream<TcpSocket> stream_;
    std::unique_ptr<Upgrade> upgrade_;  // until the handshake is done
};

}  // namespace

void open_websocket(Loop& loop,
                    TcpSocket socket,
                    std::string peer,
                    std::unique_ptr<Upgrade> upgrade) {
    ProtocolFactory factory = std::move(upgrade->factory);
    auto owned = std::make_unique<StreamTransport<WebsocketStream>>(
        loop, std::move(peer), std::move(socket), std::move(upgrade));
    auto& transport = *owned;
    loop.adopt(std::move(owned));
    transport.start(
        [](WebsocketStream& stream, auto handler) { stream.accept(std::move(handler)); },
        std::move(factory));
}

}  // namespace weft::io
