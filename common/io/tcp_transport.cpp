#include "common/io/tcp_transport.hpp"

#include "common/io/loop.hpp"
#include "common/io/upgrade.hpp"
#include "common/io/websocket_transport.hpp"

#include <boost/asio/buffer.hpp>

namespace weft::io {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;

}  // namespace

TcpTransport::TcpTransport(Loop& loop, TcpSocket socket, std::string peer)
    : SocketTransport{loop, std::move(peer)}, socket_{std::move(socket)} {
    error_code ignored;  // a socket whose peer is gone already: reading will tell
    socket_.set_option(asio::ip::tcp::no_delay{true}, ignored);
    socket_.non_blocking(true, ignored);
}

void TcpTransport::start_reading() {
    if (reading_) {
        return;
    }
    socket_.async_wait(TcpSocket::wait_read, [this](const error_code& error) {
        turn_after(reading_, error, [this] { read(); });
    });
    reading_ = true;
}

/// Unless it is not to be read from now. What is waited for stays so.
void TcpTransport::read_now() {
    if (reading_ && !is_lost()) {
        read();
        wake();
    }
}

void TcpTransport::read() {
    error_code failure;
    const auto buffer = loop().read_buffer();
    const std::size_t size = socket_.read_some(asio::buffer(buffer.data(), buffer.size()), failure);
    if (!failure) {
        deliver({buffer.data(), size});
    } else if (failure == asio::error::would_block) {
        start_reading();
    } else if (failure == asio::error::eof) {
        peer_ended();
    } else {
        lose(failure.message());
    }
}

void TcpTransport::write(OutBuffer& output) {
    const Bytes pending = output.pending();
    error_code error;
    const std::size_t size =
        socket_.write_some(asio::buffer(pending.data(), pending.size()), error);
    if (error && error != asio::error::would_block) {
        lose(error.message());
        return;
    }
    if (size < pending.size()) {  // the kernel is full: asking once more would only say so
        socket_.async_wait(TcpSocket::wait_write, [this](const error_code& failure) {
            turn_after(writing_, failure, [] {});  // its turn ends with the rest
        });
        writing_ = true;
    }
    if (size > 0) {
        output.consume(size);
        wrote();
    }
}

void TcpTransport::shut_down() {
    error_code error;
    socket_.shutdown(TcpSocket::shutdown_send, error);
    if (error) {
        lose("closed");
    }
}

void TcpTransport::close_socket() {
    io::close_socket(socket_, /*forgets=*/writing_);
}

std::size_t TcpTransport::under_way() {
    return bytes_under_way(socket_);
}

void TcpTransport::become(std::unique_ptr<Upgrade> upgrade) {
    Loop& to = upgrade->place.loop == nullptr ? loop() : *upgrade->place.loop;
    if (&to == &loop()) {
        open_websocket(to, std::move(socket_), {peer(), facts()}, std::move(upgrade));
        return;
    }
    error_code error;
    Socket socket{socket_.release(error)};
    if (!error) {
        to.post([&to, socket = std::move(socket), from = Upgraded{peer(), facts()},
                 upgrade = std::move(upgrade)]() mutable {
            open_websocket(to, taken_in(to.context(), std::move(socket)), std::move(from),
                           std::move(upgrade));
        });
    }
}

}  // namespace weft::io
