#pragma once

#include "common/io/security.hpp"
#include "common/io/tls_tally.hpp"
#include "common/tls/engine.hpp"
#include "tests/support/certificates.hpp"
#include "tests/unit/io/support.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace weft::io {

inline std::shared_ptr<const tls::Context> must_make(const tls::Profile& profile,
                                                     const tls::Use& use) {
    auto made = tls::Context::make(profile, use);
    REQUIRE(made);
    return *made;
}

/// An authority, a server's certificate by it, and what both sides make of them.
struct TlsWorld {
    test::Authority authority;
    test::Certified shown = authority.issue();
    tls::Profile server{.certificates = shown.certificate,
                        .private_key = shown.key,
                        .authorities = authority.certificate()};
    tls::Profile client{.authorities = authority.certificate()};

    Security serves(Plain plain = Plain::refused,
                    const tls::Use& use = {},
                    Duration handshake_max = std::chrono::seconds{10}) const {
        return Security::tls(must_make(server, use), plain, handshake_max);
    }
    Security dials(const tls::Use& use = {.server = false}) const {
        return Security::tls(must_make(client, use), Plain::refused, std::chrono::seconds{10});
    }
};

/// A client that speaks TLS over a socket of its own, driven by the test.
class TlsClient {
public:
    TlsClient(Socket socket, std::shared_ptr<const tls::Context> context)
        : socket_{std::move(socket)}, engine_{std::move(context), "localhost"}, out_{pool_} {
        engine_.start(out_);
        flush();
    }
    /// Takes what has come; true once the server's end came.
    bool poll() {
        const Arrived arrived = take_arrived(socket_, 40 * 1024);
        const std::size_t size = engine_.receive(as_bytes(arrived.text), room_, out_);
        got += as_text(Bytes{room_}.first(size));
        flush();
        return arrived.ended;
    }
    void connect(Loop& loop) {
        run_until(loop, [&] {
            poll();
            return engine_.state() == tls::Engine::State::open;
        });
    }
    void say(std::string_view text) {
        engine_.send(as_bytes(text), out_);
        flush();
    }
    /// And that no more comes, at once.
    void say_last(std::string_view text) {
        engine_.send(as_bytes(text), out_);
        end();
    }
    void end() {
        engine_.close(out_);
        flush();
    }
    void expect(Loop& loop, std::string_view part) {
        run_until(loop, [&] {
            poll();
            return got.find(part) != std::string::npos;
        });
    }
    const tls::Engine& engine() const { return engine_; }
    Socket& socket() { return socket_; }

    std::string got;

private:
    void flush() {
        send_all(socket_, as_text(out_.pending()));
        out_.consume(out_.size());
    }

    Socket socket_;
    BlockPool pool_;
    tls::Engine engine_;
    OutBuffer out_;
    Buffer room_ = Buffer(64 * 1024);
};

}  // namespace weft::io
