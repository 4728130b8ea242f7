#include "common/daemon/gate.hpp"

#include "common/daemon/gate_exchange.hpp"
#include "common/security/bearer.hpp"
#include "common/security/plain.hpp"
#include "tests/unit/io/support.hpp"
#include "tests/unit/security/token_vectors.hpp"

#include <doctest/doctest.h>

#include <optional>

using namespace weft;
using namespace weft::daemon;
using namespace weft::security;

namespace {

using Names = std::vector<std::string>;

constexpr const char* kFile = "users";

UsersPtr users_with(std::string_view password) {
    auto users = std::make_shared<Users>(Buffer(Users::kSecretSize, 9));
    users->put("alice", {Verifier::of(Digest::sha256, password, Buffer(16, 1), kIterationsMin)});
    return users;
}

/// A gate, and a peer of one listener who asks to come in.
struct Doorstep {
    io::Loop loop;
    std::shared_ptr<Gate> gate =
        std::make_shared<Gate>(loop, UserFile{.path = kFile, .users = users_with("secret")});
    ListenerConfig listener{
        .connection = {.name = "clients",
                       .sasl_mechanisms = {"SCRAM-SHA-256", "PLAIN", "EXTERNAL", "ANONYMOUS"},
                       .insecure = true}};
    Protection protection{};
    std::unique_ptr<Exchange> exchange{};

    Answer ask(Bytes response) {
        std::optional<Answer> answer;
        exchange->respond(response, [&](Answer said) { answer = std::move(said); });
        io::run_until(loop, [&] { return answer.has_value(); });
        return *answer;
    }
    void begin(std::string_view mechanism, std::string_view host = "192.0.2.7") {
        exchange = gate->authenticator(listener)->begin(
            mechanism, {.protection = protection,
                        .host = host,
                        .run_there = [this](std::function<void()> f) { loop.post(std::move(f)); }});
    }
    Answer plain(std::string_view user, std::string_view password) {
        begin(kPlain);
        return ask(plain_message(user, password));
    }
    Answer scram(std::string_view user, std::string password) {
        ScramClient client{Digest::sha256, user, std::move(password), "nonce"};
        begin("SCRAM-SHA-256");
        const auto challenge = std::get<Challenge>(ask(as_bytes(client.first())));
        return ask(as_bytes(*client.answer(as_text(challenge.data))));
    }
    void take_tokens() {
        UserFile file{.path = kFile, .users = users_with("secret")};
        file.tokens = {.path = "keys",
                       .keys = std::make_shared<const TokenKeys>(
                           TokenKeys::from(security::test::kJwks).value()),
                       .rules = {.issuer = "https://id.example", .audience = "weft"}};
        gate = std::make_shared<Gate>(loop, file);
    }
    std::uint64_t count(std::string_view mechanism, LoginFault fault) const {
        const auto found = std::ranges::find(kMechanisms, mechanism);
        return gate->tally().faults(
            static_cast<std::size_t>(found - kMechanisms.begin()))[static_cast<std::size_t>(fault)];
    }
};

bool is_refused(const Answer& answer) {
    const auto* refusal = std::get_if<Refusal>(&answer);
    return refusal != nullptr && *refusal == Refusal::credentials;
}

std::string user_in(const Answer& answer) {
    const auto* accepted = std::get_if<Acceptance>(&answer);
    return accepted == nullptr ? "" : accepted->identity.user;
}

}  // namespace

