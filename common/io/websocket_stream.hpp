#pragma once

#include "common/io/loop.hpp"
#include "common/io/stream_transport.hpp"
#include "common/io/tcp_socket.hpp"
#include "common/io/upgrade.hpp"
#include "common/io/websocket_transport.hpp"

#include <boost/beast/core/stream_traits.hpp>
#include <boost/beast/websocket/error.hpp>
#include <boost/beast/websocket/stream.hpp>

#include <memory>
#include <string>
#include <utility>

// The definitions behind websocket_transport.hpp: slow to compile, and included by the few sources
// that make a WebSocket over a new kind of stream.
namespace weft::io {

/// A server's WebSocket over `Next`, in the shape that StreamTransport takes.
template <class Next>
class WebsocketStream {
    using error_code = boost::system::error_code;

public:
    WebsocketStream(Next next, std::unique_ptr<Upgrade> upgrade)
        : stream_{std::move(next)}, upgrade_{std::move(upgrade)} {
        namespace websocket = boost::beast::websocket;
        error_code ignored;  // a socket whose peer is gone already: the handshake will tell
        boost::beast::get_lowest_layer(stream_).non_blocking(false, ignored);
        stream_.binary(true);
        stream_.auto_fragment(false);
        stream_.read_message_max(0);  // messages are streamed, so their size costs nothing
        if (!upgrade_->subprotocol.empty()) {
            stream_.set_option(websocket::stream_base::decorator{
                [name = upgrade_->subprotocol](websocket::response_type& response) {
                    response.set(boost::beast::http::field::sec_websocket_protocol, name);
                }});
        }
    }

    template <class Handler>
    void accept(Handler handler) {
        stream_.async_accept(upgrade_->request, std::move(handler));
    }
    template <class Handler>
    void read(boost::asio::mutable_buffer buffer, Handler handler) {
        upgrade_.reset();
        stream_.async_read_some(buffer, std::move(handler));
    }
    template <class Handler>
    void write(boost::asio::const_buffer buffer, Handler handler) {
        stream_.async_write(buffer, std::move(handler));
    }
    template <class Handler>
    void shut_down(Handler handler) {
        using boost::beast::websocket::close_code;
        const auto code = objection().empty() ? close_code::normal : close_code::unknown_data;
        stream_.async_close(code, std::move(handler));
    }
    void close(bool forgets) { close_socket(boost::beast::get_lowest_layer(stream_), forgets); }
    std::size_t under_way() { return bytes_under_way(boost::beast::get_lowest_layer(stream_)); }
    std::string_view objection() const {
        return stream_.got_text() ? "a text message where binary ones are spoken" : "";
    }
    static bool is_end(const error_code& error) {
        return error == boost::beast::websocket::error::closed || error == boost::asio::error::eof;
    }

private:
    boost::beast::websocket::stream<Next> stream_;
    std::unique_ptr<Upgrade> upgrade_;  // until the handshake is done
};

template <class Next>
void open_websocket(Loop& loop, Next next, Upgraded from, std::unique_ptr<Upgrade> upgrade) {
    using Stream = WebsocketStream<Next>;
    ProtocolFactory factory = std::move(upgrade->place.factory);
    auto owned = std::make_unique<StreamTransport<Stream>>(
        loop, std::move(from.peer), std::move(from.security), std::move(next), std::move(upgrade));
    auto& transport = *owned;
    transport.watch_over(std::move(from.watch));
    loop.adopt(std::move(owned));
    transport.start([](Stream& stream, auto handler) { stream.accept(std::move(handler)); },
                    std::move(factory));
}

}  // namespace weft::io
