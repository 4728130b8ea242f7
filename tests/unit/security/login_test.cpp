#include "common/security/login.hpp"

#include "common/security/plain.hpp"

#include <doctest/doctest.h>

using namespace weft;
using namespace weft::security;

namespace {

Users some_users() {
    Users users{Buffer(Users::kSecretSize, 9)};
    for (const auto& [name, password] : {std::pair{"alice", "a"}, std::pair{"b,o=b", "b"}}) {
        users.put(name, {Verifier::of(Digest::sha256, password, Buffer(16, 1), 4096),
                         Verifier::of(Digest::sha512, password, Buffer(16, 2), 4096)});
    }
    return users;
}

const Users kUsers = some_users();
constexpr std::string_view kNonce = "server";

LoginStep step(Login& login, std::string_view said, const Users& users = kUsers) {
    return login.respond(as_bytes(said), users, kNonce);
}

/// What comes of an exchange by SCRAM with that password.
LoginStep scram(std::string_view mechanism, std::string_view user, std::string password) {
    ScramClient client{*digest_of_scram(mechanism), user, std::move(password), "client"};
    Login login{mechanism};
    const auto challenge = std::get<Challenge>(step(login, client.first()));
    auto end = step(login, *client.answer(as_text(challenge.data)));
    if (const auto* accepted = std::get_if<Acceptance>(&end)) {
        CHECK(client.confirm(as_text(accepted->data)));
    }
    return end;
}

LoginStep plain(std::string_view message) {
    Login login{kPlain};
    return step(login, message);
}

}  // namespace

TEST_SUITE("login") {
    TEST_CASE("SCRAM lets in who knows the password, under the user's name") {
        for (const std::string_view mechanism : {"SCRAM-SHA-256", "SCRAM-SHA-512"}) {
            for (const auto& [user, password] :
                 {std::pair{"alice", "a"}, std::pair{"b,o=b", "b"}}) {
                const auto end = scram(mechanism, user, password);
                CHECK(std::get<Acceptance>(end).identity ==
                      Identity{.user = user, .mechanism = std::string{mechanism}});
            }
        }
    }

    TEST_CASE("SCRAM knows a wrong password from a user who is none; the peer can't") {
        CHECK(std::get<LoginFault>(scram("SCRAM-SHA-256", "alice", "b")) == LoginFault::password);
        CHECK(std::get<LoginFault>(scram("SCRAM-SHA-256", "carol", "a")) == LoginFault::user);
        const auto challenge = [](std::string_view user) {
            Login login{"SCRAM-SHA-256"};
            const auto said =
                std::get<Challenge>(step(login, "n,,n=" + std::string{user} + ",r=abc"));
            return std::string{as_text(said.data)};
        };
        CHECK(challenge("alice").size() == challenge("carol").size());
        CHECK(challenge("carol") == challenge("carol"));
        CHECK(challenge("carol") != challenge("dave"));
    }

    TEST_CASE("a user without a verifier of that digest is none") {
        Users users{Buffer(Users::kSecretSize, 9)};
        users.put("alice", {Verifier::of(Digest::sha256, "a", Buffer(16, 1), 4096)});
        Login login{"SCRAM-SHA-512"};
        CHECK(std::holds_alternative<Challenge>(step(login, "n,,n=alice,r=abc", users)));
        CHECK(std::get<LoginFault>(
                  step(login, "c=biws,r=abcserver,p=" + std::string(86, 'A') + "==", users)) ==
              LoginFault::user);
    }

    TEST_CASE("PLAIN gives the password to be looked at, once") {
        Login login{kPlain};
        const auto guess =
            std::get<PasswordGuess>(login.respond(plain_message("alice", "x\u00a0y"), kUsers, {}));
        CHECK(guess.user == "alice");
        CHECK(guess.password == "x y");
        CHECK(login.user() == "alice");
        CHECK(std::get<LoginFault>(login.respond(plain_message("alice", "a"), kUsers, {})) ==
              LoginFault::malformed);
    }

    TEST_CASE("what is looked at stands for a user, or for nobody") {
        CHECK(check_of(kUsers, "alice").is_users);
        CHECK(check_of(kUsers, "alice").verifier == *kUsers.find("alice"));
        const Check nobody = check_of(kUsers, "carol");
        CHECK_FALSE(nobody.is_users);
        CHECK(nobody.verifier.iterations == 4096);
    }

    TEST_CASE("nobody acts for somebody else, as anybody may for himself") {
        using namespace std::string_view_literals;
        CHECK(std::get<LoginFault>(plain("bob\0alice\0a"sv)) == LoginFault::identity);
        CHECK(std::holds_alternative<PasswordGuess>(plain("alice\0alice\0a"sv)));
        Login other{"SCRAM-SHA-256"};
        CHECK(std::get<LoginFault>(step(other, "n,a=bob,n=alice,r=abc")) == LoginFault::identity);
        Login self{"SCRAM-SHA-256"};
        CHECK(std::holds_alternative<Challenge>(step(self, "n,a=alice,n=alice,r=abc")));
    }

    TEST_CASE("what is none of the mechanism's messages is refused") {
        CHECK(std::get<LoginFault>(plain("alice")) == LoginFault::malformed);
        Login much{kPlain};
        CHECK(std::get<LoginFault>(much.respond(plain_message("alice", std::string(1025, 'x')),
                                                kUsers, {})) == LoginFault::malformed);
        Login login{"SCRAM-SHA-256"};
        CHECK(std::get<LoginFault>(step(login, "")) == LoginFault::malformed);
        Login bound{"SCRAM-SHA-256"};
        CHECK(std::get<LoginFault>(step(bound, "p=tls-exporter,,n=alice,r=abc")) ==
              LoginFault::binding);
        Login again{"SCRAM-SHA-256"};
        CHECK(std::holds_alternative<Challenge>(step(again, "n,,n=alice,r=abc")));
        CHECK(std::get<LoginFault>(step(again, "n,,n=alice,r=abc")) == LoginFault::malformed);
        CHECK(std::get<LoginFault>(step(again, "n,,n=alice,r=abc")) == LoginFault::malformed);
    }

    TEST_CASE("what became of logins is counted by mechanism and reason") {
        LoginTally tally;
        tally.count_in("PLAIN");
        tally.count("PLAIN", LoginFault::user);
        tally.count("PLAIN", LoginFault::user);
        tally.count("OTHER", LoginFault::user);
        CHECK(kMechanisms[4] == "PLAIN");
        CHECK(tally.in(4) == 1);
        CHECK(tally.faults(4)[static_cast<std::size_t>(LoginFault::user)] == 2);
        CHECK(tally.in(0) == 0);
        CHECK(name_of(LoginFault::certificate) == "certificate");
    }
}
