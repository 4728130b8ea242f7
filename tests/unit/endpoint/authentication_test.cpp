#include "common/amqp/sasl.hpp"
#include "common/security/mechanisms.hpp"
#include "tests/unit/endpoint/fixture.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace weft;
using namespace weft::endpoint;
using namespace weft::endpoint::test;
using namespace weft::security;

namespace {

constexpr const char* kMechanism = "FAKE";

/// Where a fake authenticator's exchanges leave what they were asked, and are answered.
struct Desk {
    std::vector<std::string> responses;
    Exchange::Done done;
    std::optional<Answer> at_once{};  // the answer to each response; nothing: the test answers
    int exchanges = 0;                // that live
};

class FakeExchange final : public Exchange {
public:
    explicit FakeExchange(Desk& desk) : desk_{desk} { ++desk_.exchanges; }
    ~FakeExchange() override {
        --desk_.exchanges;
        desk_.done = nullptr;
    }
    void respond(Bytes response, Done done) override {
        desk_.responses.emplace_back(as_text(response));
        if (desk_.at_once) {
            done(*desk_.at_once);
        } else {
            desk_.done = std::move(done);
        }
    }

private:
    Desk& desk_;
};

class FakeAuthenticator final : public Authenticator {
public:
    explicit FakeAuthenticator(Desk& desk) : desk_{desk} {}
    const std::vector<std::string>& mechanisms(const Protection&) const override {
        return mechanisms_;
    }
    std::unique_ptr<Exchange> begin(std::string_view, const Peer&) const override {
        return std::make_unique<FakeExchange>(desk_);
    }
    std::optional<Identity> unauthenticated() const override { return std::nullopt; }

private:
    Desk& desk_;
    std::vector<std::string> mechanisms_{kMechanism};
};

ConnectionProfile guarded(std::shared_ptr<const Authenticator> authenticator) {
    ConnectionProfile profile = server_profile();
    profile.authenticate_by(std::move(authenticator));
    return profile;
}

amqp::Options by(const std::string& mechanism) {
    return {.sasl_choices = {amqp::sasl_at_once(mechanism)}};
}

struct Guarded : Desk, World {
    explicit Guarded(std::optional<Answer> answer = {}, amqp::Options peers = by(kMechanism))
        : World{guarded(std::make_shared<FakeAuthenticator>(*this)), std::move(peers)} {
        at_once = std::move(answer);
    }
};

const Identity kAlice{.user = "alice", .mechanism = kMechanism};

}  // namespace

TEST_SUITE_BEGIN("authentication");

TEST_CASE("whoever chooses ANONYMOUS is anonymous by it") {
    World world{guarded(std::make_shared<Mechanisms>()), by("ANONYMOUS")};
    world.peer.open();
    CHECK(world.peer.opened());
    CHECK(world.connection->identity() == Identity{.user = "anonymous", .mechanism = "ANONYMOUS"});
    CHECK(world.connection->sasl_mechanism() == "ANONYMOUS");
}

TEST_CASE("whoever opens without SASL is anonymous, if the authenticator lets it in") {
    World world{guarded(std::make_shared<Mechanisms>())};
    world.peer.open();
    CHECK(world.peer.opened());
    CHECK(world.connection->identity() == Identity{});
    CHECK(world.connection->sasl_mechanism().empty());
}

TEST_CASE("whoever opens without SASL stays outside, if the authenticator says so") {
    Guarded world{Acceptance{kAlice}, {}};
    world.peer.open();
    CHECK_FALSE(world.peer.opened());
    CHECK_FALSE(world.connection->was_opened());
}

TEST_CASE("a client shows the mechanism by which it said who it is") {
    ConnectionProfile profile = client_profile();
    profile.engine.sasl_choices = {amqp::sasl_at_once(std::string{kAnonymous})};
    World world{profile, {.sasl_mechanisms = {std::string{kAnonymous}}}};
    world.peer.open();
    CHECK(world.connection->was_opened());
    CHECK(world.connection->sasl_mechanism() == "ANONYMOUS");
}

TEST_CASE("an authenticator that knows the peer at once lets it in") {
    Guarded world{Acceptance{kAlice}};
    world.peer.open();
    CHECK(world.peer.opened());
    CHECK(world.connection->identity() == kAlice);
    CHECK(world.responses == std::vector<std::string>{""});
    CHECK(world.exchanges == 0);
}

TEST_CASE("an authenticator may take its time, and nobody is let in before") {
    Guarded world;
    world.peer.open();
    CHECK_FALSE(world.peer.opened());
    CHECK(world.exchanges == 1);
    world.done(Acceptance{kAlice});
    world.peer.pump();
    CHECK(world.peer.opened());
    CHECK(world.connection->identity() == kAlice);
    CHECK(world.exchanges == 0);
}

