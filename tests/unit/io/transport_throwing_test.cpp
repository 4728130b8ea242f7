#include "common/io/transport.hpp"
#include "tests/unit/io/support.hpp"

#include <cstdint>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <utility>

namespace weft::io {
namespace {

/// Which call throws, and what became of the protocol. Outlives it.
struct Fate {
    std::string_view call;
    int thrown = 0;
    int destroyed = 0;
    std::string lost{};
    Protocol* protocol = nullptr;

    void pass(std::string_view at) {
        if (at == call) {
            ++thrown;
            throw std::bad_alloc{};
        }
    }
};

/// Throws in one of its calls, and writes what it gets.
class Throwing final : public Protocol {
public:
    Throwing(Transport& transport, Fate& fate) : fate_{fate}, output_{transport.loop().pool()} {
        fate_.pass("constructor");
        fate_.protocol = this;
    }
    ~Throwing() override { ++fate_.destroyed; }

    void on_bytes(Bytes in, Instant) override {
        fate_.pass("on_bytes");
        output_.append(in);
    }
    void before_write() override { fate_.pass("before_write"); }
    OutBuffer& output() override { return output_; }
    void on_written() override { fate_.pass("on_written"); }
    bool finished() const override {
        fate_.pass("finished");
        return false;
    }
    void on_lost(std::string_view why) override {
        fate_.lost = why;
        fate_.pass("on_lost");
    }
    Instant deadline() const override { return {}; }
    void on_tick(Instant) override { fate_.pass("on_tick"); }

private:
    Fate& fate_;
    OutBuffer output_;
};

ProtocolFactory throwing(Fate& fate) {
    return [&fate](Transport& transport) { return std::make_unique<Throwing>(transport, fate); };
}

/// A connection that is served.
Socket dial_echo(Loop& loop, std::uint16_t port) {
    Socket socket = dial(port);
    send_all(socket, "hello");
    std::string got;
    run_until(loop, [&] {
        got += take_arrived(socket).text;
        return got == "hello";
    });
    return socket;
}

}  // namespace

TEST_SUITE("tcp transport: protocols that throw") {
    TEST_CASE("an exception of a protocol ends its connection and no other") {
        for (const std::string_view call :
             {"constructor", "on_bytes", "before_write", "on_written", "finished", "on_tick"}) {
            CAPTURE(call);
            Record record;
            Fate fate{.call = call};
            int accepted = 0;
            Loop loop;
            auto listener = listen(loop, [&](Socket socket) {
                open(loop, std::move(socket), Security::none(),
                     ++accepted == 1 ? throwing(fate) : echo(record));
            });
            const Socket bad = dial(listener->bound_port());
            run_until(loop, [&] { return accepted == 1; });
            send_all(bad, "x");
            run_until(loop, [&] { return loop.transports() == 0; });
            CHECK(fate.thrown == 1);
            CHECK(fate.destroyed == (call == "constructor" ? 0 : 1));
            CHECK(fate.lost == (call == "constructor" ? "" : "out of memory"));
            run_until(loop, [&] {
                loop.post([] {});
                return take_arrived(bad).ended;
            });

            const Socket good = dial_echo(loop, listener->bound_port());
        }
    }

    TEST_CASE("a protocol that can't be told of its loss is kept, for others may refer to it") {
        Fate fate{.call = "on_lost"};
        {
            Record record;
            int accepted = 0;
            Loop loop;
            auto listener = listen(loop, [&](Socket socket) {
                open(loop, std::move(socket), Security::none(),
                     ++accepted == 1 ? throwing(fate) : echo(record));
            });
            { const Socket bad = dial(listener->bound_port()); }
            run_until(loop, [&] { return fate.thrown == 1; });
            const Socket good = dial_echo(loop, listener->bound_port());
            CHECK(loop.transports() == 2);
            CHECK(fate.destroyed == 0);
            delete fate.protocol;
        }
    }

    TEST_CASE("what an accept throws costs that connection alone") {
        Loop loop;
        int accepted = 0;
        auto listener = listen(loop, [&](const Socket&) {
            ++accepted;
            throw std::bad_alloc{};
        });
        const Socket first = dial(listener->bound_port());
        const Socket second = dial(listener->bound_port());
        run_until(loop, [&] { return accepted == 2; });
        const Socket third = dial(listener->bound_port());
        run_until(loop, [&] { return accepted == 3; });
        CHECK(take_arrived(first).ended);
    }
}

}  // namespace weft::io
