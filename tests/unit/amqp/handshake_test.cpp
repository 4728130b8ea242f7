#include "common/amqp/handshake.hpp"

#include "common/base/conditions.hpp"
#include "tests/unit/amqp/frames.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>

namespace weft::amqp::test {
namespace {

using Kind = Handshake::Kind;

/// Answers "a?" by "a!" and nothing else; content with any end but "forged".
class Riddle : public SaslClient {
public:
    Buffer initial_response() override { return {'h', 'i'}; }
    tl::expected<Buffer, std::string> answer(Bytes challenge) override {
        if (as_text(challenge) != "a?") {
            return tl::unexpected<std::string>("no riddle of mine");
        }
        return Buffer{'a', '!'};
    }
    bool confirm(Bytes data) override { return as_text(data) != "forged"; }
};

struct Greeting {
    explicit Greeting(Options given) : options{std::move(given)} {}

    BlockPool pool;
    Options options;
    FrameOutput output{pool};
    Handshake handshake{options, output};

    Handshake::Step header(std::uint8_t protocol_id) {
        return handshake.take_header(test::header(protocol_id));
    }
    Handshake::Step sasl(Performative which, std::string_view data) {
        input = test::sasl(which, [&](wire::Writer& out) {
            if (which == Performative::sasl_init || which == Performative::sasl_mechanisms) {
                out.symbol(data);
            } else {
                out.binary(as_bytes(data));
            }
        });
        return handshake.take_sasl_frame(Bytes{input}.subspan(kFrameHeaderSize));
    }
    Handshake::Step outcome(std::uint8_t code, std::string_view data = {}) {
        input = test::sasl(Performative::sasl_outcome, [&](wire::Writer& out) {
            out.ubyte(code);
            out.binary(as_bytes(data));
        });
        return handshake.take_sasl_frame(Bytes{input}.subspan(kFrameHeaderSize));
    }
    Lines written_by() {
        Lines result = lines(output.bytes().pending());
        output.bytes().consume(output.size());
        return result;
    }

