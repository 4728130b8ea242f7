#include "common/security/users.hpp"

#include <doctest/doctest.h>

using namespace weft;
using namespace weft::security;

namespace {

std::vector<Verifier> verifiers(std::string_view password, std::uint32_t iterations = 4096) {
    return {Verifier::of(Digest::sha256, password, Buffer(16, 1), iterations),
            Verifier::of(Digest::sha512, password, Buffer(16, 2), iterations)};
}

Users some() {
    Users users{Buffer(Users::kSecretSize, 9)};
    users.put("bob", verifiers("b"));
    users.put("alice", verifiers("a"));
    return users;
}

std::string fault_of(const std::string& text) {
    const auto users = Users::from(text);
    return users ? "" : std::to_string(users.error().line) + ": " + users.error().text;
}

}  // namespace

TEST_SUITE("users") {
    TEST_CASE("what was put there is found, also in the text and behind it") {
        const Users users = some();
        const auto read = Users::from(users.text());
        REQUIRE(read);
        CHECK(read->text() == users.text());
        CHECK(read->names() == std::vector<std::string>{"alice", "bob"});
        REQUIRE(read->find("alice", Digest::sha512) != nullptr);
        CHECK(is_password_of(*read->find("alice", Digest::sha512), "a"));
        CHECK(is_password_of(*read->find("bob"), "b"));
        CHECK(read->find("carol") == nullptr);
        CHECK(read->find("carol", Digest::sha256) == nullptr);
    }

    TEST_CASE("a new password takes the place of the old one, and a user can go") {
        Users users = some();
        CHECK(users.put("bob", {verifiers("c")[0]}));
        CHECK(is_password_of(*users.find("bob"), "c"));
        CHECK(users.find("bob", Digest::sha512) == nullptr);
        CHECK(users.remove("bob"));
        CHECK_FALSE(users.remove("bob"));
        CHECK(users.size() == 1);
    }

    TEST_CASE("who is no user looks like one, and always the same") {
        Users users = some();
        const Verifier fake = users.stand_in("carol", Digest::sha256);
        CHECK(fake == Users::from(users.text())->stand_in("carol", Digest::sha256));
        CHECK(fake.salt.size() == users.find("bob")->salt.size());
        CHECK(fake.stored_key.size() == 32);
        CHECK(fake.salt != users.stand_in("carols", Digest::sha256).salt);
        CHECK(fake.salt != users.stand_in("carol", Digest::sha512).salt);
        CHECK(fake.salt !=
              Users{Buffer(Users::kSecretSize, 8)}.stand_in("carol", Digest::sha256).salt);
    }

    TEST_CASE("it has the iterations that most users have") {
        Users users = some();
        CHECK(users.stand_in("x", Digest::sha256).iterations == 4096);
        users.put("alice", verifiers("a", 5000));
        users.put("carol", verifiers("c", 5000));
        CHECK(users.stand_in("x", Digest::sha256).iterations == 5000);
        CHECK(Users{Buffer(Users::kSecretSize, 9)}.stand_in("x", Digest::sha256).iterations ==
              kIterations);
    }

    TEST_CASE("a file that was cut anywhere is refused") {
        const std::string text = some().text();
        for (std::size_t size = 0; size < text.size(); ++size) {
            CHECK_FALSE(fault_of(text.substr(0, size)).empty());
        }
        CHECK(fault_of(text.substr(0, text.size() - 4)) ==
              "4: is missing: the last line must be 'end', so the file was cut");
    }

    TEST_CASE("what is wrong is told with its line") {
        const std::string first = Users{Buffer(Users::kSecretSize, 9)}.text().substr(0, 58);
        REQUIRE(first.ends_with('\n'));
        const std::string verifier = verifiers("x")[0].text();
        const auto with = [&](const std::string& line) {
            return fault_of(first + line + "\nend\n");
        };
        CHECK(with("a " + verifier).empty());
        CHECK(with("a") == "2: has no verifier");
        CHECK(with("a x").starts_with("2: is damaged"));
        CHECK(with("a " + verifier + " " + verifier) ==
              "2: has two verifiers of the same mechanism");
        CHECK(with(" " + verifier) == "2: begins with a name that is none: it is empty");
        CHECK(with("anonymous " + verifier).starts_with("2: begins with a name that is none"));
        CHECK(with("a " + verifier + "\nb " + verifier + "\na " + verifier) ==
              "4: has a user that stands in a line before");
        CHECK(with("a " + verifier + "\nend\nb " + verifier) ==
              "4: stands behind 'end', which must be the last line");
        CHECK(fault_of("weft-users 2 x\nend\n").starts_with("1: is of a version"));
        CHECK(fault_of("weft-users 1 AAAA\nend\n").starts_with("1: is damaged"));
        CHECK(fault_of("alice:secret\n").starts_with("1: must be 'weft-users 1"));
        CHECK(fault_of("").starts_with("1: must be 'weft-users 1"));
    }
}
