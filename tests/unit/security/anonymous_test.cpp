#include "common/security/anonymous.hpp"

#include <doctest/doctest.h>

using namespace weft;
using namespace weft::security;

TEST_SUITE_BEGIN("anonymous authenticator");

TEST_CASE("ANONYMOUS is the one mechanism offered") {
    CHECK(AnonymousAuthenticator{}.mechanisms() == std::vector<std::string>{"ANONYMOUS"});
}

TEST_CASE("whoever chooses ANONYMOUS is anonymous at once, whatever it says") {
    const AnonymousAuthenticator authenticator;
    for (const std::string_view trace : {"", "somebody@example.com"}) {
        std::vector<Answer> answers;
        authenticator.begin("ANONYMOUS")->respond(as_bytes(trace), [&](Answer answer) {
            answers.push_back(std::move(answer));
        });
        REQUIRE(answers.size() == 1);
        CHECK(std::get<Identity>(answers.front()) ==
              Identity{.user = "anonymous", .mechanism = "ANONYMOUS"});
    }
}

TEST_CASE("whoever uses no SASL is anonymous too, and by no mechanism") {
    CHECK(AnonymousAuthenticator{}.unauthenticated() ==
          Identity{.user = "anonymous", .mechanism = ""});
}

TEST_SUITE_END();
