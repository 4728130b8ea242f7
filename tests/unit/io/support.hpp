#pragma once

#include "common/base/bytes.hpp"
#include "common/io/listener.hpp"
#include "common/io/loop.hpp"
#include "common/io/open.hpp"
#include "common/io/transport.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>

namespace weft::io {

/// Runs the loop's turns until `condition` holds.
template <class Condition>
void run_until(Loop& loop, Condition condition) {
    while (!condition()) {
        loop.run_one();
    }
}

/// A listener on the loopback, on a port of the system's choice.
inline std::unique_ptr<Listener> listen(Loop& loop, Listener::Accept accept) {
    auto listener =
        Listener::open(loop, {.name = "test", .host = "127.0.0.1", .port = 0}, std::move(accept));
    REQUIRE(listener);
    return std::move(*listener);
}

/// A blocking client's socket, connected to the loopback.
Socket dial(std::uint16_t port);
void send_all(const Socket& socket, std::string_view text);
/// What has come by now, without waiting; `ended`: and then the peer's end.
struct Arrived {
    std::string text;
    bool ended = false;
};
Arrived take_arrived(const Socket& socket, std::size_t size_max = 1 << 16);

/// All of one HTTP answer came; that of an upgrade is its header.
bool is_whole_answer(std::string_view answer);
/// One answer to one HTTP request on a connection of its own.
std::string ask_http(Loop& loop, std::uint16_t port, std::string_view request);

/// What a recording protocol saw and is told; outlives it.
struct Record {
    std::string received;
    std::string lost;  // why
    int losses = 0;
    int written = 0;
    int ticks = 0;
    Instant deadline = kNever;  // to be had
    OutputBounds bounds{};      // to be had
    int turns_due = 0;          // for which it holds input
    bool wants_input = true;
    bool destroyed = false;
    Transport* transport = nullptr;
    OutBuffer* output = nullptr;
};

/// Sends back what it gets; "quit" finishes it. Checks that it is not re-entered.
class Echo final : public Protocol {
public:
    Echo(Transport& transport, Record& record);
    ~Echo() override { record_.destroyed = true; }

    void on_bytes(Bytes in, Instant now) override;
    void before_write() override {}
    OutBuffer& output() override { return output_; }
    void on_written() override { ++record_.written; }
    bool finished() const override { return finished_; }
    void on_lost(std::string_view why) override;
    Instant deadline() const override { return record_.deadline; }
    void on_tick(Instant) override { ++record_.ticks; }
    bool holds_input() const override { return record_.turns_due > 0; }
    bool wants_input() const override { return record_.wants_input; }
    OutputBounds output_bounds() const override { return record_.bounds; }

private:
    Record& record_;
    OutBuffer output_;
    bool finished_ = false;
    bool inside_ = false;
};

inline ProtocolFactory echo(Record& record) {
    return [&record](Transport& transport) { return std::make_unique<Echo>(transport, record); };
}

}  // namespace weft::io