    Buffer input;
};

SaslChoice riddle() {
    return {.mechanism = "RIDDLE", .begin = [] { return std::make_unique<Riddle>(); }};
}

Options server() {
    Options options;
    options.sasl_mechanisms = {"ANONYMOUS", "RIDDLE"};
    return options;
}

Options client() {
    Options options;
    options.server = false;
    options.sasl_choices = {riddle()};
    return options;
}

}  // namespace

TEST_SUITE_BEGIN("handshake");

TEST_CASE("a server offers its mechanisms, asks what it wants, and goes on with AMQP") {
    Greeting f{server()};
    CHECK(f.handshake.start().kind == Kind::wait);
    CHECK(f.written_by().empty());
    CHECK(f.header(3).kind == Kind::wait);
    CHECK(f.written_by() == Lines{"header 3", "sasl 64"});
    const auto init = f.sasl(Performative::sasl_init, "RIDDLE");
    CHECK(init.kind == Kind::init);
    CHECK(init.mechanism == "RIDDLE");
    CHECK(f.handshake.deciding());
    f.handshake.challenge(as_bytes("a?"));
    CHECK(f.written_by() == Lines{"sasl 66"});
    const auto response = f.sasl(Performative::sasl_response, "a!");
    CHECK(response.kind == Kind::response);
    CHECK(as_text(response.response) == "a!");
    CHECK(f.handshake.outcome(0, {}));
    CHECK(f.written_by() == Lines{"sasl 68"});
    CHECK(f.handshake.awaits_header());
    CHECK(f.header(0).kind == Kind::over);
    CHECK(f.written_by() == Lines{"header 0"});
    CHECK(f.handshake.over());
}

TEST_CASE("a word of the handler's that nobody waits for is not written") {
    Greeting f{server()};
    f.handshake.challenge(as_bytes("a?"));
    CHECK(f.handshake.outcome(1, {}));
    CHECK(f.written_by().empty());
    CHECK(f.header(3).kind == Kind::wait);
}

TEST_CASE("a client that a server refuses hears no more") {
    Greeting f{server()};
    f.header(3);
    f.sasl(Performative::sasl_init, "ANONYMOUS");
    CHECK_FALSE(f.handshake.outcome(1, {}));
    CHECK_FALSE(f.handshake.awaits_header());
    CHECK_FALSE(f.handshake.over());
}

TEST_CASE("a mechanism that was not offered is refused without asking") {
    Greeting f{server()};
    f.header(3);
    f.written_by();
    const auto step = f.sasl(Performative::sasl_init, "PLAIN");
    CHECK(step.kind == Kind::failed);
    CHECK(step.error.condition == kUnauthorizedAccess);
    CHECK(f.written_by() == Lines{"sasl 68"});
}

TEST_CASE("a server answers a wrong header with the right one") {
    Greeting f{server()};
    CHECK(f.header(1).kind == Kind::failed);
    CHECK(f.written_by() == Lines{"header 3"});
    Greeting tls{server()};
    const auto refused = tls.header(2);  // Spec: AMQP 1.0 §5.2
    CHECK(refused.kind == Kind::failed);
    CHECK(refused.error.text.starts_with("the peer wants to begin TLS by a header of AMQP"));
    CHECK(tls.written_by() == Lines{"header 3"});
    Options options = server();
    options.require_sasl = true;
    Greeting strict{options};
    CHECK(strict.header(0).kind == Kind::failed);
    CHECK(strict.written_by() == Lines{"header 3"});
    Greeting open{server()};
    CHECK(open.header(0).kind == Kind::over);
}

TEST_CASE("a client answers a challenge and sends its open with its second header") {
    Greeting f{client()};
    CHECK(f.handshake.start().kind == Kind::wait);
    CHECK(f.written_by() == Lines{"header 3"});
    f.header(3);
    CHECK(f.sasl(Performative::sasl_mechanisms, "RIDDLE").kind == Kind::wait);
    CHECK(f.written_by() == Lines{"sasl 65"});
    CHECK(f.sasl(Performative::sasl_challenge, "a?").kind == Kind::wait);
    CHECK(f.written_by() == Lines{"sasl 67"});
    CHECK(f.outcome(0).kind == Kind::send_open);
    CHECK(f.written_by() == Lines{"header 0"});
    CHECK(f.header(0).kind == Kind::over);
    CHECK(f.written_by().empty());
}

TEST_CASE("a server offers one peer other mechanisms than its options do") {
    const std::vector<std::string> riddle{"RIDDLE"};
    Greeting f{server()};
    f.handshake.offer(riddle);
    f.header(3);
    CHECK(f.sasl(Performative::sasl_init, "ANONYMOUS").kind == Kind::failed);
    Greeting known{server()};
    known.handshake.offer(riddle);
    known.header(3);
    CHECK(known.sasl(Performative::sasl_init, "RIDDLE").kind == Kind::init);
}

TEST_CASE("a client falls back on its other mechanism, if the server offers that alone") {
    Options options = client();
    options.sasl_choices.push_back(sasl_at_once("PLAIN", {'u'}));
    for (const std::string_view offered : {"RIDDLE", "PLAIN"}) {
        Greeting f{options};
        CHECK(f.handshake.mechanism() == "RIDDLE");
        f.handshake.start();
        f.header(3);
        CHECK(f.sasl(Performative::sasl_mechanisms, offered).kind == Kind::wait);
        CHECK(f.handshake.mechanism() == offered);
        CHECK(f.outcome(0).kind == Kind::send_open);
    }
    Greeting f{options};
    f.handshake.start();
    f.header(3);
    CHECK(f.sasl(Performative::sasl_mechanisms, "SCRAM-SHA-256").kind == Kind::failed);
}

TEST_CASE("a client gives up") {
    Greeting f{client()};
    f.handshake.start();
    f.header(3);
    Handshake::Step step;
    SUBCASE("if its mechanism is not offered") {
        step = f.sasl(Performative::sasl_mechanisms, "PLAIN");
    }
    SUBCASE("if a challenge can't be answered") {
        f.sasl(Performative::sasl_mechanisms, "RIDDLE");
        step = f.sasl(Performative::sasl_challenge, "b?");
    }
    SUBCASE("if it is refused") {
        f.sasl(Performative::sasl_mechanisms, "RIDDLE");
        step = f.outcome(1);
    }
    SUBCASE("if the server did not prove who it is") {
        f.sasl(Performative::sasl_mechanisms, "RIDDLE");
        step = f.outcome(0, "forged");
    }
    CHECK(step.kind == Kind::failed);
    CHECK(step.error.condition == kUnauthorizedAccess);
    CHECK_FALSE(f.handshake.awaits_header());
}

TEST_CASE("a mechanism that says all at once answers no challenge") {
    Options options = client();
    options.sasl_choices = {sasl_at_once("PLAIN", {'u'})};
    Greeting f{options};
    f.handshake.start();
    f.header(3);
    f.sasl(Performative::sasl_mechanisms, "PLAIN");
    CHECK(f.written_by() == Lines{"header 3", "sasl 65"});
    CHECK(f.sasl(Performative::sasl_challenge, "").kind == Kind::failed);
}

TEST_CASE("a client without SASL sends its open at once") {
    Greeting f{Options{.server = false}};
    CHECK(f.handshake.start().kind == Kind::send_open);
    CHECK(f.written_by() == Lines{"header 0"});
    CHECK(f.header(3).kind == Kind::failed);
    CHECK(f.written_by().empty());
}

TEST_SUITE_END();

}  // namespace weft::amqp::test
