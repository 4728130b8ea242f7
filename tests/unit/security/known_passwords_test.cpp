#include "common/security/known_passwords.hpp"

#include <doctest/doctest.h>

using namespace weft;
using namespace weft::security;

TEST_SUITE("known passwords") {
    TEST_CASE("what was right is known again, for that user and verifier alone") {
        const Verifier verifier{.stored_key = Buffer(32, 1)};
        const Verifier other{.stored_key = Buffer(32, 2)};
        KnownPasswords known{Buffer(16, 7)};
        CHECK_FALSE(known.knows("alice", verifier, "a"));
        known.remember("alice", verifier, "a");
        CHECK(known.knows("alice", verifier, "a"));
        CHECK_FALSE(known.knows("alice", verifier, "b"));
        CHECK_FALSE(known.knows("alice", other, "a"));
        CHECK_FALSE(known.knows("bob", verifier, "a"));
        known.remember("alice", other, "b");
        CHECK(known.knows("alice", other, "b"));
        CHECK_FALSE(known.knows("alice", verifier, "a"));
    }

    TEST_CASE("it keeps as many as it may") {
        const Verifier verifier{.stored_key = Buffer(32, 1)};
        KnownPasswords known{Buffer(16, 7)};
        const auto name = [](std::size_t i) { return "user" + std::to_string(i); };
        for (std::size_t i = 0; i <= KnownPasswords::kKnownMax; ++i) {
            known.remember(name(i), verifier, "x");
        }
        std::size_t count = 0;
        for (std::size_t i = 0; i <= KnownPasswords::kKnownMax; ++i) {
            count += known.knows(name(i), verifier, "x") ? 1 : 0;
        }
        CHECK(count == KnownPasswords::kKnownMax);
        CHECK(known.knows(name(KnownPasswords::kKnownMax), verifier, "x"));
    }
}
