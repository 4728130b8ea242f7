#include "mqtt-gateway/node/door.hpp"

#include "tests/unit/io/support.hpp"
#include "tests/unit/security/token_vectors.hpp"

#include <doctest/doctest.h>

#include <optional>

using namespace weft;
using namespace weft::gateway;
using namespace weft::security;

namespace {

constexpr std::string_view kPassword = "secret";

daemon::UsersPtr users_of_door() {
    auto users = std::make_shared<Users>(Buffer(Users::kSecretSize, 9));
    users->put("alice", {Verifier::of(Digest::sha256, kPassword, Buffer(16, 1), kIterationsMin)});
    return users;
}

struct Heard {
    mqtt::Reason reason;
    std::string user;
    bool operator==(const Heard&) const = default;
};

/// Somebody knocks at a door.
struct Street {
    io::Loop loop;
    std::shared_ptr<daemon::Gate> gate = std::make_shared<daemon::Gate>(
        loop, daemon::UserFile{.path = "users", .users = users_of_door()});
    daemon::ListenerConfig listener{.connection = {.name = "mqtt"}};
    Protection protection{.protocol = "TLSv1.3"};

    Heard knock(std::optional<std::string_view> user, std::string_view password = kPassword) {
        std::optional<Heard> heard;
        const Door door{gate, listener};
        door.knock(
            {.user_name = user,
             .password = as_bytes(password),
             .host = "192.0.2.7",
             .protection = protection},
            [] { return true; },
            [&](mqtt::Reason reason, std::string name, std::string_view) {
                heard = Heard{reason, std::move(name)};
            });
        io::run_until(loop, [&] { return heard.has_value(); });
        return *heard;
    }
    void takes(std::vector<std::string> mechanisms, bool everybody = false) {
        listener.connection.sasl_mechanisms = std::move(mechanisms);
        listener.authenticate_peer = !everybody;
    }
};

constexpr auto kIn = mqtt::Reason::success;
constexpr auto kWrong = mqtt::Reason::bad_user_name_or_password;
constexpr auto kOut = mqtt::Reason::not_authorized;

}  // namespace

TEST_SUITE("door") {
    TEST_CASE_FIXTURE(Street, "a listener without PLAIN believes no user name, and lets all in") {
        CHECK(knock("alice", "x") == Heard{kIn, ""});
        CHECK(knock({}) == Heard{kIn, ""});
    }

    TEST_CASE_FIXTURE(Street, "one with PLAIN looks at what is shown") {
        takes({"PLAIN", "ANONYMOUS"}, /*everybody=*/true);
        CHECK(knock("alice") == Heard{kIn, "alice"});
        CHECK(knock("alice", "x") == Heard{kWrong, ""});
        CHECK(knock("alice", "") == Heard{kWrong, ""});
        CHECK(knock("carol") == Heard{kWrong, ""});
        CHECK(knock("") == Heard{kWrong, ""});
        CHECK(knock("alice", std::string_view{"sec\0ret", 7}) == Heard{kWrong, ""});
        CHECK(knock({}) == Heard{kIn, ""});
        takes({"PLAIN"});
        CHECK(knock({}) == Heard{kOut, ""});
    }

    TEST_CASE_FIXTURE(Street, "passwords are not taken in the clear, unless that is said") {
        takes({"PLAIN"});
        protection = {};
        CHECK(knock("alice") == Heard{kOut, ""});
        listener.connection.insecure = true;
        CHECK(knock("alice") == Heard{kIn, "alice"});
    }

    TEST_CASE_FIXTURE(Street, "a token may stand for a password") {
        daemon::UserFile file{.path = "users", .users = users_of_door()};
        file.tokens = {.path = "keys",
                       .keys = std::make_shared<const TokenKeys>(
                           TokenKeys::from(security::test::kJwks).value()),
                       .rules = {.issuer = "https://id.example", .audience = "weft"}};
        gate = std::make_shared<daemon::Gate>(loop, file);
        takes({"OAUTHBEARER", "PLAIN"});
        CHECK(knock({}, security::test::kSignedByEc) == Heard{kIn, "dev-7"});
        CHECK(knock("dev-7", security::test::kSignedByEc) == Heard{kIn, "dev-7"});
        CHECK(knock("dev-8", security::test::kSignedByEc) == Heard{kWrong, ""});
        CHECK(knock("", security::test::kUnsigned) == Heard{kWrong, ""});
        CHECK(knock("alice") == Heard{kIn, "alice"});
        takes({"OAUTHBEARER"});
        CHECK(knock("alice") == Heard{kOut, ""});
        takes({"PLAIN"});
        CHECK(knock("alice", security::test::kSignedByEc) == Heard{kWrong, ""});
        takes({"OAUTHBEARER"});
        protection = {};
        CHECK(knock({}, security::test::kSignedByEc) == Heard{kOut, ""});
    }

    TEST_CASE_FIXTURE(Street, "a certificate says who it is, where no password does") {
        takes({"EXTERNAL", "PLAIN"});
        protection.peer_user = "dev-7";
        CHECK(knock({}) == Heard{kIn, "dev-7"});
        CHECK(knock("alice") == Heard{kIn, "alice"});
        CHECK(knock("alice", "x") == Heard{kWrong, ""});
        protection.peer_user.clear();
        CHECK(knock({}) == Heard{kOut, ""});
    }
}
