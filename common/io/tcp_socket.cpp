#include "common/io/tcp_socket.hpp"

#include <sys/ioctl.h>

#include <utility>

namespace weft::io {

TcpSocket taken_in(boost::asio::io_context& context, Socket socket) {
    TcpSocket ours{context};
    boost::system::error_code error;
    ours.assign(boost::asio::ip::tcp::v4(), socket.fd(), error);
    if (!error) {
        (void)socket.release();
    }
    return ours;
}

std::size_t bytes_under_way(TcpSocket& socket) {
    int bytes = 0;
    const bool known = ::ioctl(socket.native_handle(), TIOCOUTQ, &bytes) == 0 && bytes > 0;
    return known ? static_cast<std::size_t>(bytes) : 0;
}

void close_socket(TcpSocket& socket, bool forgets) noexcept {
    boost::system::error_code ignored;
    if (forgets) {
        socket.set_option(boost::asio::socket_base::linger{true, 0}, ignored);
    }
    socket.close(ignored);
}

}  // namespace weft::io
