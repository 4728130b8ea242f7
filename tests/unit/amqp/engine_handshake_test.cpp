#include "tests/unit/amqp/frames.hpp"
#include "tests/unit/amqp/recorder.hpp"

#include <doctest/doctest.h>

namespace weft::amqp::test {

namespace {

Options sasl_options() {
    Options options = server_options();
    options.sasl_mechanisms = {"ANONYMOUS", "PLAIN"};
    return options;
}

Buffer init(std::string_view mechanism, std::string_view response = "") {
    return sasl(Performative::sasl_init, [&](wire::Writer& out) {
        out.symbol(mechanism);
        out.binary(as_bytes(response));
    });
}

/// What `from` wrote so far reaches `to`.
void pass_output(Fixture& from, Fixture& to) {
    const Bytes bytes = from.engine.output().pending();
    const Buffer copy{bytes.begin(), bytes.end()};
    from.engine.output().consume(copy.size());
    to.engine.receive(copy, to.now);
}

}  // namespace

TEST_SUITE_BEGIN("engine handshake");

TEST_CASE("a client may send header, open, begin and attach at once") {
    Fixture f{server_options()};
    CHECK(f.give({header(0), open(), begin(3), attach(3, {.name = "x"})}) ==
          Lines{"header 0", "open me", "begin 0 remote 3", "attach 0 receiver x"});
    CHECK(f.handler.take() == Lines{"open peer", "begin", "attach x"});
    CHECK(f.engine.is_open());
    CHECK(f.engine.remote_container() == "peer");
}

TEST_CASE("SASL ANONYMOUS pipelined with what follows it") {
    Fixture f{sasl_options()};
    CHECK(f.give({header(3), init("ANONYMOUS", "me"), header(0), open()}) ==
          Lines{"header 3", "sasl 64", "sasl 68", "header 0", "open me"});
    CHECK(f.handler.take() == Lines{"sasl init ANONYMOUS 'me'", "open peer"});
}

TEST_CASE("input that comes before the SASL decision is kept and taken up after it") {
    Fixture f{sasl_options()};
    f.handler.sasl_init = [](std::string_view) {};
    CHECK(f.give({header(3), init("PLAIN"), header(0), open()}) == Lines{"header 3", "sasl 64"});
    CHECK(f.give(begin(0)).empty());
    CHECK(f.handler.take() == Lines{"sasl init PLAIN ''"});

    f.engine.sasl_outcome(0, {});
    CHECK(f.engine.deadline() <= f.now);
    SUBCASE("by the next receive") {
        f.engine.receive({}, f.now);
    }
    SUBCASE("by a tick") {
        f.engine.tick(f.now);
    }
    CHECK(f.output() == Lines{"sasl 68", "header 0", "open me", "begin 0 remote 0"});
    CHECK(f.handler.take() == Lines{"open peer", "begin"});
}

TEST_CASE("too much input before the SASL decision ends the connection") {
    Fixture f{sasl_options()};
    f.handler.sasl_init = [](std::string_view) {};
    f.give({header(3), init("PLAIN")});
    f.handler.take();
    f.give(Buffer(kHeldInputMax));
    CHECK(f.handler.take().empty());
    f.give(Buffer(1));
    CHECK(f.handler.take() == Lines{"close amqp:resource-limit-exceeded"});
    CHECK(f.engine.finished());
}

TEST_CASE("a SASL challenge is answered by a response") {
    Fixture f{sasl_options()};
    f.handler.sasl_init = [&](std::string_view) { f.engine.sasl_word(as_bytes("why")); };
    CHECK(f.give({header(3), init("PLAIN")}) == Lines{"header 3", "sasl 64", "sasl 66"});
    f.give(sasl(Performative::sasl_response,
                [](wire::Writer& out) { out.binary(as_bytes("because")); }));
    CHECK(f.handler.take() == Lines{"sasl init PLAIN ''", "sasl response 'because'"});
    f.engine.sasl_outcome(0, as_bytes("proof"));
    CHECK(f.give(header(0)) == Lines{"sasl 68", "header 0"});
}

TEST_CASE("a failed SASL outcome is the end") {
    Fixture f{sasl_options()};
    f.handler.sasl_init = [&](std::string_view) { f.engine.sasl_outcome(1, {}); };
    CHECK(f.give({header(3), init("PLAIN"), header(0), open()}) ==
          Lines{"header 3", "sasl 64", "sasl 68"});
    CHECK(f.engine.finished());
    f.engine.abandon(nullptr);
    CHECK(f.handler.take() == Lines{"sasl init PLAIN ''", "close"});
}

TEST_CASE("a mechanism that was not offered fails without asking the handler") {
    Fixture f{sasl_options()};
    CHECK(f.give({header(3), init("LOGIN")}) == Lines{"header 3", "sasl 64", "sasl 68"});
    CHECK(f.handler.take() == Lines{"close amqp:unauthorized-access"});
    CHECK(f.engine.finished());
}

TEST_CASE("a bare AMQP header is taken unless SASL is required") {
    Options options = sasl_options();
    SUBCASE("taken") {
        Fixture f{options};
        CHECK(f.give({header(0), open()}) == Lines{"header 0", "open me"});
    }
    SUBCASE("required") {
        options.require_sasl = true;
        Fixture f{options};
        CHECK(f.give({header(0), open()}) == Lines{"header 3"});
        CHECK(f.handler.take() == Lines{"close amqp:connection:framing-error"});
        CHECK(f.engine.finished());
    }
}

TEST_CASE("a header that is not supported is answered with the right one") {
    Buffer wrong;
    SUBCASE("TLS") {
        wrong = header(2);
    }
    SUBCASE("SASL, of which none is offered") {
        wrong = header(3);
    }
    SUBCASE("another version") {
        wrong = {'A', 'M', 'Q', 'P', 0, 0, 9, 1};
    }
    SUBCASE("another protocol") {
        wrong = {'G', 'E', 'T', ' ', '/', ' ', 'H', 'T', 'T', 'P'};
    }
    Fixture f{server_options()};
    CHECK(f.give(wrong) == Lines{"header 0"});
    CHECK(f.handler.take() == Lines{"close amqp:connection:framing-error"});
    CHECK(f.engine.finished());
}

TEST_CASE("frames in the wrong phase end the connection") {
    SUBCASE("an AMQP frame in the SASL layer") {
        Fixture f{sasl_options()};
        CHECK(f.give({header(3), open()}) == Lines{"header 3", "sasl 64"});
        CHECK(f.handler.take() == Lines{"close amqp:connection:framing-error"});
    }
    SUBCASE("a SASL frame after the AMQP header") {
        Fixture f{sasl_options()};
        CHECK(f.give({header(0), init("PLAIN")}) ==
              Lines{"header 0", "open me", "close amqp:connection:framing-error"});
        CHECK(f.handler.take() == Lines{"close amqp:connection:framing-error"});
    }
    SUBCASE("a SASL response before init") {
        Fixture f{sasl_options()};
        f.give({header(3), sasl(Performative::sasl_response, [](wire::Writer&) {})});
        CHECK(f.handler.take() == Lines{"close amqp:not-allowed"});
    }
    SUBCASE("a second init") {
        Fixture f{sasl_options()};
        f.handler.sasl_init = [&](std::string_view) { f.engine.sasl_word({}); };
        f.give({header(3), init("PLAIN"), init("PLAIN")});
        CHECK(f.handler.take() == Lines{"sasl init PLAIN ''", "close amqp:not-allowed"});
    }
    SUBCASE("a begin before open") {
        Fixture f{server_options()};
        CHECK(f.give({header(0), begin(0)}) ==
              Lines{"header 0", "open me", "close amqp:not-allowed"});
        CHECK(f.handler.take() == Lines{"close amqp:not-allowed"});
    }
    SUBCASE("an undecodable SASL frame") {
        Fixture f{sasl_options()};
        f.give({header(3), raw_frame(1, 0, Buffer{0x00, 0x53, 0x41, 0xc0})});
        CHECK(f.handler.take() == Lines{"close amqp:decode-error"});
    }
}

TEST_CASE("a client speaks first") {
    Options options;
    options.server = false;
    options.container_id = "client";
    SUBCASE("without SASL") {
        Fixture f{options};
        CHECK(f.output() == Lines{"header 0", "open client"});
        CHECK(f.give({header(0), open()}).empty());
        CHECK(f.handler.take() == Lines{"open peer"});
        CHECK(f.engine.is_open());
    }
    SUBCASE("with SASL") {
        options.sasl_choices = {sasl_at_once("ANONYMOUS")};
        Fixture f{options};
        CHECK(f.output() == Lines{"header 3"});
        const auto mechanisms =
            sasl(Performative::sasl_mechanisms, [](wire::Writer& out) { out.symbol("ANONYMOUS"); });
        CHECK(f.give({header(3), mechanisms}) == Lines{"sasl 65"});
        const auto outcome =
            sasl(Performative::sasl_outcome, [](wire::Writer& out) { out.ubyte(0); });
        CHECK(f.give(outcome) == Lines{"header 0", "open client"});
        CHECK(f.give({header(0), open()}).empty());
        CHECK(f.handler.take() == Lines{"open peer"});
    }
    SUBCASE("and gives up if its mechanism is not offered") {
        options.sasl_choices = {sasl_at_once("EXTERNAL")};
        Fixture f{options};
        f.give({header(3), sasl(Performative::sasl_mechanisms,
                                [](wire::Writer& out) { out.symbol("PLAIN"); })});
        CHECK(f.handler.take() == Lines{"close amqp:unauthorized-access"});
    }
    SUBCASE("and gives up if the outcome is bad") {
        options.sasl_choices = {sasl_at_once("PLAIN")};
        Fixture f{options};
        f.give({header(3),
                sasl(Performative::sasl_mechanisms, [](wire::Writer& out) { out.symbol("PLAIN"); }),
                sasl(Performative::sasl_outcome, [](wire::Writer& out) { out.ubyte(1); })});
        CHECK(f.handler.take() == Lines{"close amqp:unauthorized-access"});
        CHECK(f.engine.finished());
    }
}

TEST_CASE("both engines understand each other's SASL frames") {
    Options client_options;
    client_options.server = false;
    client_options.container_id = "client";
    client_options.sasl_choices = {sasl_at_once("PLAIN", {'u'})};
    Fixture client{client_options};
    Fixture server{sasl_options()};
    for (int i = 0; i < 4; ++i) {
        pass_output(client, server);
        pass_output(server, client);
    }
    CHECK(client.engine.is_open());
    CHECK(server.engine.is_open());
    CHECK(server.handler.take() == Lines{"sasl init PLAIN 'u'", "open client"});
}

TEST_CASE("both engines pass challenges and responses on, and the proof at the end") {
    struct Riddle : SaslClient {
        Buffer initial_response() override { return {}; }
        tl::expected<Buffer, std::string> answer(Bytes challenge) override {
            Buffer twice{challenge.begin(), challenge.end()};
            twice.insert(twice.end(), challenge.begin(), challenge.end());
            return twice;
        }
        bool confirm(Bytes data) override { return as_text(data) == "proof"; }
    };
    Options client_options;
    client_options.server = false;
    client_options.container_id = "client";
    client_options.sasl_choices = {
        {.mechanism = "PLAIN", .begin = [] { return std::make_unique<Riddle>(); }}};
    Fixture client{client_options};
    Fixture server{sasl_options()};
    server.handler.sasl_init = [&](std::string_view) { server.engine.sasl_word(as_bytes("ha")); };
    for (int i = 0; i < 5; ++i) {
        pass_output(client, server);
        if (i == 2) {
            server.engine.sasl_outcome(0, as_bytes("proof"));
        }
        pass_output(server, client);
    }
    CHECK(client.engine.is_open());
    CHECK(server.handler.take() ==
          Lines{"sasl init PLAIN ''", "sasl response 'haha'", "open client"});
}

TEST_CASE("a client's owner answers a challenge when it can, once, and hears what is offered") {
    struct Patient : SaslClient {
        explicit Patient(Lines& to) : lines{to} {}
        Buffer initial_response() override { return {'u'}; }
        bool hear(Bytes challenge) override {
            lines.push_back("challenge " + std::string(as_text(challenge)));
            return true;
        }
        void refused(std::uint8_t code) override {
            lines.push_back("refused " + std::to_string(code));
        }
        Lines& lines;
    };
    Lines heard;
    Options client_options;
    client_options.server = false;
    client_options.container_id = "client";
    client_options.sasl_choices = {
        {.mechanism = "PLAIN", .begin = [&] { return std::make_unique<Patient>(heard); }}};
    client_options.heard_mechanisms = [&](const auto& offered) {
        for (const std::string_view each : offered) {
            heard.push_back("offered " + std::string(each));
        }
    };
    Fixture client{client_options};
    Fixture server{sasl_options()};
    const auto pass = [&] {
        for (int i = 0; i < 3; ++i) {
            pass_output(client, server);
            pass_output(server, client);
        }
    };
    server.handler.sasl_init = [&](std::string_view) {
        server.engine.sasl_word(as_bytes("who"));
    };
    client.engine.sasl_word(as_bytes("early"));  // nothing was asked
    pass();
    CHECK(server.handler.take() == Lines{"sasl init PLAIN 'u'"});
    client.engine.sasl_word(as_bytes("me"));
    client.engine.sasl_word(as_bytes("me again"));
    pass();
    CHECK(server.handler.take() == Lines{"sasl response 'me'"});
    server.engine.sasl_outcome(1, {});
    pass();
    CHECK(heard.back() == "refused 1");
    CHECK(std::ranges::count(heard, "challenge who") == 1);
    CHECK(heard.front().starts_with("offered "));
    CHECK_FALSE(client.engine.is_open());
}

TEST_CASE("a client that closes before the peer's header came still hears the peer's close") {
    Options options;
    options.server = false;
    options.container_id = "client";
    Fixture f{options};
    f.engine.close(std::nullopt);
    CHECK(f.output() == Lines{"header 0", "open client", "close"});
    CHECK(f.give({header(0), open(), close()}).empty());
    CHECK(f.handler.take() == Lines{"close"});
}

TEST_SUITE_END();

}  // namespace weft::amqp::test
