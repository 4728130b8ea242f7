#include "common/tls/user.hpp"

#include "common/tls/pem.hpp"
#include "tests/support/certificates.hpp"

#include <doctest/doctest.h>

using namespace weft;
using namespace weft::tls;
using test::Authority;

namespace {

struct Named {
    Authority authority;

    CertificatePtr of(const Authority::Wish& wish) const {
        auto found = certificates_in(authority.issue(wish).certificate, Part::certificates);
        REQUIRE(found);
        return std::move(found->front());
    }
};

}  // namespace

TEST_SUITE("whom a certificate names") {
    TEST_CASE_FIXTURE(Named, "the whole subject, or the parts that the format wants in its order") {
        const CertificatePtr device = of({.common_name = "dev-7", .organisation = "Acme"});
        CHECK(user_of(*device, "") == "CN=dev-7,O=Acme");
        CHECK(subject_of(*device) == "CN=dev-7,O=Acme");
        CHECK(user_of(*device, "n") == "dev-7");
        CHECK(user_of(*device, "on") == "Acme;dev-7");
        CHECK(user_of(*device, "2").size() == 64);
        CHECK(user_of(*device, "n1") == "dev-7;" + user_of(*device, "1"));
    }

    TEST_CASE_FIXTURE(Named, "a part that is missing names nobody") {
        const CertificatePtr device = of({.common_name = "dev-7"});
        CHECK(user_of(*device, "o").empty());
        CHECK(user_of(*device, "no").empty());
    }

    TEST_CASE_FIXTURE(Named, "a part that could be taken for something else names nobody") {
        using namespace std::string_literals;
        for (const std::string& odd : {"a;b"s, "a\0b"s, "a\nb"s, "a\u202eb"s}) {
            const CertificatePtr device = of({.common_name = odd});
            CHECK(user_of(*device, "n").empty());
        }
        CHECK(user_of(*of({.common_name = "Zoë"}), "n") == "Zoë");
    }

    TEST_CASE_FIXTURE(Named, "the subject is told in ASCII that nothing obeys") {
        const CertificatePtr device = of({.common_name = "a\x1b[2J\u202eb"});
        for (const char c : subject_of(*device)) {
            CHECK(c >= ' ');
            CHECK(c < 0x7f);
        }
    }

    TEST_CASE_FIXTURE(Named, "the hosts are told, the first few") {
        CHECK(hosts_of(*of({})) == "localhost, 127.0.0.1");
        CHECK(hosts_of(*of({.hosts = {"a", "b", "c", "d", "e", "f"}})) ==
              "a, b, c, d, e, and others");
        CHECK(hosts_of(*of({.hosts = {"::1"}})) == "::1");
        CHECK(hosts_of(*of({.common_name = "x", .hosts = {}})) == "CN=x");
    }
}