TEST_CASE("who is not let in opens nothing and is cut off, now or later") {
    for (const bool later : {false, true}) {
        CAPTURE(later);
        Guarded world{later ? std::optional<Answer>{} : Refusal::credentials};
        world.peer.open();
        if (later) {
            CHECK_FALSE(world.protocol().finished());
            world.done(Refusal::credentials);
            world.peer.pump();
        }
        CHECK_FALSE(world.peer.opened());
        CHECK_FALSE(world.connection->was_opened());
        CHECK(world.protocol().finished());
    }
}

TEST_CASE("a connection that is lost gives its exchange up") {
    Guarded world;
    world.peer.open();
    CHECK(world.exchanges == 1);
    world.peer.drop();
    CHECK(world.exchanges == 0);
}

TEST_CASE("the time for the handshake goes on while an authenticator thinks") {
    Desk desk;
    ConnectionProfile profile = guarded(std::make_shared<FakeAuthenticator>(desk));
    profile.engine.handshake_timeout = std::chrono::seconds{5};
    World world{profile, by(kMechanism)};
    world.peer.open();
    world.protocol().on_tick(world.connection->started_at() + std::chrono::seconds{5});
    CHECK(world.protocol().finished());
    desk.done(Acceptance{kAlice});  // too late
    world.peer.pump();
    CHECK_FALSE(world.peer.opened());
}

// --- a client of bytes, which asks for what an engine would not ----------------------------------

namespace {

Buffer frame(Buffer body) {
    Buffer bytes{0, 0, 0, static_cast<std::uint8_t>(8 + body.size()), 2, 1, 0, 0};
    append(bytes, body);
    return bytes;
}

/// Spec: AMQP 1.0 §5.3.3.5
Buffer sasl_response(std::string_view text) {
    const auto size = static_cast<std::uint8_t>(text.size());
    Buffer body{0x00, 0x53, 0x43, 0xc0, static_cast<std::uint8_t>(size + 3), 1, 0xa0, size};
    append(body, as_bytes(text));
    return frame(body);
}

/// A server's connection whose peer says just the bytes that it is told.
struct Raw : Guarded {
    void say(Bytes bytes) {
        protocol().on_bytes(bytes, loop.now());
        take();
    }
    void take() {
        protocol().before_write();
        OutBuffer& output = protocol().output();
        heard.assign(output.pending().begin(), output.pending().end());
        output.consume(output.size());
    }
    bool hears(const Buffer& part) const { return !std::ranges::search(heard, part).empty(); }
    /// The headers, the choice of the mechanism, and `more` in the same packet.
    void choose(std::string_view response, Bytes more = {}) {
        say(as_bytes(std::string_view{"AMQP\x03\x01\x00\x00", 8}));
        Buffer bytes = frame(amqp::sasl_init_body(kMechanism, as_bytes(response), "host"));
        append(bytes, more);
        say(bytes);
    }

    Buffer heard;  // after the last that was said
};

/// What a client says that need not authenticate itself: the AMQP header and open.
Buffer header_and_open() {
    io::Loop loop;
    amqp::Handler nobody;
    amqp::Engine engine{std::make_shared<const amqp::Options>(
                            amqp::Options{.server = false, .container_id = "raw"}),
                        nobody, loop.pool()};
    engine.start({});
    return {engine.output().pending().begin(), engine.output().pending().end()};
}

Buffer text(std::string_view said) {
    return {as_bytes(said).begin(), as_bytes(said).end()};
}

}  // namespace

TEST_CASE("an authenticator may challenge, as often as it likes, now or later") {
    Raw world;
    world.choose("first");
    world.done(Challenge{text("prove it")});
    world.take();
    CHECK(world.hears(frame(amqp::sasl_challenge_body(text("prove it")))));
    world.at_once = Challenge{text("once more")};
    world.say(sasl_response("second"));
    CHECK(world.hears(frame(amqp::sasl_challenge_body(text("once more")))));
    world.at_once = Acceptance{kAlice};
    world.say(sasl_response("third"));
    CHECK(world.hears(frame(amqp::sasl_outcome_body(amqp::kSaslOk, {}))));
    CHECK(world.responses == std::vector<std::string>{"first", "second", "third"});
    world.say(header_and_open());
    CHECK(world.connection->identity() == kAlice);
    CHECK(world.connection->was_opened());
}

TEST_CASE("what a peer sends ahead while it is being authenticated is taken up afterwards") {
    Raw world;
    world.choose("", header_and_open());
    CHECK_FALSE(world.connection->was_opened());
    world.done(Acceptance{kAlice});
    CHECK_FALSE(world.connection->was_opened());  // not within the authenticator's answer
    world.loop.run_one();
    CHECK(world.connection->was_opened());
    CHECK(world.connection->identity() == kAlice);
}

TEST_CASE("each refusal is told by its code") {
    for (const auto& [refusal, code] :
         {std::pair{Refusal::credentials, 1}, std::pair{Refusal::system, 2},
          std::pair{Refusal::permanent, 3}, std::pair{Refusal::temporary, 4}}) {
        Raw world;
        world.at_once = refusal;
        world.choose("");
        CHECK(world.hears(frame(amqp::sasl_outcome_body(static_cast<std::uint8_t>(code), {}))));
    }
}

TEST_SUITE_END();
