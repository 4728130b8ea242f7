#include "common/io/tls_transport.hpp"

#include "common/io/log.hpp"
#include "common/io/loop.hpp"
#include "common/io/refusals.hpp"
#include "common/io/tls_stream.hpp"
#include "common/io/tls_tally.hpp"
#include "common/io/upgrade.hpp"
#include "common/io/websocket_transport.hpp"

#include <boost/asio/buffer.hpp>

#include <algorithm>
#include <utility>

namespace weft::io {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

}  // namespace

TlsTransport::TlsTransport(Loop& loop, TcpSocket socket, std::string peer, const Security& security)
    : SocketTransport{loop, std::move(peer)},
      socket_{std::move(socket)},
      engine_{std::make_unique<tls::Engine>(security.context(), security.host())},
      coded_{loop.pool()},
      tally_{security.tally()},
      is_server_{security.context()->use().server} {
    error_code ignored;  // a socket whose peer is gone already: reading will tell
    socket_.set_option(asio::ip::tcp::no_delay{true}, ignored);
    socket_.non_blocking(true, ignored);
    limit_opening(security.handshake_max());
}

void TlsTransport::start(ProtocolFactory factory) {
    factory_ = std::move(factory);
    guard(*this, [this] {
        engine_->start(coded_);
        write_coded();
        if (is_lost()) {
            return;
        }
        if (engine_->state() == tls::Engine::State::failed) {
            lose("TLS: " + engine_->why());
        } else {
            start_reading();
        }
    });
}

/// Nothing comes after the peer's end, which is read in a turn of its own: what came before it is
/// taken and answered first.
void TlsTransport::start_reading() {
    if (reading_) {
        return;
    }
    if (engine_->state() == tls::Engine::State::ended) {
        loop().post([this] {
            if (completed(reading_)) {
                guard(*this, [this] { peer_ended(); });  // I5
                wake();
            }
        });
        reading_ = true;
        return;
    }
    socket_.async_wait(TcpSocket::wait_read,
                       [this](const error_code& error) { turn([&] { on_readable(error); }); });
    reading_ = true;
}

void TlsTransport::on_readable(const error_code& error) {
    if (!completed(reading_)) {
        return;
    }
    if (error) {
        lose(error.message());
    } else {
        read();
    }
}

/// Unless it is not to be read from now. What is waited for stays so.
void TlsTransport::read_now() {
    if (reading_ && !is_lost()) {
        read();
        wake();
    }
}

void TlsTransport::read() {
    error_code failure;
    const auto room = loop().read_buffer();
    BlockPool::Block block = loop().pool().take();
    const std::size_t size = socket_.read_some(asio::buffer(block.get(), kReadMax), failure);
    const std::size_t meant = engine_->receive({block.get(), size}, room, coded_);
    loop().pool().give(std::move(block));
    if (!failure) {
        write_coded();
        if (!is_lost()) {
            on_meant({room.data(), meant});
        }
    } else if (failure == asio::error::would_block) {
        start_reading();
    } else if (failure == asio::error::eof && factory_) {
        lose("TLS: the peer ended the connection within the handshake");
    } else if (failure == asio::error::eof) {
        peer_ended();
    } else {
        lose(failure.message());
    }
}

void TlsTransport::on_meant(Bytes plain) {
    using State = tls::Engine::State;
    if (coded_.size() > kAnswersMax) {
        lose("the peer does not read what TLS has to say");
        return;
    }
    if (engine_->state() == State::handshake) {
        start_reading();
        return;
    }
    if (engine_->state() != State::failed || !factory_) {
        take_meant(plain);
    }
    if (engine_->state() == State::failed) {
        lose("TLS: " + engine_->why());
    }
}