TEST_SUITE("gate") {
    TEST_CASE_FIXTURE(Doorstep, "who knows the password comes in, shown or proved") {
        CHECK(user_in(plain("alice", "secret")) == "alice");
        CHECK(user_in(plain("alice", "secret")) == "alice");  // known by now
        const Answer answer = scram("alice", "secret");
        CHECK(std::get<Acceptance>(answer).identity ==
              Identity{.user = "alice", .mechanism = "SCRAM-SHA-256"});
        CHECK(as_text(std::get<Acceptance>(answer).data).starts_with("v="));
        CHECK(gate->tally().in(4) == 2);
        CHECK(gate->tally().in(2) == 1);
    }

    TEST_CASE_FIXTURE(Doorstep, "who does not is refused alike, and told apart in the counters") {
        CHECK(is_refused(plain("alice", "secrets")));
        CHECK(is_refused(plain("carol", "secret")));
        CHECK(is_refused(scram("alice", "secrets")));
        CHECK(is_refused(scram("carol", "secret")));
        begin(kPlain);
        CHECK(is_refused(ask(as_bytes("alice"))));
        begin(kExternal);
        CHECK(is_refused(ask({})));
        io::run_until(loop, [&] { return count(kExternal, LoginFault::certificate) == 1; });
        CHECK(count(kPlain, LoginFault::password) == 1);
        CHECK(count(kPlain, LoginFault::user) == 1);
        CHECK(count(kPlain, LoginFault::malformed) == 1);
        CHECK(count("SCRAM-SHA-256", LoginFault::password) == 1);
        CHECK(count("SCRAM-SHA-256", LoginFault::user) == 1);
    }

    TEST_CASE_FIXTURE(Doorstep,
                      "after ten wrong passwords of a user from a host none is looked at") {
        for (int i = 0; i < GuessLimits::kOfBoth.at_once; ++i) {
            CHECK(is_refused(i % 2 == 0 ? plain("alice", "x") : scram("alice", "x")));
        }
        CHECK(is_refused(plain("alice", "secret")));
        CHECK(count(kPlain, LoginFault::limited) == 1);
        CHECK(is_refused(scram("alice", "secret")));
        CHECK(count("SCRAM-SHA-256", LoginFault::limited) == 1);
        begin(kPlain, "192.0.2.8");
        CHECK(user_in(ask(plain_message("alice", "secret"))) == "alice");
    }

    TEST_CASE_FIXTURE(Doorstep,
                      "many at once are looked at one after the other, within the limits") {
        std::vector<std::unique_ptr<Exchange>> all;
        int answered = 0;
        for (int i = 0; i < 50; ++i) {
            begin(kPlain);
            exchange->respond(plain_message("alice", "x"), [&](const Answer&) { ++answered; });
            all.push_back(std::move(exchange));
        }
        io::run_until(loop, [&] { return answered == 50; });
        const auto wrong = count(kPlain, LoginFault::password);
        CHECK(wrong >= static_cast<std::uint64_t>(GuessLimits::kOfBoth.at_once));
        CHECK(wrong < GuessLimits::kOfBoth.at_once + PasswordChecks::kAtOnceMax);
        CHECK(count(kPlain, LoginFault::limited) == 50 - wrong);
    }

    TEST_CASE_FIXTURE(Doorstep, "who is gone, or asks a gate that is gone, hears nothing") {
        bool heard = false;
        begin(kPlain);
        exchange->respond(plain_message("alice", "secret"), [&](const Answer&) { heard = true; });
        exchange.reset();
        begin(kPlain);
        exchange->respond(plain_message("alice", "secret"), [&](const Answer&) { heard = true; });
        gate.reset();
        bool turned = false;
        loop.post([&] { turned = true; });
        io::run_until(loop, [&] { return turned; });
        CHECK_FALSE(heard);
    }

    TEST_CASE_FIXTURE(Doorstep, "users are read anew, unless their file does not do") {
        std::string text = users_with("other")->text();
        const config::FileReader reader = [&](const std::string& path) {
            CHECK(path == kFile);
            return tl::expected<std::string, std::string>{text};
        };
        REQUIRE(user_in(plain("alice", "secret")) == "alice");
        const auto reload = [&] { gate->put_users(read_users(kFile, reader).value()); };
        reload();
        CHECK(is_refused(plain("alice", "secret")));
        CHECK(user_in(plain("alice", "other")) == "alice");
        text = Users{Buffer(Users::kSecretSize, 1)}.text();
        reload();
        CHECK(is_refused(scram("alice", "other")));
        CHECK(gate->users() == 0);
    }

    TEST_CASE_FIXTURE(Doorstep, "who shows a token is told that it is not good, and then refused") {
        take_tokens();
        const auto show = [&](std::string_view token, std::string_view authorize = {}) {
            begin(kBearer);
            return ask(bearer_message(token, authorize));
        };
        CHECK(std::get<Acceptance>(show(security::test::kSignedByRsa)).identity ==
              Identity{.user = "dev-7", .mechanism = "OAUTHBEARER"});
        CHECK(user_in(show(security::test::kSignedByEc, "dev-7")) == "dev-7");
        for (const Answer& answer :
             {show(security::test::kUnsigned), show(security::test::kSignedByEc, "dev-8")}) {
            CHECK(as_text(std::get<Challenge>(answer).data) == R"({"status":"invalid_token"})");
        }
        CHECK(is_refused(ask(bearer_message(security::test::kSignedByRsa))));  // too late
        begin(kBearer);
        CHECK(is_refused(ask(as_bytes("n,,"))));
        CHECK(count(kBearer, LoginFault::token) == 1);
        CHECK(count(kBearer, LoginFault::identity) == 1);
        CHECK(count(kBearer, LoginFault::malformed) == 1);
        gate->put_keys(nullptr);
        CHECK(std::holds_alternative<Challenge>(show(security::test::kSignedByRsa)));
    }

    TEST_CASE_FIXTURE(Doorstep, "forged tokens of a host are limited, others still come in") {
        constexpr int kTries = 10'000;
        take_tokens();
        int shown = 0;
        for (; shown < kTries && count(kBearer, LoginFault::limited) == 0; ++shown) {
            begin(kBearer);
            ask(bearer_message(security::test::kUnsigned, {}));
        }
        CHECK(shown > GuessLimits::kOfHost.at_once);
        CHECK(count(kBearer, LoginFault::limited) == 1);
        begin(kBearer, "192.0.2.8");
        CHECK(user_in(ask(bearer_message(security::test::kSignedByRsa, {}))) == "dev-7");
    }

    TEST_CASE_FIXTURE(Doorstep, "without keys no token is a guess") {
        take_tokens();
        gate->put_keys(nullptr);
        for (int i = 0; i <= GuessLimits::kOfHost.at_once * 2; ++i) {
            begin(kBearer);
            ask(bearer_message(security::test::kSignedByRsa, {}));
        }
        CHECK(count(kBearer, LoginFault::limited) == 0);
    }

    TEST_CASE_FIXTURE(Doorstep, "what is offered depends on the connection") {
        const auto all = gate->authenticator(listener);
        CHECK(all->mechanisms({}) == Names{"SCRAM-SHA-256", "PLAIN", "ANONYMOUS"});
        CHECK(all->unauthenticated());
        listener.connection.insecure = false;
        listener.authenticate_peer = true;
        const auto careful = gate->authenticator(listener);
        CHECK(careful->mechanisms({}) == Names{"SCRAM-SHA-256", "ANONYMOUS"});
        CHECK_FALSE(careful->unauthenticated());
    }

    TEST_CASE("IPv6 is counted by networks") {
        CHECK(counted_host("192.0.2.7") == "192.0.2.7");
        CHECK(counted_host("[2001:db8::1]") == counted_host("[2001:db8::2]"));
        CHECK(counted_host("[2001:db8::1]") != counted_host("[2001:db8:0:1::1]"));
        CHECK(counted_host("[::ffff:192.0.2.7]") == "192.0.2.7");  // of a listener for both
        CHECK(counted_host("[::ffff:192.0.2.7]") != counted_host("[::ffff:192.0.2.8]"));
        CHECK(counted_host("pipe") == "pipe");
    }
}
