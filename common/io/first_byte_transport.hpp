#pragma once

#include "common/io/security.hpp"
#include "common/io/socket_transport.hpp"
#include "common/io/tcp_socket.hpp"

namespace weft::io {

/// Of a peer that may speak TLS or not: waits for its first byte, which tells, and gives its socket
/// to a transport that is made for it. Carries nothing itself.
/// Threading: loop-confined. Internal to common/io.
class FirstByteTransport final : public SocketTransport {
public:
    FirstByteTransport(Loop& loop, TcpSocket socket, std::string peer, Security security);

    void start(ProtocolFactory factory);

private:
    void start_reading() override {}
    void write(OutBuffer&) override {}
    void shut_down() override {}
    void close_socket() override { io::close_socket(socket_, /*forgets=*/false); }
    std::size_t under_way() override { return 0; }
    void become(std::unique_ptr<Upgrade>) override {}
    void on_never_opened(std::string_view why) noexcept override;
    void on_readable(const boost::system::error_code& error);

    TcpSocket socket_;
    Security security_;
    ProtocolFactory factory_;
};

}  // namespace weft::io
