#include "tools/weft/pki/authority.hpp"

#include "common/tls/context.hpp"
#include "common/tls/pem.hpp"
#include "common/tls/user.hpp"
#include "tools/weft/failure.hpp"

#include <doctest/doctest.h>
#include <openssl/x509v3.h>

#include <ctime>

using namespace weft;
using namespace weft::tools;

namespace {

tls::CertificatePtr first_of(const Certified& made) {
    auto found = tls::certificates_in(made.certificate, tls::Part::certificates);
    REQUIRE(found);
    return std::move(found->front());
}

}  // namespace

TEST_SUITE("pki authority") {
    TEST_CASE("what it issues serves listeners and connectors, and is trusted by its own") {
        const auto authority = PkiAuthority::make("Weft mesh", 3650);
        const Certified made = authority.issue({.name = "router-a",
                                                .organisation = "Acme",
                                                .hosts = {"a.example", "::1"},
                                                .days = 30});
        const tls::Profile profile{.certificates = made.certificate,
                                   .private_key = made.key,
                                   .authorities = authority.texts().certificate};
        CHECK(
            tls::Context::make(profile, {.client_certificate = tls::ClientCertificate::required}));
        CHECK(tls::Context::make(profile, {.server = false}));
        const auto certificate = first_of(made);
        CHECK(tls::subject_of(*certificate) == "CN=router-a,O=Acme");
        CHECK(tls::hosts_of(*certificate) == "a.example, ::1");
        const auto ours = first_of(authority.texts());
        CHECK(X509_verify(certificate.get(), X509_get0_pubkey(ours.get())) == 1);
        CHECK(X509_check_purpose(certificate.get(), X509_PURPOSE_SSL_SERVER, 0) == 1);
        CHECK(X509_check_purpose(certificate.get(), X509_PURPOSE_SSL_CLIENT, 0) == 1);
        CHECK(X509_check_ca(certificate.get()) == 0);
        CHECK(X509_check_ca(ours.get()) == 1);
        const auto validity = tls::validity_of(made.certificate);
        REQUIRE(validity);
        CHECK(validity->until - std::time(nullptr) <= 30 * 86400);
        CHECK(validity->until - std::time(nullptr) > 29 * 86400);
    }

    TEST_CASE("it goes on where it was kept") {
        const auto before = PkiAuthority::make("m", 10);
        const auto after = PkiAuthority::load(before.texts());
        const auto certificate = first_of(after.issue({.name = "x", .days = 1}));
        const auto ours = first_of(before.texts());
        CHECK(X509_verify(certificate.get(), X509_get0_pubkey(ours.get())) == 1);
        const auto other = PkiAuthority::make("m", 10);
        CHECK_THROWS_AS(PkiAuthority::load({before.texts().certificate, other.texts().key}),
                        Failure);
        CHECK_THROWS_AS(PkiAuthority::load({"", before.texts().key}), Failure);
    }

    TEST_CASE("names that would be taken for something else are refused") {
        const auto authority = PkiAuthority::make("m", 10);
        for (const char* name : {"", "a;b", "a\nb"}) {
            CHECK_THROWS_AS(authority.issue({.name = name, .days = 1}), Failure);
        }
        CHECK_THROWS_AS(authority.issue({.name = std::string(65, 'x'), .days = 1}), Failure);
        CHECK_THROWS_AS(authority.issue({.name = "x", .hosts = {"a,DNS:b"}, .days = 1}), Failure);
    }
}
