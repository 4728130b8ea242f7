#include "common/tls/engine.hpp"

#include "common/tls/openssl.hpp"
#include "tests/support/certificates.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <optional>
#include <vector>

using namespace weft;
using namespace weft::tls;
using test::Authority;
using test::Certified;
using State = Engine::State;

namespace {

/// One end, and what its peer meant.
struct End {
    End(std::shared_ptr<const Context> context, BlockPool& pool, std::string_view host = {})
        : engine{std::move(context), host}, out{pool} {}

    void take(Bytes in) {
        const std::size_t size = engine.receive(in, room, out);
        meant.append(as_text(Bytes{room}.first(size)));
    }

    Engine engine;
    OutBuffer out;
    std::vector<std::uint8_t> room = std::vector<std::uint8_t>(64 * 1024);
    std::string meant;
};

/// A client and a server in memory.
struct TwoEnds {
    BlockPool pool;
    Authority authority;
    Certified server_certificate = authority.issue();
    Profile server_profile{.certificates = server_certificate.certificate,
                           .private_key = server_certificate.key,
                           .authorities = authority.certificate()};
    Profile client_profile{.authorities = authority.certificate()};
    Use server_use{};
    Use client_use{.server = false};
    std::string host = "localhost";
    std::optional<End> client;
    std::optional<End> server;

