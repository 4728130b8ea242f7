#pragma once

#include "common/io/security.hpp"
#include "common/io/socket_transport.hpp"
#include "common/io/tcp_socket.hpp"
#include "common/tls/engine.hpp"

#include <memory>
#include <string>

namespace weft::io {

/// A transport over TLS: waits for readiness as a plain one does, so that an idle connection owns
/// no buffers. Its protocol is made when the handshake is done.
/// Threading: loop-confined. Internal to common/io.
class TlsTransport final : public SocketTransport {
public:
    /// Bytes of a read, and of one write: what comes of them fits the loop's buffer, and a block.
    static constexpr std::size_t kReadMax = Loop::kReadSize - tls::Engine::kRecordMax;
    static constexpr std::size_t kWriteMax = BlockPool::kBlockSize - 1024;
    /// What TLS itself has to say to a peer that does not read, or asks for it without end.
    static constexpr std::size_t kAnswersMax = 256 * 1024;

    TlsTransport(Loop& loop, TcpSocket socket, std::string peer, const Security& security);

    /// Begins the handshake.
    void start(ProtocolFactory factory);
    void read_now() override;

private:
    void start_reading() override;
    void write(OutBuffer& output) override;
    void shut_down() override;
    void close_socket() override;
    std::size_t under_way() override;
    void become(std::unique_ptr<Upgrade> upgrade) override;
    void on_never_opened(std::string_view why) noexcept override;

    void on_readable(const boost::system::error_code& error);
    void read();
    void on_meant(Bytes plain);
    void take_meant(Bytes plain);
    void write_coded();
    void on_writable(const boost::system::error_code& error);

    TcpSocket socket_;
    std::unique_ptr<tls::Engine> engine_;
    OutBuffer coded_;  // on its way to the peer
    std::shared_ptr<TlsTally> tally_;
    ProtocolFactory factory_;  // until the handshake is done
    bool is_server_;
};

}  // namespace weft::io
