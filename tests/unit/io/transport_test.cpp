#include "common/io/transport.hpp"

#include "tests/unit/io/support.hpp"

#include <sys/socket.h>

#include <memory>
#include <new>
#include <string>

namespace weft::io {

namespace {

/// A loop, a listener whose connections echo, and a client.
struct TransportWorld {
    explicit TransportWorld(std::size_t unread_max = Loop::kUnreadMax) : loop{unread_max} {}

    Loop loop;
    Record record;
    std::unique_ptr<Listener> listener = listen(loop, [this](Socket socket) {
        open(loop, std::move(socket), Security::none(), echo(record));
    });
    Socket client = dial(listener->bound_port());

    void connect() {
        run_until(loop, [&] { return record.transport != nullptr; });
    }
    std::string expect(std::size_t size) {
        std::string got;
        run_until(loop, [&] {
            got += take_arrived(client).text;
            return got.size() >= size;
        });
        return got;
    }
};

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

TEST_SUITE("tcp transport") {
    TEST_CASE_FIXTURE(TransportWorld, "what is received is echoed") {
        send_all(client, "hello");
        CHECK(expect(5) == "hello");
        CHECK(record.written == 1);
        CHECK(record.transport->peer().starts_with("127.0.0.1:"));
        CHECK(loop.transports() == 1);
    }

    TEST_CASE_FIXTURE(TransportWorld,
                      "what has come is read at once by who asks, and then as ever") {
        connect();
        send_all(client, "one");
        while (record.received.empty()) {
            record.transport->read_now();
        }
        CHECK(record.received == "one");
        record.transport->read_now();  // there is nothing
        CHECK(record.received == "one");
        send_all(client, "two");
        run_until(loop, [&] { return record.received == "onetwo"; });
        SUBCASE("also the end") {
            ::shutdown(client.fd(), SHUT_WR);
            while (record.losses == 0) {
                record.transport->read_now();
                loop.run_one();
            }
            CHECK(record.lost == "closed by the peer");
            CHECK(record.destroyed);
        }
    }

    TEST_CASE_FIXTURE(TransportWorld, "output made outside of a turn is written after wake") {
        connect();
        record.output->append(as_bytes("news"));
        record.transport->wake();
        record.transport->wake();
        CHECK(expect(4) == "news");
    }

    TEST_CASE_FIXTURE(TransportWorld,
                      "input that a protocol holds has turns, before more is read") {
        connect();
        Record other;
        const auto others = listen(loop, [&](Socket socket) {
            open(loop, std::move(socket), Security::none(), echo(other));
        });
        Socket bystander = dial(others->bound_port());
        run_until(loop, [&] { return other.transport != nullptr; });
        record.turns_due = 1'000'000;
        send_all(client, "held");
        run_until(loop, [&] { return record.received == "held"; });
        send_all(client, "behind");
        send_all(bystander, "hello");
        run_until(loop, [&] { return other.received == "hello"; });
        CHECK(record.turns_due < 1'000'000);
        CHECK(record.received == "held");
        record.turns_due = 1;
        run_until(loop, [&] { return record.received == "heldbehind"; });
        CHECK(record.turns_due == 0);
        other.transport->abort("enough");
        run_until(loop, [&] { return other.destroyed; });
    }

    TEST_CASE_FIXTURE(TransportWorld, "a protocol that holds input can be lost") {
        connect();
        record.turns_due = 1'000'000;
        send_all(client, "held");
        run_until(loop, [&] { return record.turns_due < 999'990; });
        record.transport->abort("enough");
        run_until(loop, [&] { return record.destroyed; });
        CHECK(record.lost == "enough");
    }

    TEST_CASE_FIXTURE(TransportWorld,
                      "a peer that reads slowly gets all, in order, while reading goes on") {
        connect();
        std::string all(8 << 20, '\0');
        for (std::size_t i = 0; i < all.size(); ++i) {
            all[i] = static_cast<char>(i * 31 >> 3);
        }
        record.output->append(as_bytes(all));
        record.transport->wake();
        loop.run_one();
        CHECK_FALSE(record.output->empty());  // the kernel did not take it all
        send_all(client, "still heard");
        run_until(loop, [&] { return record.received == "still heard"; });

        std::string got;
        run_until(loop, [&] {
            loop.post([] {});
            got += take_arrived(client, 100'000).text;
            return got.size() >= all.size() + 11;
        });
        CHECK(got == all + "still heard");
        CHECK(record.written > 1);
        CHECK(record.output->empty());
    }

    /// With more output than the kernel takes.
    struct Unread : TransportWorld {
        Unread() {
            connect();
            record.output->append(as_bytes(std::string(8 << 20, 'x')));
            record.transport->wake();
            loop.run_one();
            REQUIRE_FALSE(record.output->empty());
        }
        int sweeps = 0;
        const Timer count = loop.every(Loop::kSweepPeriod, [this] { ++sweeps; });
    };

    TEST_CASE_FIXTURE(Unread, "a peer that leaves much unread is not read from until it reads") {
        record.bounds.bytes = 1 << 20;
        send_all(client, "a");
        run_until(loop, [&] { return record.received == "a"; });
        send_all(client, "b");
        run_until(loop, [&] { return sweeps == 2; });
        CHECK(record.received == "a");
        run_until(loop, [&] {
            loop.post([] {});
            take_arrived(client, 100'000);
            return record.received == "ab";
        });
        CHECK(record.output->size() <= record.bounds.bytes + 1);
    }

    TEST_CASE_FIXTURE(Unread, "a peer that reads nothing for its time is dropped") {
        run_until(loop, [&] { return sweeps == 2; });
        CHECK_FALSE(record.destroyed);
        SUBCASE("however little it leaves unread") {
            record.bounds.stall = std::chrono::milliseconds{1};
        }
        SUBCASE("sooner if it is too much") {
            record.bounds = {.bytes = 1 << 20, .stall = std::chrono::hours{1}};
        }
        SUBCASE("or if the connection ends") {
            record.transport->close();
        }
        const int before = sweeps;
        run_until(loop, [&] { return record.destroyed && loop.transports() == 0; });
        CHECK(record.lost == "the peer does not read what it gets");
        CHECK(record.losses == 1);
        CHECK((sweeps - before) * Loop::kSweepPeriod < Transport::kDrainMax);
    }

    TEST_CASE_FIXTURE(Unread, "a peer that reads, and leaves far too much unread, is dropped") {
        record.bounds.most = record.output->size() + 1;
        record.transport->wake();
        loop.run_one();
        CHECK_FALSE(record.destroyed);
        SUBCASE("at the next write") {
            record.output->append(as_bytes("xx"));
            record.transport->wake();
        }
        SUBCASE("also while it reads") {
            run_until(loop, [&] {
                loop.post([] {});
                take_arrived(client, 100'000);
                record.output->append(as_bytes(std::string(200'000, 'x')));
                record.transport->wake();
                return record.output->size() > record.bounds.most;
            });
        }
        run_until(loop, [&] { return record.destroyed && loop.transports() == 0; });
        CHECK(record.lost == "the peer does not read what it gets");
        CHECK(record.losses == 1);
    }

    TEST_CASE("all together may leave so much unread: who got on with nothing for longest goes") {
        TransportWorld world{4 << 20};
        world.connect();
        Record other;
        const auto listener = listen(world.loop, [&](Socket socket) {
            open(world.loop, std::move(socket), Security::none(), echo(other));
        });
        const Socket second = dial(listener->bound_port());
        run_until(world.loop, [&] { return other.transport != nullptr; });
        for (Record* const record : {&world.record, &other}) {
            record->bounds.bytes = 64 << 20;
            record->output->append(as_bytes(std::string(12 << 20, 'x')));
            record->transport->wake();
            run_until(world.loop, [&] { return record->output->size() < 12U << 20; });
        }
        run_until(world.loop, [&] { return world.record.destroyed; });
        CHECK(world.record.lost.find("others need the memory") != std::string::npos);
        CHECK_FALSE(other.destroyed);
        CHECK(world.loop.unread().counters().for_bytes == 1);
        CHECK(world.loop.unread().connections() == 1);
        std::size_t got = 0;
        run_until(world.loop, [&] {
            world.loop.post([] {});
            got += take_arrived(second, 100'000).text.size();
            return got == 12U << 20;
        });
        CHECK(world.loop.unread().connections() == 0);
        other.transport->abort("enough");
        run_until(world.loop, [&] { return other.destroyed; });
    }

    TEST_CASE_FIXTURE(TransportWorld, "a finished protocol's last bytes arrive before the end") {
        send_all(client, "quit");
        CHECK(expect(3) == "bye");
        SUBCASE("the peer ends its side") {
            ::shutdown(client.fd(), SHUT_WR);
        }
        SUBCASE("the peer goes on sending and is not listened to") {
            send_all(client, "more");
            ::shutdown(client.fd(), SHUT_WR);
        }
        run_until(loop, [&] { return record.destroyed && loop.transports() == 0; });
        CHECK(record.lost == "closed");
        CHECK(record.losses == 1);
        CHECK(record.received == "quit");
        CHECK(take_arrived(client).ended);
    }

    TEST_CASE_FIXTURE(TransportWorld, "close writes what is pending first") {
        connect();
        record.output->append(as_bytes("last"));
        record.transport->close();
        record.transport->close();
        CHECK(expect(4) == "last");
        ::shutdown(client.fd(), SHUT_WR);
        run_until(loop, [&] { return record.destroyed && loop.transports() == 0; });
        CHECK(record.losses == 1);
    }

    TEST_CASE_FIXTURE(TransportWorld,
                      "a peer that closes or resets is reported once, after its bytes") {
        SUBCASE("closes") {
            send_all(client, "x");
            client.reset();
        }
        SUBCASE("resets") {
            connect();
            send_all(client, "x");
            run_until(loop, [&] { return record.received == "x"; });
            const linger reset{1, 0};
            ::setsockopt(client.fd(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
            client.reset();
        }
        run_until(loop, [&] { return record.destroyed && loop.transports() == 0; });
        CHECK(record.received == "x");
        CHECK(record.losses == 1);
        CHECK_FALSE(record.lost.empty());
    }

    TEST_CASE_FIXTURE(TransportWorld, "abort within a call is reported after it") {
        send_all(client, "abort");
        run_until(loop, [&] { return record.destroyed && loop.transports() == 0; });
        CHECK(record.lost == "wanted");
        CHECK(record.losses == 1);
    }

    TEST_CASE_FIXTURE(TransportWorld,
                      "a protocol is ticked once its deadline has passed, not before") {
        connect();
        int sweeps = 0;
        const Timer count = loop.every(Loop::kSweepPeriod, [&] { ++sweeps; });
        run_until(loop, [&] { return sweeps == 2; });
        CHECK(record.ticks == 0);
        record.deadline = loop.now();
        run_until(loop, [&] { return record.ticks > 0; });
    }

    TEST_CASE_FIXTURE(TransportWorld,
                      "a protocol that is ticked exactly does not wait for the sweep") {
        connect();
        int sweeps = 0;
        const Timer count = loop.every(Loop::kSweepPeriod, [&] { ++sweeps; });
        record.deadline = loop.now();  // always due
        record.transport->tick_exactly();
        run_until(loop, [&] { return record.ticks == 100; });
        CHECK(sweeps < 100);
        SUBCASE("and is not ticked when nothing is due") {
            record.deadline = loop.now() + std::chrono::hours{1};
            const int before = sweeps;
            run_until(loop, [&] { return sweeps == before + 2; });
            CHECK(record.ticks == 100);
        }
        SUBCASE("nor once it is closed") {
            record.transport->close();
            run_until(loop, [&] { return record.destroyed && loop.transports() == 0; });
            CHECK(record.losses == 1);
        }
    }

    TEST_CASE_FIXTURE(TransportWorld,
                      "a peer that never ends its side is closed after the linger time") {
        send_all(client, "quit");
        CHECK(expect(3) == "bye");
        run_until(loop, [&] { return record.destroyed; });
        CHECK(record.lost == "closed");
    }

    TEST_CASE("an exception of a protocol ends its connection and no other") {
        for (const std::string_view call :
             {"constructor", "on_bytes", "before_write", "on_written", "finished", "on_tick"}) {
            CAPTURE(call);
            Loop loop;
            Record record;
            Fate fate{.call = call};
            int accepted = 0;
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
            Loop loop;
            Record record;
            int accepted = 0;
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

    TEST_CASE("a loop that ends drops its transports without a report") {
        Record record;
        {
            Loop loop;
            auto listener = listen(loop, [&](Socket socket) {
                open(loop, std::move(socket), Security::none(), echo(record));
            });
            const Socket client = dial(listener->bound_port());
            run_until(loop, [&] { return record.transport != nullptr; });
        }
        CHECK(record.losses == 0);
    }

    TEST_CASE_FIXTURE(TransportWorld, "a plain connection tells that nothing protects it") {
        connect();
        const SecurityFacts& facts = record.transport->security();
        CHECK_FALSE(facts.is_encrypted());
        CHECK(facts.strength == 0);
        CHECK(facts.peer_subject.empty());
    }

    TEST_CASE("a TLS profile is refused, by name") {
        const auto refused = Security::tls({.name = "outside"});
        REQUIRE_FALSE(refused);
        CHECK(refused.error().condition == std::string_view{"amqp:not-implemented"});
        CHECK(refused.error().text == "profile outside can't be used: this version has no TLS");
    }
}

}  // namespace weft::io
