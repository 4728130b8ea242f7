#include "common/io/tls_stream.hpp"

#include "common/io/tls_transport.hpp"

namespace weft::io {

void TlsStream::State::take_arrived(error_code& error) {
    BlockPool::Block block = pool.take();
    BlockPool::Block room = pool.take();
    const ::ssize_t got = ::recv(socket.native_handle(), block.get(), kReadMax, MSG_DONTWAIT);
    const int reason = errno;
    const std::size_t size = got > 0 ? static_cast<std::size_t>(got) : 0;
    const std::size_t there =
        engine->receive({block.get(), size}, {room.get(), BlockPool::kBlockSize}, answers);
    meant.assign(room.get(), room.get() + there);
    pool.give(std::move(block));
    pool.give(std::move(room));
    if (engine->state() == tls::Engine::State::failed ||
        answers.size() > TlsTransport::kAnswersMax) {
        error = boost::asio::error::connection_aborted;
    } else if (got == 0 || (meant.empty() && engine->state() == tls::Engine::State::ended)) {
        error = boost::asio::error::eof;
    } else if (got < 0 && reason != EAGAIN && reason != EWOULDBLOCK && reason != EINTR) {
        error = {reason, boost::system::system_category()};
    }
}

void TlsStream::say_end() {
    OutBuffer last{state_->pool};
    state_->engine->close(last);
    const Bytes pending = last.pending();
    (void)::send(state_->socket.native_handle(), pending.data(), pending.size(),
                 MSG_DONTWAIT | MSG_NOSIGNAL);
}

}  // namespace weft::io
