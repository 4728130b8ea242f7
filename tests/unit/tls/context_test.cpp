#include "common/tls/context.hpp"

#include "common/tls/pem.hpp"
#include "tests/support/certificates.hpp"

#include <doctest/doctest.h>

#include <ctime>

using namespace weft;
using namespace weft::tls;
using test::Authority;
using test::Certified;

namespace {

struct Texts {
    Authority authority;
    Certified server = authority.issue();

    Profile profile() const {
        return {.certificates = server.certificate,
                .private_key = server.key,
                .authorities = authority.certificate()};
    }
};

Fault fault_of(const Profile& profile, const Use& use = {}) {
    const auto made = Context::make(profile, use);
    REQUIRE_FALSE(made);
    return made.error();
}

bool says(const Fault& fault, Part part, std::string_view words) {
    return fault.part == part && fault.text.find(words) != std::string::npos;
}

}  // namespace

TEST_SUITE("tls context") {
    TEST_CASE_FIXTURE(Texts, "a whole profile serves a listener and a connector") {
        CHECK(Context::make(profile(), {}));
        CHECK(Context::make(profile(), {.client_certificate = ClientCertificate::required}));
        CHECK(Context::make(profile(), {.server = false, .spoken = {"amqp"}}));
        CHECK(Context::make({}, {.server = false}));
    }

    TEST_CASE_FIXTURE(Texts, "a part that is missing is named, for what it is wanted") {
        Profile bare = profile();
        bare.authorities = "";
        CHECK(Context::make(bare, {}));
        CHECK(says(fault_of(bare, {.client_certificate = ClientCertificate::asked}),
                   Part::authorities, "is missing"));
        CHECK(says(fault_of({}), Part::certificates, "is missing"));
        bare.private_key = "";
        CHECK(says(fault_of(bare), Part::certificates, "without its private key"));
        bare.private_key = server.key;
        bare.certificates = "";
        CHECK(says(fault_of(bare), Part::private_key, "without its certificate"));
    }

    TEST_CASE_FIXTURE(Texts, "texts that are not what they should be are told apart") {
        Profile bad = profile();
        SUBCASE("no certificate") {
            bad.certificates = "hello";
            CHECK(says(fault_of(bad), Part::certificates, "has no certificate in PEM"));
        }
        SUBCASE("a damaged certificate") {
            bad.certificates[bad.certificates.size() / 2] = '!';
            CHECK(says(fault_of(bad), Part::certificates, "is damaged at certificate 1"));
        }
        SUBCASE("no key") {
            bad.private_key = server.certificate;
            CHECK(says(fault_of(bad), Part::private_key, "has no private key in PEM"));
        }
        SUBCASE("another's key") {
            bad.private_key = authority.issue().key;
            CHECK(says(fault_of(bad), Part::private_key,
                       "is not that of the certificate, CN=localhost"));
        }
        SUBCASE("authorities that are none") {
            bad.authorities = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
            CHECK(says(fault_of(bad), Part::authorities, "is damaged"));
        }
        SUBCASE("a cipher that nobody knows") {
            bad.ciphers = "ROT13";
            CHECK(says(fault_of(bad), Part::ciphers, "names no cipher"));
        }
        SUBCASE("a suite of TLS 1.3 that nobody knows") {
            bad.ciphers = "TLS_ROT_13";
            CHECK(says(fault_of(bad), Part::ciphers, "names no cipher"));
        }
        SUBCASE("a version that is not spoken") {
            bad.protocols = "TLSv1.2 TLSv1.1";
            CHECK(says(fault_of(bad), Part::protocols, "\"TLSv1.1\" is not spoken"));
        }
        SUBCASE("a letter that stands for nothing") {
            bad.user_format = "ox";
            CHECK(says(fault_of(bad), Part::user_format, "has the letter 'x'"));
        }
    }

    TEST_CASE_FIXTURE(Texts, "an encrypted key needs its password, and the right one") {
        const Certified locked = authority.issue({.password = "sesame"});
        Profile with = profile();
        with.certificates = locked.certificate;
        with.private_key = locked.key;
        CHECK(says(fault_of(with), Part::private_key, "is encrypted: give its password"));
        with.password = "simsalabim";
        CHECK(says(fault_of(with), Part::password, "does not open the private key"));
        with.password = "sesame";
        CHECK(Context::make(with, {}));
    }

    TEST_CASE_FIXTURE(Texts, "how long a certificate holds is known") {
        const auto validity = validity_of(server.certificate);
        REQUIRE(validity);
        const std::int64_t now = std::time(nullptr);
        CHECK(validity->from < now);
        CHECK(validity->until > now + 29 * 86400);
        CHECK(validity->until < now + 31 * 86400);
        CHECK_FALSE(validity_of("hello"));
        CHECK(subject_in(server.certificate) == "CN=localhost");
    }
}
