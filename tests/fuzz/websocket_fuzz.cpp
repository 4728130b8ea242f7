// A WebSocket, from its upgrade on, over a pair of sockets: the bytes that reach its protocol are
// the same however the frames are cut into writes; with AMQP behind it, the core's books are right.
//
// Byte 0: 1 AMQP is spoken, else all is echoed; 2 the upgrade request, too, is the input's. Byte 1:
// size of the pieces.
#include "common/base/assert.hpp"
#include "common/io/http_server.hpp"
#include "common/io/open.hpp"
#include "tests/fuzz/core_bed.hpp"
#include "tests/fuzz/run_due.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace weft::fuzz {
namespace {

constexpr std::string_view kUpgrade =
    "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    "Sec-WebSocket-Protocol: amqp\r\n\r\n";

/// Sends back what it gets, and keeps it elsewhere.
class Echo final : public io::Protocol {
public:
    Echo(io::Transport& transport, Buffer& got) : output_{transport.loop().pool()}, got_{got} {}

    void on_bytes(Bytes in, Instant) override {
        WEFT_CHECK(in.size() <= io::Loop::kReadSize);
        append(got_, in);
        output_.append(in);
    }
    void before_write() override {}
    OutBuffer& output() override { return output_; }
    void on_written() override {}
    bool finished() const override { return false; }
    void on_lost(std::string_view why) override { WEFT_CHECK(!why.empty()); }
    Instant deadline() const override { return kNever; }
    void on_tick(Instant) override {}

private:
    OutBuffer output_;
    Buffer& got_;
};

class Conversation final : private io::HttpService {
public:
    explicit Conversation(bool amqp) : amqp_{amqp} {
        std::array<int, 2> ends{};
        WEFT_CHECK(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()) == 0);
        client_ = io::Socket{ends[0]};
        io::open(bed_.loop(), io::Socket{ends[1]}, io::Security::none(),
                 io::speak_http(*this, std::make_shared<io::Ledger>()));
    }

    /// What reached the protocol. `upgrade`: the handshake is done before.
    Buffer run(Bytes stream, std::size_t piece, bool upgrade) {
        if (upgrade) {
            write(as_bytes(kUpgrade));
            while (answer_.find("\r\n\r\n") == std::string::npos) {
                bed_.loop().run_one();
                read();
            }
        }
        while (!stream.empty()) {
            const Bytes some = stream.first(std::min(piece, stream.size()));
            stream = stream.subspan(some.size());
            write(some);
            run_due(bed_.loop());
            read();
        }
        ::shutdown(client_.fd(), SHUT_WR);
        while (bed_.loop().transports() > 0) {
            bed_.loop().run_one();
            read();
        }
        bed_.check_empty();
        return std::move(got_);
    }

private:
    void on_request(HttpRequest request, io::HttpResponder respond) override {
        respond({.body = request.target});
    }
    std::variant<io::WebsocketPlace, HttpResponse> on_websocket(const HttpRequest&,
                                                                std::string_view) override {
        return io::WebsocketPlace{
            .factory = [this](io::Transport& transport) -> std::unique_ptr<io::Protocol> {
                if (amqp_) {
                    return bed_.client(transport);
                }
                return std::make_unique<Echo>(transport, got_);
            }};
    }
    std::vector<std::string_view> subprotocols() const override { return {"amqp", "binary"}; }

    /// A peer that is gone takes nothing.
    void write(Bytes bytes) {
        (void)::send(client_.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    }
    void read() {
        std::array<char, 4096> some{};
        for (ssize_t size = 1; size > 0;) {
            size = ::recv(client_.fd(), some.data(), some.size(), 0);
            answer_.append(some.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
        }
    }

    bool amqp_;
    Buffer got_;
    std::string answer_;
    io::Socket client_;
    CoreBed bed_;
};

}  // namespace
}  // namespace weft::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using weft::fuzz::Conversation;
    if (size < 2) {
        return 0;
    }
    const bool amqp = (data[0] & 1) != 0;
    const bool upgrade = (data[0] & 2) == 0;
    const weft::Bytes stream{data + 2, size - 2};
    const auto cut = Conversation{amqp}.run(stream, 1U + data[1], upgrade);
    if (upgrade && !amqp) {
        WEFT_CHECK(cut == Conversation{amqp}.run(stream, stream.size(), upgrade));
    }
    return 0;
}
