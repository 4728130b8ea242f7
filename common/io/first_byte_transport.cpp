#include "common/io/first_byte_transport.hpp"

#include "common/io/loop.hpp"
#include "common/io/tcp_transport.hpp"
#include "common/io/tls_tally.hpp"
#include "common/io/tls_transport.hpp"

#include <boost/asio/buffer.hpp>

#include <array>
#include <utility>

namespace weft::io {
namespace {

using boost::system::error_code;

/// Of a TLS record that begins a handshake; AMQP begins with 'A', HTTP with a letter, MQTT with
/// 0x10. Spec: RFC 8446 §5.1
constexpr std::uint8_t kHandshakeRecord = 22;
constexpr std::string_view kKnown = "what it speaks is known";

template <class Kind, class... Args>
void adopt(Loop& loop, ProtocolFactory factory, Args&&... args) {
    auto owned = std::make_unique<Kind>(loop, std::forward<Args>(args)...);
    Kind& transport = *owned;
    loop.adopt(std::move(owned));
    transport.start(std::move(factory));
}

}  // namespace

FirstByteTransport::FirstByteTransport(Loop& loop,
                                       TcpSocket socket,
                                       std::string peer,
                                       Security security)
    : SocketTransport{loop, std::move(peer)},
      socket_{std::move(socket)},
      security_{std::move(security)} {
    error_code ignored;  // a socket whose peer is gone already: reading will tell
    socket_.non_blocking(true, ignored);
    limit_opening(security_.handshake_max());
}

void FirstByteTransport::start(ProtocolFactory factory) {
    factory_ = std::move(factory);
    socket_.async_wait(TcpSocket::wait_read,
                       [this](const error_code& error) { turn([&] { on_readable(error); }); });
    reading_ = true;
}

void FirstByteTransport::on_readable(const error_code& error) {
    if (!completed(reading_)) {
        return;
    }
    if (error) {
        lose(error.message());
        return;
    }
    std::array<std::uint8_t, 1> first{};
    error_code failure;
    const std::size_t size = socket_.receive(boost::asio::buffer(first),
                                             boost::asio::socket_base::message_peek, failure);
    if (failure == boost::asio::error::would_block) {
        start(std::move(factory_));
        return;
    }
    if (failure || size == 0) {
        lose(failure ? failure.message() : "closed");
        return;
    }
    if (first[0] == kHandshakeRecord) {
        adopt<TlsTransport>(loop(), std::move(factory_), std::move(socket_), peer(), security_);
    } else {
        adopt<TcpTransport>(loop(), std::move(factory_), std::move(socket_), peer());
    }
    lose(kKnown);
}

void FirstByteTransport::on_never_opened(std::string_view why) noexcept {
    if (why != kKnown) {
        security_.tally()->count(why == kLate ? TlsEnd::late : TlsEnd::gone);
    }
}

}  // namespace weft::io
