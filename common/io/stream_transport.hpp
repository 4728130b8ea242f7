#pragma once

#include "common/io/socket_transport.hpp"
#include "common/io/upgrade.hpp"
#include "common/io/websocket_transport.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/system/error_code.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace weft::io {

/// A transport over a stream that has no readiness to wait for, as a WebSocket: reads into a
/// buffer of its own, and has one write in flight, of bytes that it holds.
///
/// `Stream` offers, each completing with (error_code[, size]):
///   read(buffer, handler)   write(buffer, handler)   shut_down(handler)
///   close(forgets), under_way() → of the socket at the bottom, see tcp_socket.hpp
///   objection() → why what was just read is no bytes for a protocol, else empty; shut_down says so
///   is_end(error_code) → the peer ended in good order
///   take() → the stream beneath, for a WebSocket over it; one that offers none can't become one
///
/// Threading: loop-confined. Internal to common/io.
template <class Stream>
class StreamTransport final : public SocketTransport {
public:
    /// A read that fills the buffer makes the next one large; a small one makes it small again.
    static constexpr std::size_t kBufferMin = 2 * 1024;
    static constexpr std::size_t kBufferMax = 32 * 1024;
    static constexpr std::size_t kWriteMax = BlockPool::kBlockSize;

    template <class... Args>
    StreamTransport(Loop& loop,
                    std::string peer,
                    std::shared_ptr<const security::Protection> facts,
                    Args&&... args);

    /// `handshake(stream, handler(error_code))` begins; when it is done the protocol is made.
    template <class Handshake>
    void start(Handshake handshake, ProtocolFactory factory);

    /// What the stream beneath had.
    void watch_over(std::unique_ptr<RevocationWatch> watch) { watch_ = std::move(watch); }

private:
    using error_code = boost::system::error_code;

    void start_reading() override;
    void write(OutBuffer& output) override;
    void shut_down() override;
    void close_socket() override { stream_->close(/*forgets=*/writing_); }
    std::size_t under_way() override { return stream_->under_way(); }
    void abandon_operations() override;
    void become(std::unique_ptr<Upgrade> upgrade) override;
    void on_read(const error_code& error, std::size_t size);

    std::optional<Stream> stream_;  // none once its operations are abandoned
    Buffer in_;
    std::size_t last_read_ = 0;  // bytes
    OutBuffer out_;              // in flight: the protocol's own may move while it grows
};

template <class Stream>
template <class... Args>
StreamTransport<Stream>::StreamTransport(Loop& loop,
                                         std::string peer,
                                         std::shared_ptr<const security::Protection> facts,
                                         Args&&... args)
    : SocketTransport{loop, std::move(peer), std::move(facts)},
      stream_{std::in_place, std::forward<Args>(args)...},
      out_{loop.pool()} {}

template <class Stream>
template <class Handshake>
void StreamTransport<Stream>::start(Handshake handshake, ProtocolFactory factory) {
    handshake(*stream_, [this, factory = std::move(factory)](const error_code& error) {
        turn_after(reading_, error, [&] { carry(factory); });
    });
    reading_ = true;
}

template <class Stream>
void StreamTransport<Stream>::become(std::unique_ptr<Upgrade> upgrade) {
    if constexpr (requires { stream_->take(); }) {
        if (upgrade->place.loop != nullptr && upgrade->place.loop != &loop()) {
            lose("such a stream can't go to another loop");
            return;
        }
        open_websocket(loop(), stream_->take(), {peer(), facts()}, std::move(upgrade));
    } else {
        lose("a WebSocket is no place for another");
    }
}

template <class Stream>
void StreamTransport<Stream>::start_reading() {
    if (reading_) {
        return;
    }
    if (in_.empty() || (in_.size() > kBufferMin && last_read_ < kBufferMin)) {
        in_ = Buffer(kBufferMin);
    } else if (in_.size() < kBufferMax && last_read_ == in_.size()) {
        in_ = Buffer(kBufferMax);
    }
    stream_->read(boost::asio::buffer(in_), [this](const error_code& error, std::size_t size) {
        turn([&] { on_read(error, size); });
    });
    reading_ = true;
}

template <class Stream>
void StreamTransport<Stream>::on_read(const error_code& error, std::size_t size) {
    if (!completed(reading_)) {
        return;
    }
    if (Stream::is_end(error)) {
        peer_ended();
        return;
    }
    if (error) {
        lose(error.message());
        return;
    }
    if (const std::string_view objection = stream_->objection(); !objection.empty()) {
        linger(objection);
        return;
    }
    last_read_ = size;
    deliver({in_.data(), size});
}

template <class Stream>
void StreamTransport<Stream>::write(OutBuffer& output) {
    const std::size_t size = std::min(output.size(), kWriteMax);
    out_.append(output.pending().first(size));
    output.consume(size);
    stream_->write(boost::asio::buffer(out_.pending().data(), size),
                   [this](const error_code& error, std::size_t) {
                       out_.consume(out_.size());
                       turn_after(writing_, error, [this] { wrote(); });
                   });
    writing_ = true;
}

template <class Stream>
void StreamTransport<Stream>::shut_down() {
    stream_->shut_down([this](const error_code&) {
        turn([&] {
            if (completed(shutting_)) {
                lose("closed");
            }
        });
    });
    shutting_ = true;
}

/// A stream keeps the handlers of operations that wait for one another, and they die with it.
template <class Stream>
void StreamTransport<Stream>::abandon_operations() {
    stream_.reset();
    reading_ = writing_ = shutting_ = false;
}

}  // namespace weft::io
