#pragma once

#include "common/base/out_buffer.hpp"
#include "common/io/tcp_socket.hpp"
#include "common/tls/engine.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/compose.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/websocket/teardown.hpp>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <string>
#include <utility>

namespace weft::io {

/// TLS whose handshake is done, in the shape of Asio's streams: for a WebSocket over it. One read
/// and one write at a time. Owns no buffers while it waits.
/// Threading: loop-confined. Internal to common/io.
class TlsStream {
    using error_code = boost::system::error_code;

public:
    using executor_type = TcpSocket::executor_type;
    using next_layer_type = TcpSocket;

    TlsStream(BlockPool& pool, TcpSocket socket, std::unique_ptr<tls::Engine> engine)
        : state_{std::make_unique<State>(pool, std::move(socket), std::move(engine))} {}

    executor_type get_executor() { return state_->socket.get_executor(); }
    TcpSocket& next_layer() { return state_->socket; }
    const TcpSocket& next_layer() const { return state_->socket; }

    template <class Buffers, class Handler>
    auto async_read_some(const Buffers& buffers, Handler&& handler) {
        return boost::asio::async_compose<Handler, void(error_code, std::size_t)>(
            Read<Buffers>{*state_, buffers}, handler, state_->socket);
    }
    template <class Buffers, class Handler>
    auto async_write_some(const Buffers& buffers, Handler&& handler) {
        return boost::asio::async_compose<Handler, void(error_code, std::size_t)>(
            Write<Buffers>{*state_, buffers}, handler, state_->socket);
    }
    /// The peer is told that no more comes, if it can be at once.
    void say_end();

private:
    struct State {
        State(BlockPool& of, TcpSocket beneath, std::unique_ptr<tls::Engine> with)
            : pool{of},
              socket{std::move(beneath)},
              engine{std::move(with)},
              answers{of},
              coded{of} {}

        /// Reads once of what has come, if anything has.
        void take_arrived(error_code& error);

        BlockPool& pool;
        TcpSocket socket;
        std::unique_ptr<tls::Engine> engine;
        Buffer meant;  // what was received and not taken yet
        std::size_t taken = 0;
        OutBuffer answers;  // of TLS itself: they go ahead of the next write
        OutBuffer coded;    // being written
    };

    /// Waits until something is there that the peer meant, and takes of it what there is room for.
    /// Between two reads others have their turns.
    template <class Buffers>
    struct Read {
        template <class Self>
        void operator()(Self& self, error_code error = {}, std::size_t = 0) {
            if (is_done) {
                self.complete(failure, size);
                return;
            }
            if (!error && state.meant.empty()) {
                state.take_arrived(error);
            }
            if (!error && state.meant.empty()) {
                has_waited = true;
                state.socket.async_wait(TcpSocket::wait_read, std::move(self));
                return;
            }
            failure = error;
            size = error ? 0 : take();
            if (has_waited) {
                self.complete(failure, size);
                return;
            }
            is_done = true;  // never within the call that began it
            boost::asio::post(state.socket.get_executor(), std::move(self));
        }
        std::size_t take() {
            const std::size_t copied =
                boost::asio::buffer_copy(buffers, boost::asio::buffer(state.meant) + state.taken);
            state.taken += copied;
            if (state.taken == state.meant.size()) {
                state.meant = {};
                state.taken = 0;
            }
            return copied;
        }

        State& state;
        Buffers buffers;
        error_code failure{};
        std::size_t size = 0;
        bool has_waited = false;
        bool is_done = false;
    };

    template <class Buffers>
    struct Write {
        template <class Self>
        void operator()(Self& self, error_code error = {}, std::size_t = 0) {
            if (has_begun) {
                state.coded.consume(state.coded.size());
                error = failure ? failure : error;
                self.complete(error, error ? 0 : size);
                return;
            }
            has_begun = true;
            state.coded.append(state.answers.pending());
            state.answers.consume(state.answers.size());
            for (auto at = boost::asio::buffer_sequence_begin(buffers);
                 at != boost::asio::buffer_sequence_end(buffers) && size < kWriteMax; ++at) {
                const boost::asio::const_buffer each{*at};
                const std::size_t part = std::min(each.size(), kWriteMax - size);
                state.engine->send({static_cast<const std::uint8_t*>(each.data()), part},
                                   state.coded);
                size += part;
            }
            if (state.engine->state() == tls::Engine::State::failed) {
                failure = boost::asio::error::connection_aborted;  // nobody can read the rest
                boost::asio::post(state.socket.get_executor(), std::move(self));
                return;
            }
            const Bytes pending = state.coded.pending();
            boost::asio::async_write(
                state.socket, boost::asio::buffer(pending.data(), pending.size()), std::move(self));
        }

        State& state;
        Buffers buffers;
        error_code failure{};
        std::size_t size = 0;
        bool has_begun = false;
    };

    static constexpr std::size_t kReadMax = BlockPool::kBlockSize - tls::Engine::kRecordMax;
    static constexpr std::size_t kWriteMax = BlockPool::kBlockSize - 1024;

    std::unique_ptr<State> state_;  // where operations find it when the stream moves
};

/// What Beast calls when a WebSocket over it ends.
template <class Handler>
void async_teardown(boost::beast::role_type role, TlsStream& stream, Handler&& handler) {
    stream.say_end();
    boost::beast::websocket::async_teardown(role, stream.next_layer(),
                                            std::forward<Handler>(handler));
}

}  // namespace weft::io
