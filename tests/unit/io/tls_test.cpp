#include "common/io/connector.hpp"
#include "common/io/tls_stream.hpp"
#include "tests/unit/io/tls_peer.hpp"
#include "tests/unit/io/upgrade_service.hpp"

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <csignal>

namespace weft::io {

namespace {

bool says(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

/// A listener with TLS whose connections echo.
struct Door : TlsWorld {
    Record record;
    Loop loop;
    Security security = serves();
    std::unique_ptr<Listener> listener = listen(
        loop, [this](Socket socket) { open(loop, std::move(socket), security, echo(record)); });

    TlsClient client() {
        return {dial(listener->bound_port()), must_make(TlsWorld::client, {.server = false})};
    }
    HostPort place(std::string host = "localhost") const {
        return {std::move(host), std::to_string(listener->bound_port())};
    }
    std::uint64_t ended(TlsEnd end) const { return security.tally()->of(end); }
    void wait_for(TlsEnd end) {
        run_until(loop, [&] { return ended(end) == 1; });
        run_until(loop, [&] { return loop.transports() == 0; });
    }
};

}  // namespace

TEST_SUITE("tls transport") {
    TEST_CASE_FIXTURE(Door, "what is received is echoed, and the protection's facts are known") {
        TlsClient peer = client();
        peer.connect(loop);
        peer.say("hello");
        peer.expect(loop, "hello");
        CHECK(record.received == "hello");
        const security::Protection& facts = record.transport->security();
        CHECK(facts.protocol == "TLSv1.3");
        CHECK(facts.strength >= 128);
        CHECK(ended(TlsEnd::agreed) == 1);
        record.output->append(as_bytes("news"));
        record.transport->wake();
        peer.expect(loop, "news");
        SUBCASE("the peer ends in good order") {
            peer.end();
        }
        SUBCASE("the peer goes away") {
            peer.socket().reset();
        }
        run_until(loop, [&] { return record.destroyed && loop.transports() == 0; });
        CHECK(record.losses == 1);
        CHECK(record.lost == "closed by the peer");
        CHECK(security.tally()->failed() == 0);
    }

    TEST_CASE_FIXTURE(Door, "much goes through both ways, faster than the kernel takes it") {
        TlsClient peer = client();
        peer.connect(loop);
        run_until(loop, [&] { return record.transport != nullptr; });
        std::string much(3 * 1024 * 1024, 'x');
        for (std::size_t i = 0; i < much.size(); ++i) {
            much[i] = static_cast<char>('a' + i % 23);
        }
        record.output->append(as_bytes(much));
        record.transport->wake();
        run_until(loop, [&] {
            peer.poll();
            return peer.got.size() >= much.size();
        });
        CHECK(peer.got == much);
        peer.got.clear();
        for (std::size_t at = 0; at < much.size(); at += 60'000) {
            peer.say(std::string_view{much}.substr(at, 60'000));
            run_until(loop, [&] {
                peer.poll();
                return record.received.size() >= std::min(at + 60'000, much.size());
            });
        }
        CHECK(record.received == much);
    }

    TEST_CASE_FIXTURE(Door, "a finished protocol's last bytes arrive before the end") {
        TlsClient peer = client();
        peer.connect(loop);
        peer.say("quit");
        run_until(loop, [&] {
            peer.poll();
            return peer.engine().state() == tls::Engine::State::ended;
        });
        CHECK(peer.got == "bye");
        peer.socket().reset();
        run_until(loop, [&] { return record.destroyed && loop.transports() == 0; });
        CHECK(record.lost == "closed");
    }

    TEST_CASE_FIXTURE(Door, "a connector dials it, by name or address, and knows whom it reached") {
        const std::string host = [] {
            std::string chosen = "localhost";
            SUBCASE("by name") {}
            SUBCASE("by address") {
                chosen = "127.0.0.1";
            }
            return chosen;
        }();
        Record ours;
        Connector connector{
            loop, {.name = "c", .primary = place(host), .security = dials()}, echo(ours)};
        run_until(loop, [&] { return ours.transport != nullptr && record.transport != nullptr; });
        CHECK(ours.transport->security().peer_subject == "CN=localhost");
        ours.output->append(as_bytes("hi"));  // which both echo for ever
        ours.transport->wake();
        run_until(loop, [&] { return ours.received.size() > 10; });
    }

    TEST_CASE_FIXTURE(Door, "a connector that goes within the handshake takes it along") {
        Record ours;
        auto connector = std::make_unique<Connector>(
            loop, Connector::Options{.name = "c", .primary = place(), .security = dials()},
            echo(ours));
        run_until(loop, [&] { return loop.transports() == 2; });
        REQUIRE(ours.transport == nullptr);
        connector.reset();
        run_until(loop, [&] { return loop.transports() == 0 || ours.transport != nullptr; });
        CHECK(ours.transport == nullptr);
    }

    TEST_CASE_FIXTURE(Door,
                      "what comes with the peer's end is taken, in as many turns as it needs") {
        TlsClient peer = client();
        peer.connect(loop);
        run_until(loop, [&] { return record.transport != nullptr; });
        record.turns_due = 3;
        peer.say_last("hello");
        run_until(loop, [&] { return record.destroyed; });
        CHECK(record.turns_due == 0);
        CHECK(record.lost == "closed by the peer");
    }

    TEST_CASE_FIXTURE(Door, "a connector that does not trust what it reaches says why") {
        const test::Authority others;
        std::string host = "localhost";
        std::string_view why = "certificate";
        SUBCASE("another authority") {
            TlsWorld::client.authorities = others.certificate();
            why = "the peer's certificate is refused";
        }
        SUBCASE("another name") {
            shown = authority.issue({.hosts = {"example.org"}});
            server.certificates = shown.certificate;
            server.private_key = shown.key;
            security = serves();
            why = "it is for example.org and not for localhost";
        }
        Record ours;
        Connector connector{
            loop, {.name = "c", .primary = place(host), .security = dials()}, echo(ours)};
        run_until(loop, [&] { return connector.status() == Connector::Status::failed; });
        CHECK(says(connector.message(), "TLS: "));
        CHECK(says(connector.message(), why));
        CHECK(ours.transport == nullptr);
        wait_for(TlsEnd::refused);
        CHECK(record.transport == nullptr);
    }

    TEST_CASE_FIXTURE(Door, "a connector that reaches what speaks no TLS says so") {
        Record plain;
        auto other = listen(loop, [&](Socket socket) {
            Transport& opened = open(loop, std::move(socket), Security::none(), echo(plain));
            plain.output->append(as_bytes("AMQP"));
            opened.wake();
        });
        Record ours;
        Connector connector{loop,
                            {.name = "c",
                             .primary = {"localhost", std::to_string(other->bound_port())},
                             .security = dials()},
                            echo(ours)};
        run_until(loop, [&] { return connector.status() == Connector::Status::failed; });
        CHECK(says(connector.message(), "what the peer sends is no TLS: \"AMQP"));
    }

    TEST_CASE_FIXTURE(Door, "plain bytes are refused where TLS is required, and counted") {
        const Socket peer = dial(listener->bound_port());
        send_all(peer, {"AMQP\0\1\0\0", 8});
        wait_for(TlsEnd::plain);
        CHECK(take_arrived(peer).ended);
        CHECK(record.transport == nullptr);
    }

    TEST_CASE_FIXTURE(Door, "where TLS is not required the first byte tells") {
        security = serves(Plain::taken);
        SUBCASE("no TLS") {
            const Socket peer = dial(listener->bound_port());
            send_all(peer, "hello");
            run_until(loop, [&] { return record.received == "hello"; });
            CHECK_FALSE(record.transport->security().is_encrypted());
            CHECK(loop.transports() == 1);
        }
        SUBCASE("TLS") {
            TlsClient peer = client();
            peer.connect(loop);
            peer.say("hello");
            peer.expect(loop, "hello");
            CHECK(record.transport->security().is_encrypted());
            CHECK(loop.transports() == 1);
        }
        SUBCASE("nothing, and then the end") {
            { const Socket peer = dial(listener->bound_port()); }
            wait_for(TlsEnd::gone);
        }
        SUBCASE("nothing at all") {
            security = serves(Plain::taken, {}, std::chrono::milliseconds{300});
            const Socket peer = dial(listener->bound_port());
            wait_for(TlsEnd::late);
        }
    }

    TEST_CASE_FIXTURE(Door, "half a handshake ends when its time is over, or its peer goes") {
        security = serves(Plain::refused, {}, std::chrono::milliseconds{300});
        Socket peer = dial(listener->bound_port());
        send_all(peer, {"\x16\x03\x01\x01\x00\x01", 6});
        SUBCASE("late") {
            wait_for(TlsEnd::late);
        }
        SUBCASE("gone") {
            peer.reset();
            wait_for(TlsEnd::gone);
        }
        CHECK(record.transport == nullptr);
    }

    TEST_CASE_FIXTURE(Door, "a client without a certificate is refused where one is required") {
        security = serves(Plain::refused, {.client_certificate = tls::ClientCertificate::required});
        TlsClient peer = client();
        run_until(loop, [&] {
            peer.poll();
            return ended(TlsEnd::certificate) == 1;
        });
        run_until(loop, [&] { return peer.poll(); });
        CHECK(peer.engine().failure() == tls::Failure::refused);
        CHECK(record.transport == nullptr);
    }

    TEST_CASE_FIXTURE(TlsWorld, "HTTP over TLS becomes a WebSocket over TLS") {
        Record record;
        Loop loop;
        UpgradeService service{record};
        const Security security = serves();
        const auto listener = listen(loop, [&](Socket socket) {
            open(loop, std::move(socket), security,
                 speak_http(service, std::make_shared<Ledger>()));
        });
        TlsClient peer{dial(listener->bound_port()), must_make(client, {.server = false})};
        peer.connect(loop);
        peer.say("GET /plain HTTP/1.1\r\nHost: h\r\n\r\n");
        peer.expect(loop, "/plain");
        peer.say(kUpgrade);
        peer.expect(loop, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        run_until(loop, [&] { return record.transport != nullptr; });
        CHECK(record.transport->security().protocol == "TLSv1.3");
        peer.say({"\x82\x82\0\0\0\0hi", 8});  // a masked binary message
        peer.expect(loop, "\x82\x02hi");
        const std::string much(100'000, 'm');
        record.output->append(as_bytes(much));
        record.transport->wake();
        run_until(loop, [&] {
            peer.poll();
            return std::ranges::count(peer.got, 'm') >= 100'000;
        });
        SUBCASE("the peer goes away") {
            peer.socket().reset();
        }
        SUBCASE("it is closed here") {
            record.transport->close();
            peer.expect(loop, {"\x88\x02\x03\xe8", 4});
            peer.say({"\x88\x82\0\0\0\0\x03\xe8", 8});
            run_until(loop, [&] { return peer.poll(); });
            peer.socket().reset();
        }
        run_until(loop, [&] { return loop.transports() == 0; });
        CHECK(record.losses == 1);
    }

    TEST_CASE_FIXTURE(TlsWorld, "who asks by HTTP and says that it ends gets its answer") {
        Record record;
        Loop loop;
        UpgradeService service{record};
        const Security security = serves();
        const auto listener = listen(loop, [&](Socket socket) {
            open(loop, std::move(socket), security,
                 speak_http(service, std::make_shared<Ledger>()));
        });
        TlsClient peer{dial(listener->bound_port()), must_make(client, {.server = false})};
        peer.connect(loop);
        peer.say_last("GET /last HTTP/1.1\r\nHost: h\r\n\r\n");
        run_until(loop, [&] { return peer.poll(); });
        CHECK(says(peer.got, "/last"));
    }

    TEST_CASE_FIXTURE(TlsWorld, "a WebSocket's peer that asks for new keys without end is lost") {
        Record record;
        Loop loop;
        UpgradeService service{record};
        const Security security = serves();
        const auto listener = listen(loop, [&](Socket socket) {
            open(loop, std::move(socket), security,
                 speak_http(service, std::make_shared<Ledger>()));
        });
        const auto context = must_make(client, {.server = false});
        const std::unique_ptr<SSL, decltype(&SSL_free)> peer{SSL_new(context->native()), SSL_free};
        const Socket socket = dial(listener->bound_port());
        REQUIRE(::fcntl(socket.fd(), F_SETFL, O_NONBLOCK) == 0);
        SSL_set_fd(peer.get(), socket.fd());
        run_until(loop, [&] { return SSL_connect(peer.get()) == 1; });
        REQUIRE(SSL_write(peer.get(), kUpgrade.data(), static_cast<int>(kUpgrade.size())) > 0);
        run_until(loop, [&] { return record.transport != nullptr; });
        const auto signal = std::signal(SIGPIPE, SIG_IGN);
        constexpr int kMost = 100'000;
        int asked = 0;
        for (; asked < kMost && loop.transports() > 0; ++asked) {
            SSL_key_update(peer.get(), SSL_KEY_UPDATE_REQUESTED);
            run_until(loop,
                      [&] { return SSL_do_handshake(peer.get()) == 1 || loop.transports() == 0; });
            if (asked % 100 == 0) {
                loop.post([] {});
                loop.run_one();
            }
        }
        CHECK(asked < kMost);
        CHECK(record.losses == 1);
        ERR_clear_error();
        std::signal(SIGPIPE, signal);
    }

    TEST_CASE_FIXTURE(TlsWorld, "an upgrade that comes with the handshake's end is taken") {
        Record record;
        Loop loop;
        UpgradeService service{record};
        const Security security = serves();
        const auto listener = listen(loop, [&](Socket socket) {
            open(loop, std::move(socket), security,
                 speak_http(service, std::make_shared<Ledger>()));
        });
        // The server hears nothing before the client's last word and the request lie there both.
        Socket socket = dial(listener->bound_port());
        TlsClient peer{std::move(socket), must_make(client, {.server = false})};
        peer.connect(loop);
        peer.say(kUpgrade);
        peer.expect(loop, "101 Switching Protocols");
        run_until(loop, [&] { return record.transport != nullptr; });
        peer.socket().reset();
        run_until(loop, [&] { return loop.transports() == 0; });
    }

    TEST_CASE_FIXTURE(Door, "what can't be encrypted any more is not written") {
        auto engine = std::make_unique<tls::Engine>(must_make(TlsWorld::client, {.server = false}),
                                                    "localhost");
        OutBuffer out{loop.pool()};
        Buffer room(64 * 1024);
        (void)engine->receive(as_bytes("no TLS"), room, out);
        REQUIRE(engine->state() == tls::Engine::State::failed);
        TlsStream stream{loop.pool(), taken_in(loop.context(), dial(listener->bound_port())),
                         std::move(engine)};
        bool done = false;
        boost::system::error_code failure;
        stream.async_write_some(boost::asio::buffer("lost", 4),
                                [&](boost::system::error_code error, std::size_t size) {
                                    done = true;
                                    failure = error;
                                    CHECK(size == 0);
                                });
        CHECK_FALSE(done);
        run_until(loop, [&] { return done; });
        CHECK(failure == boost::asio::error::connection_aborted);
    }
}

}  // namespace weft::io