    void connect(std::size_t chunk = 64 * 1024) {
        client.emplace(must(client_profile, client_use), pool, host);
        server.emplace(must(server_profile, server_use), pool);
        client->engine.start(client->out);
        exchange(chunk);
    }
    static std::shared_ptr<const Context> must(const Profile& profile, const Use& use) {
        auto made = Context::make(profile, use);
        REQUIRE_MESSAGE(made, (made ? "" : made.error().text));
        return *made;
    }
    /// Until neither has anything to say.
    void exchange(std::size_t chunk = 40 * 1024) {
        while (!client->out.empty() || !server->out.empty()) {
            carry(*client, *server, chunk);
            carry(*server, *client, chunk);
        }
    }
    static void carry(End& from, End& to, std::size_t chunk) {
        while (!from.out.empty()) {
            const Bytes part = from.out.pending().first(
                std::min({from.out.size(), chunk, to.room.size() - Engine::kRecordMax}));
            const Buffer copy{part.begin(), part.end()};
            from.out.consume(copy.size());
            to.take(copy);
        }
    }
    void give_client(const Authority& by, const Authority::Wish& wish = {.common_name = "dev-7"}) {
        const Certified shown = by.issue(wish);
        client_profile.certificates = shown.certificate;
        client_profile.private_key = shown.key;
    }
    bool is_open() const {
        return client->engine.state() == State::open && server->engine.state() == State::open;
    }
};

bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_SUITE("tls engine") {
    TEST_CASE_FIXTURE(TwoEnds, "two ends agree, however their bytes are cut, and hear each other") {
        for (const std::size_t chunk : {1U, 7U, 1000U, 64U * 1024U}) {
            connect(chunk);
            REQUIRE(is_open());
            client->engine.send(as_bytes("hello"), client->out);
            server->engine.send(as_bytes("welcome"), server->out);
            exchange(chunk);
            CHECK(server->meant == "hello");
            CHECK(client->meant == "welcome");
        }
        const auto facts = server->engine.protection();
        CHECK(facts.protocol == "TLSv1.3");
        CHECK(has(facts.cipher, "TLS_AES_"));
        CHECK(facts.strength >= 128);
        CHECK(facts.peer_subject.empty());
        CHECK(client->engine.protection().peer_subject == "CN=localhost");
    }

    TEST_CASE_FIXTURE(TwoEnds, "much goes through, and no more than a record waits") {
        connect();
        std::string much(63 * 1024, 'x');
        for (std::size_t i = 0; i < much.size(); ++i) {
            much[i] = static_cast<char>('a' + i % 23);
        }
        client->engine.send(as_bytes(much), client->out);
        exchange(3000);
        CHECK(server->meant == much);
    }

    TEST_CASE_FIXTURE(TwoEnds, "the versions and ciphers of a profile hold") {
        server_profile.protocols = "TLSv1.2";
        SUBCASE("both speak it") {
            client_profile.ciphers = "ECDHE-ECDSA-AES128-GCM-SHA256";
            connect();
            CHECK(is_open());
            CHECK(server->engine.protection().protocol == "TLSv1.2");
            CHECK(server->engine.protection().cipher == "ECDHE-ECDSA-AES128-GCM-SHA256");
        }
        SUBCASE("one does not") {
            client_profile.protocols = "TLSv1.3";
            connect();
            CHECK(server->engine.state() == State::failed);
            CHECK(server->engine.failure() == Failure::versions);
            CHECK(client->engine.failure() == Failure::refused);
            CHECK(has(client->engine.why(), "the peer refuses: "));
        }
    }

    TEST_CASE_FIXTURE(TwoEnds, "the end is told") {
        connect();
        client->engine.send(as_bytes("last"), client->out);
        client->engine.close(client->out);
        exchange();
        CHECK(server->meant == "last");
        CHECK(server->engine.state() == State::ended);
    }

    TEST_CASE_FIXTURE(TwoEnds, "who has told its end is told the rest, in either version") {
        SUBCASE("1.3") {}
        SUBCASE("1.2") {
            server_profile.protocols = "TLSv1.2";
        }
        connect();
        client->engine.close(client->out);
        exchange();
        REQUIRE(server->engine.state() == State::ended);
        server->engine.send(as_bytes("the answer"), server->out);
        server->engine.close(server->out);
        exchange();
        CHECK(client->meant == "the answer");
        CHECK(client->engine.state() == State::ended);
    }

    TEST_CASE_FIXTURE(TwoEnds, "a client takes no server that it does not trust") {
        const Authority others;
        SUBCASE("of an authority that it does not know") {
            client_profile.authorities = others.certificate();
        }
        SUBCASE("for another host") {
            host = "example.org";
        }
        SUBCASE("for another address") {
            host = "192.0.2.1";
        }
        SUBCASE("that has expired") {
            const Certified old = authority.issue({.from_days = -3, .until_days = -1});
            server_profile.certificates = old.certificate;
            server_profile.private_key = old.key;
        }
        SUBCASE("that does not hold yet") {
            const Certified future = authority.issue({.from_days = 1});
            server_profile.certificates = future.certificate;
            server_profile.private_key = future.key;
        }
        connect();
        CHECK(client->engine.state() == State::failed);
        CHECK(client->engine.failure() == Failure::certificate);
        CHECK(has(client->engine.why(), "the peer's certificate is refused: "));
        CHECK(server->engine.failure() == Failure::refused);
        if (host == "example.org") {
            CHECK(has(client->engine.why(),
                      "it is for localhost, 127.0.0.1 and not for example.org"));
        }
    }

    TEST_CASE_FIXTURE(TwoEnds, "a host may be an address, and need not be looked at") {
        SUBCASE("an address") {
            host = "127.0.0.1";
        }
        SUBCASE("any name") {
            host = "example.org";
            client_use.verify_host = false;
        }
        SUBCASE("any address") {
            host = "192.0.2.1";
            client_use.verify_host = false;
        }
        connect();
        CHECK(is_open());
    }

    TEST_CASE_FIXTURE(TwoEnds, "a wildcard stands for one whole part of a name") {
        const auto shows = [&](const std::string& name) {
            const Certified wild = authority.issue({.hosts = {name}});
            server_profile.certificates = wild.certificate;
            server_profile.private_key = wild.key;
            host = "foo.example.org";
            connect();
            return is_open();
        };
        CHECK(shows("*.example.org"));
        CHECK_FALSE(shows("f*.example.org"));
        CHECK_FALSE(shows("*.org"));
    }

    TEST_CASE_FIXTURE(TwoEnds, "a client's certificate is asked for, required, and looked at") {
        server_use.client_certificate = ClientCertificate::asked;
        SUBCASE("none is shown, and need not be") {
            connect();
            CHECK(is_open());
            CHECK(server->engine.protection().peer_user.empty());
        }
        SUBCASE("none is shown, and must be") {
            server_use.client_certificate = ClientCertificate::required;
            connect();
            CHECK(server->engine.failure() == Failure::certificate);
            CHECK(server->engine.why() == "the peer shows no certificate, and must");
            CHECK(client->engine.failure() == Failure::refused);
        }
        SUBCASE("a good one says who it is") {
            server_profile.user_format = "n";
            give_client(authority);
            connect();
            REQUIRE(is_open());
            CHECK(server->engine.protection().peer_subject == "CN=dev-7");
            CHECK(server->engine.protection().peer_user == "dev-7");
        }
        SUBCASE("one of another authority is refused") {
            const Authority others{"others"};
            give_client(others);
            connect();
            CHECK(server->engine.failure() == Failure::certificate);
            CHECK(has(server->engine.why(), "(CN=dev-7)"));
        }
        SUBCASE("an expired one is refused, with its date's fault") {
            give_client(authority, {.common_name = "old", .from_days = -3, .until_days = -1});
            connect();
            CHECK(has(server->engine.why(), "certificate has expired (CN=old)"));
        }
    }

    TEST_CASE_FIXTURE(TwoEnds, "what is spoken within is agreed upon") {
        server_use.spoken = {"amqp"};
        SUBCASE("the same") {
            client_use.spoken = {"mqtt", "amqp"};
            connect();
            CHECK(is_open());
        }
        SUBCASE("nothing is said") {
            connect();
            CHECK(is_open());
        }
        SUBCASE("something else is refused") {
            client_use.spoken = {"http/1.1"};
            connect();
            CHECK(server->engine.failure() == Failure::versions);
            CHECK(client->engine.failure() == Failure::refused);
        }
    }

    TEST_CASE_FIXTURE(TwoEnds, "what is no TLS is told at its first byte") {
        connect();
        for (const std::string_view plain :
             {std::string_view{"AMQP\0\1\0\0", 8}, std::string_view{"GET / HTTP/1.1\r\n"},
              std::string_view{"\x10\x0c\0\4MQTT", 8}}) {
            End other{must(server_profile, server_use), pool};
            other.take(as_bytes(plain));
            CHECK(other.engine.state() == State::failed);
            CHECK(other.engine.failure() == Failure::plain);
            CHECK(has(other.engine.why(), "what the peer sends is no TLS"));
        }
        End dialling{must(client_profile, client_use), pool, "localhost"};
        dialling.engine.start(dialling.out);
        dialling.take(as_bytes({"AMQP\0\1\0\0", 8}));
        CHECK(dialling.engine.failure() == Failure::plain);
    }

    TEST_CASE_FIXTURE(TwoEnds, "a client without a host to verify connects to nobody") {
        host = "";
        SUBCASE("it must be verified") {
            client.emplace(must(client_profile, client_use), pool, host);
            client->engine.start(client->out);
            CHECK(client->out.empty());
            CHECK(client->engine.state() == State::failed);
            CHECK(client->engine.failure() == Failure::certificate);
            CHECK(client->engine.why() ==
                  "there is no host that the peer's certificate could be for");
            client->take({});
            client->take(as_bytes("no TLS"));
            CHECK(client->engine.failure() == Failure::certificate);
        }
        SUBCASE("it need not") {
            client_use.verify_host = false;
            connect();
            CHECK(is_open());
        }
    }

    TEST_CASE_FIXTURE(TwoEnds,
                      "who renews keys without end is ended, and who does now and then is not") {
        server.emplace(must(server_profile, server_use), pool);
        const ContextPtr context{SSL_CTX_new(TLS_client_method())};
        const SessionPtr session{SSL_new(context.get())};
        BIO* const in = BIO_new(BIO_s_mem());
        BIO* const sent = BIO_new(BIO_s_mem());
        SSL_set_bio(session.get(), in, sent);
        SSL_set_connect_state(session.get());
        std::size_t read_at_once = 0;
        const auto pass = [&] {
            char* bytes = nullptr;
            const long size = BIO_get_mem_data(sent, &bytes);
            const Buffer copy{bytes, bytes + size};
            (void)BIO_reset(sent);
            for (std::size_t at = 0; at < copy.size(); at += 32 * 1024) {
                server->take(
                    Bytes{copy}.subspan(at, std::min<std::size_t>(32 * 1024, copy.size() - at)));
            }
            read_at_once = copy.size();
            BIO_write(in, server->out.pending().data(), static_cast<int>(server->out.size()));
            server->out.consume(server->out.size());
        };
        while (SSL_do_handshake(session.get()) != 1) {
            pass();
        }
        pass();
        REQUIRE(server->engine.state() == State::open);
        const auto renew = [&] {
            REQUIRE(SSL_key_update(session.get(), SSL_KEY_UPDATE_REQUESTED) == 1);
            REQUIRE(SSL_do_handshake(session.get()) == 1);
        };
        const std::string much(16 * 1024, 'x');
        const auto say = [&](std::size_t size) {
            REQUIRE(SSL_write(session.get(), much.data(), static_cast<int>(size)) > 0);
        };
        SUBCASE("now and then") {
            for (int i = 0; i < 200; ++i) {
                renew();
                for (int j = 0; j < 5; ++j) {
                    say(much.size());
                }
                pass();
            }
            CHECK(server->engine.state() == State::open);
            CHECK(server->meant.size() == 200 * 5 * much.size());
        }
        SUBCASE("without end") {
            SUBCASE("and nothing else") {
                for (int i = 0; i < 1'000; ++i) {
                    renew();
                }
                pass();
                CHECK(read_at_once > 20'000);
                CHECK(server->meant.empty());
            }
            SUBCASE("with a byte between them") {
                for (int i = 0; i < 1'000; ++i) {
                    renew();
                    say(1);
                }
                pass();
                CHECK(server->meant.size() == Engine::kMessagesMax);
            }
            CHECK(server->engine.state() == State::failed);
            CHECK(server->engine.failure() == Failure::broken);
            CHECK(
                server->engine.why() ==
                "the peer floods the connection with messages of TLS itself, such as KeyUpdate: " +
                    std::to_string(Engine::kMessagesMax + 1));
        }
    }

    TEST_CASE_FIXTURE(TwoEnds, "garbage, cut records and oversized ones end it, and nothing more") {
        connect();
        const auto broken = [&](Buffer bytes) {
            End other{must(server_profile, server_use), pool};
            other.take(bytes);
            return other.engine.state();
        };
        CHECK(broken({22, 3, 1}) == State::handshake);
        CHECK(broken({22, 3, 1, 0xff, 0xff, 0}) == State::failed);
        CHECK(broken({23, 3, 3, 0, 1, 0}) == State::failed);
        CHECK(broken(Buffer(1000, 22)) == State::failed);
        client->engine.send(as_bytes("hello"), client->out);
        Buffer record{client->out.pending().begin(), client->out.pending().end()};
        record.back() ^= 1;  // whoever is on the way changes a byte
        server->take(record);
        CHECK(server->engine.state() == State::failed);
        CHECK(server->engine.failure() == Failure::broken);
        CHECK(server->meant.empty());
        server->take(record);  // nothing is taken after that
        CHECK(server->meant.empty());
    }
}
