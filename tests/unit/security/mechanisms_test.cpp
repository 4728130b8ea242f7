#include "common/security/mechanisms.hpp"

#include <doctest/doctest.h>

using namespace weft;
using namespace weft::security;

namespace {

using Names = std::vector<std::string>;

const Protection kCertified{.protocol = "TLSv1.3", .peer_subject = "CN=a", .peer_user = "a"};

Answer answer_of(const Mechanisms& mechanisms,
                 std::string_view mechanism,
                 std::string_view response,
                 const Protection& of) {
    std::vector<Answer> answers;
    mechanisms.begin(mechanism, {of, "host", {}})->respond(as_bytes(response), [&](Answer answer) {
        answers.push_back(std::move(answer));
    });
    REQUIRE(answers.size() == 1);
    return answers.front();
}

}  // namespace

TEST_SUITE("mechanisms") {
    TEST_CASE("ANONYMOUS is the one mechanism offered, if nothing else is said") {
        CHECK(Mechanisms{}.mechanisms({}) == Names{"ANONYMOUS"});
        CHECK(Mechanisms{}.mechanisms(kCertified) == Names{"ANONYMOUS"});
    }

    TEST_CASE("whoever chooses ANONYMOUS is anonymous at once, whatever it says") {
        for (const std::string_view trace : {"", "somebody@example.com"}) {
            CHECK(std::get<Acceptance>(answer_of(Mechanisms{}, "ANONYMOUS", trace, kCertified))
                      .identity == Identity{.user = "anonymous", .mechanism = "ANONYMOUS"});
        }
    }

    TEST_CASE("whoever uses no SASL is anonymous too, and by no mechanism, if that is taken") {
        CHECK(Mechanisms{}.unauthenticated() == Identity{.user = "anonymous", .mechanism = ""});
        CHECK_FALSE(Mechanisms({"EXTERNAL"}, Bare::refused).unauthenticated());
    }

    TEST_CASE("EXTERNAL is offered to whom a certificate names, or where there is nothing else") {
        const Mechanisms both{{"EXTERNAL", "ANONYMOUS"}};
        CHECK(both.mechanisms(kCertified) == Names{"EXTERNAL", "ANONYMOUS"});
        CHECK(both.mechanisms({}) == Names{"ANONYMOUS"});
        CHECK(Mechanisms{{"EXTERNAL"}}.mechanisms({}) == Names{"EXTERNAL"});
    }

    TEST_CASE("EXTERNAL lets in whom the certificate names, as nobody else") {
        const Mechanisms external{{"EXTERNAL"}, Bare::refused};
        const Identity known{.user = "a", .mechanism = "EXTERNAL"};
        CHECK(std::get<Acceptance>(answer_of(external, "EXTERNAL", "", kCertified)).identity ==
              known);
        CHECK(std::get<Acceptance>(answer_of(external, "EXTERNAL", "a", kCertified)).identity ==
              known);
        CHECK(std::get<Refusal>(answer_of(external, "EXTERNAL", "b", kCertified)) ==
              Refusal::credentials);
        CHECK(std::get<Refusal>(answer_of(external, "EXTERNAL", "", {})) == Refusal::credentials);
        CHECK(std::get<Refusal>(answer_of(external, "EXTERNAL", "a", {.protocol = "TLSv1.3"})) ==
              Refusal::credentials);
    }
}