void TlsTransport::take_meant(Bytes plain) {
    if (factory_) {
        set_facts(engine_->protection());
        watch_ = RevocationWatch::of(*engine_, tally_);
        tally_->count(TlsEnd::agreed);
        carry(std::exchange(factory_, nullptr), plain);
    } else if (!plain.empty()) {
        deliver(plain);
    } else if (engine_->state() != tls::Engine::State::failed) {
        start_reading();
    }
}

void TlsTransport::write(OutBuffer& output) {
    while (!output.empty() && !writing_) {
        const Bytes plain = output.pending().first(std::min(output.size(), kWriteMax));
        engine_->send(plain, coded_);
        if (engine_->state() == tls::Engine::State::failed) {
            lose("TLS: " + engine_->why());
            return;
        }
        output.consume(plain.size());
        write_coded();
        if (is_lost()) {
            return;
        }
    }
    wrote();
}

void TlsTransport::write_coded() {
    if (writing_ || coded_.empty()) {
        return;
    }
    const Bytes pending = coded_.pending();
    error_code error;
    const std::size_t size =
        socket_.write_some(asio::buffer(pending.data(), pending.size()), error);
    if (error && error != asio::error::would_block) {
        lose(engine_->state() == tls::Engine::State::failed ? "TLS: " + engine_->why()
                                                            : error.message());
        return;
    }
    coded_.consume(size);
    if (!coded_.empty()) {
        socket_.async_wait(TcpSocket::wait_write, [this](const error_code& failure) {
            turn([&] { on_writable(failure); });
        });
        writing_ = true;
    }
}

void TlsTransport::on_writable(const error_code& error) {
    if (!completed(writing_)) {
        return;
    }
    if (error) {
        lose(error.message());
        return;
    }
    write_coded();
    if (!writing_ && !is_lost()) {
        wake();
    }
}

void TlsTransport::shut_down() {
    engine_->close(coded_);
    write_coded();
    if (is_lost()) {
        return;
    }
    error_code error;
    socket_.shutdown(TcpSocket::shutdown_send, error);
    if (error) {
        lose("closed");
    }
}

void TlsTransport::close_socket() {
    io::close_socket(socket_, /*forgets=*/writing_);
}

std::size_t TlsTransport::under_way() {
    return bytes_under_way(socket_);
}

/// A client's connector tells of it by itself.
void TlsTransport::on_never_opened(std::string_view why) noexcept {
    const bool failed = engine_->state() == tls::Engine::State::failed;
    const TlsEnd end = failed         ? static_cast<TlsEnd>(engine_->failure())
                       : why == kLate ? TlsEnd::late
                                      : TlsEnd::gone;
    tally_->count(end);
    if (is_server_ && end != TlsEnd::gone) {
        Loop::attempt([&] {
            refusals().add(
                {.what = "tls", .peer = peer(), .why = std::string{why}, .remedy = remedy_of(end)});
        });
    }
    if (is_server_ && end != TlsEnd::gone && tally_->may_log(loop().now())) {
        Loop::attempt([&] {
            WEFT_LOG(Module::server, Level::info, peer() + " was not let in: " + std::string{why});
        });
    }
}

void TlsTransport::become(std::unique_ptr<Upgrade> upgrade) {
    Loop& to = upgrade->place.loop == nullptr ? loop() : *upgrade->place.loop;
    if (&to == &loop()) {
        open_websocket(to, TlsStream{to.pool(), std::move(socket_), std::move(engine_)},
                       {peer(), facts(), std::move(watch_)}, std::move(upgrade));
        return;
    }
    error_code error;
    Socket socket{socket_.release(error)};
    if (!error) {
        to.post([&to, socket = std::move(socket), engine = std::move(engine_),
                 from = Upgraded{peer(), facts(), std::move(watch_)},
                 upgrade = std::move(upgrade)]() mutable {
            open_websocket(
                to,
                TlsStream{to.pool(), taken_in(to.context(), std::move(socket)), std::move(engine)},
                std::move(from), std::move(upgrade));
        });
    }
}

}  // namespace weft::io
