#include "common/daemon/service_offer.hpp"

#include <doctest/doctest.h>

using namespace weft;
using namespace weft::daemon;

namespace {

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("the service's mechanisms are offered once they were heard, but those left out") {
    ServiceOffer all{{}, {"PLAIN"}, security::InTheClear::taken, security::Bare::taken};
    const Names& before = all.to({});
    CHECK(before == Names{"PLAIN"});
    all.hear({"SCRAM-SHA-1", "PLAIN"});
    CHECK(all.to({}) == Names{"SCRAM-SHA-1", "PLAIN"});
    CHECK(before == Names{"PLAIN"});  // who has it goes on with it

    ServiceOffer some{
        {"GSSAPI", "PLAIN"}, {"PLAIN"}, security::InTheClear::taken, security::Bare::taken};
    CHECK(some.to({}) == Names{"GSSAPI", "PLAIN"});
    some.hear({"SCRAM-SHA-1", "PLAIN"});
    CHECK(some.to({}) == Names{"PLAIN"});
    some.hear({"SCRAM-SHA-1"});  // nothing is left: the last that did holds
    CHECK(some.to({}) == Names{"PLAIN"});
}

TEST_CASE("passwords are not offered in the clear") {
    ServiceOffer offer{{}, {"PLAIN"}, security::InTheClear::refused, security::Bare::taken};
    offer.hear({"PLAIN", "SCRAM-SHA-1"});
    CHECK(offer.to({}) == Names{"SCRAM-SHA-1"});
}

TEST_CASE("a service that changes its mind all the time is not heard for ever") {
    ServiceOffer offer{{}, {"PLAIN"}, security::InTheClear::taken, security::Bare::taken};
    for (std::size_t i = 0; i < 3 * ServiceOffer::kChangesMax; ++i) {
        offer.hear({"X-" + std::to_string(i)});
    }
    CHECK(offer.to({}) == Names{"X-" + std::to_string(ServiceOffer::kChangesMax - 1)});
}

TEST_CASE("certificates are no service's to judge, and nobody is no answer to who somebody is") {
    const security::Protection certified{.protocol = "TLSv1.3", .peer_user = "CN=ann"};
    ServiceOffer all{{}, {"PLAIN"}, security::InTheClear::taken, security::Bare::refused};
    all.hear({"EXTERNAL", "ANONYMOUS", "PLAIN"});
    CHECK(all.to(certified) == Names{"PLAIN"});
    ServiceOffer some{
        {"EXTERNAL", "PLAIN"}, {"PLAIN"}, security::InTheClear::taken, security::Bare::refused};
    some.hear({"PLAIN", "SCRAM-SHA-1"});
    CHECK(some.to(certified) == Names{"EXTERNAL", "PLAIN"});
    ServiceOffer open{{}, {"PLAIN"}, security::InTheClear::taken, security::Bare::taken};
    open.hear({"ANONYMOUS"});
    CHECK(open.to({}) == Names{"ANONYMOUS"});
}
