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
    return open_socket(loop, taken_in(loop.context(), std::move(socket)), security, factory);
}

}  // namespace weft::io
