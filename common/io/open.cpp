#include "common/io/open.hpp"

#include "common/io/loop.hpp"
#include "common/io/open_socket.hpp"
#include "common/io/tcp_transport.hpp"

namespace weft::io {

SocketTransport& open_socket(Loop& loop,
                             TcpSocket socket,
                             const Security&,
                             const ProtocolFactory& factory) {
    std::string peer = peer_text(socket.native_handle());
    auto owned = std::make_unique<TcpTransport>(loop, std::move(socket), std::move(peer));
    TcpTransport& transport = *owned;
    loop.adopt(std::move(owned));
    transport.start(factory);
    return transport;
}

Transport& open(Loop& loop,
                Socket socket,
                const Security& security,
                const ProtocolFactory& factory) {
    TcpSocket ours{loop.context()};
    boost::system::error_code ignored;  // not taken into the loop: reading will tell
    ours.assign(boost::asio::ip::tcp::v4(), socket.fd(), ignored);
    if (!ignored) {
        (void)socket.release();
    }
    return open_socket(loop, std::move(ours), security, factory);
}

}  // namespace weft::io
