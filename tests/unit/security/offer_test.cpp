#include "common/security/offer.hpp"

#include <doctest/doctest.h>

using namespace weft::security;

namespace {

using Names = std::vector<std::string>;

const Protection kBare{};
const Protection kEncrypted{.protocol = "TLSv1.3"};
const Protection kNamed{.protocol = "TLSv1.3", .peer_subject = "CN=a", .peer_user = "a"};

}  // namespace

TEST_SUITE("offer") {
    TEST_CASE(
        "EXTERNAL is for those with a certificate, PLAIN for connections that are encrypted") {
        const Offer offer{{"EXTERNAL", "SCRAM-SHA-256", "PLAIN"}};
        CHECK(offer.to(kBare) == Names{"SCRAM-SHA-256"});
        CHECK(offer.to(kEncrypted) == Names{"SCRAM-SHA-256", "PLAIN"});
        CHECK(offer.to(kNamed) == Names{"EXTERNAL", "SCRAM-SHA-256", "PLAIN"});
    }

    TEST_CASE("PLAIN is offered to all, where that is wanted") {
        const Offer offer{{"PLAIN"}, InTheClear::taken};
        CHECK(offer.to(kBare) == Names{"PLAIN"});
    }

    TEST_CASE("where nothing is left the peer is refused by EXTERNAL") {
        CHECK(Offer{{"PLAIN"}}.to(kBare) == Names{"EXTERNAL"});
        CHECK(Offer{{"EXTERNAL"}}.to(kEncrypted) == Names{"EXTERNAL"});
    }
}
