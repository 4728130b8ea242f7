#include "common/io/open.hpp"

#include "common/io/first_byte_transport.hpp"
#include "common/io/loop.hpp"
#include "common/io/open_socket.hpp"
#include "common/io/tcp_transport.hpp"
#include "common/io/tls_transport.hpp"

namespace weft::io {
namespace {

template <class Kind>
Kind& adopted(Loop& loop, std::unique_ptr<Kind> owned) {
    Kind& transport = *owned;
    loop.adopt(std::move(owned));
    return transport;
}

SocketTransport& open_tls(Loop& loop,
                          TcpSocket socket,
                          std::string peer,
                          const Security& security,
                          const ProtocolFactory& factory) {
    if (security.plain() == Plain::taken) {
        auto& transport = adopted(loop, std::make_unique<FirstByteTransport>(
                                            loop, std::move(socket), std::move(peer), security));
        transport.start(factory);
        return transport;
    }
    auto& transport = adopted(
        loop, std::make_unique<TlsTransport>(loop, std::move(socket), std::move(peer), security));
    transport.start(factory);
    return transport;
}

}  // namespace

SocketTransport& open_socket(Loop& loop,
                             TcpSocket socket,
                             std::string peer,
                             const Security& security,
                             const ProtocolFactory& factory) {
    if (security.context()) {
        return open_tls(loop, std::move(socket), std::move(peer), security, factory);
    }
    auto& transport =
        adopted(loop, std::make_unique<TcpTransport>(loop, std::move(socket), std::move(peer)));
    transport.start(factory);
    return transport;
}

Transport& open(Loop& loop,
                Socket socket,
                const Security& security,
                const ProtocolFactory& factory) {
    std::string peer = socket.peer();
    return open_socket(loop, taken_in(loop.context(), std::move(socket)), std::move(peer), security,
                       factory);
}

}  // namespace weft::io
