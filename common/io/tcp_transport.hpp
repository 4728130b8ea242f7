#pragma once

#include "common/io/socket_transport.hpp"
#include "common/io/tcp_socket.hpp"

namespace weft::io {

/// A transport over plain TCP: waits for readiness, so that it needs no buffers of its own.
/// Threading: loop-confined. Internal to common/io.
class TcpTransport final : public SocketTransport {
public:
    TcpTransport(Loop& loop, TcpSocket socket, std::string peer);

    void start(const ProtocolFactory& factory) { carry(factory); }
    void read_now() override;

private:
    void start_reading() override;
    void write(OutBuffer& output) override;
    void shut_down() override;
    void close_socket() override;
    std::size_t under_way() override;
    void become(std::unique_ptr<Upgrade> upgrade) override;
    void read();

    TcpSocket socket_;
};

}  // namespace weft::io
