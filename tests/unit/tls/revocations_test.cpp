#include "common/tls/revocations.hpp"

#include "common/tls/pem.hpp"
#include "tests/support/certificates.hpp"

#include <doctest/doctest.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>
#include <vector>

using namespace weft::tls;
using weft::test::Authority;

namespace {

using Strings = std::vector<std::string>;

/// Certificates of peers, as if they were shown, from the peer's own to the root's.
PeerChain chain_from(const Strings& texts) {
    std::vector<CertificatePtr> owned;
    const std::unique_ptr<STACK_OF(X509), decltype([](STACK_OF(X509) * all) { sk_X509_free(all); })>
        all{sk_X509_new_null()};
    for (const std::string& text : texts) {
        owned.push_back(std::move(certificates_in(text, Part::certificates)->front()));
        sk_X509_push(all.get(), owned.back().get());
    }
    return chain_of(all.get());
}

struct Revoking {
    Authority authority;
    Authority other{"Other authority"};
    std::string both = authority.certificate() + other.certificate();
    std::string bad = authority.issue().certificate;
    std::string good = authority.issue().certificate;
    std::string foreign = other.issue().certificate;

    PeerChain of(const std::string& certificate) const {
        return chain_from({certificate, authority.certificate()});
    }
    std::string fault_of(const Strings& texts) const {
        const auto made = Revocations::make(texts, authority.certificate());
        REQUIRE_FALSE(made);
        return std::to_string(made.error().text) + " " + made.error().why;
    }
};

std::string der_of(const std::string& pem) {
    const BioPtr in{BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))};
    const std::unique_ptr<X509_CRL, FreedBy<X509_CRL_free>> list{
        PEM_read_bio_X509_CRL(in.get(), nullptr, nullptr, nullptr)};
    unsigned char* out = nullptr;
    const int size = i2d_X509_CRL(list.get(), &out);
    std::string der(reinterpret_cast<const char*>(out), static_cast<std::size_t>(size));
    OPENSSL_free(out);
    return der;
}

}  // namespace

TEST_SUITE("revocations") {
    TEST_CASE_FIXTURE(Revoking, "who is listed is revoked, and nobody else") {
        const std::string list = authority.crl({.revoked = {bad, foreign}});
        for (const std::string& text : {list, der_of(list)}) {
            const auto made = Revocations::make({text}, both);
            REQUIRE(made);
            CHECK((*made)->size() == 2);
            CHECK((*made)->has(of(bad)));
            CHECK_FALSE((*made)->has(of(good)));
            CHECK((*made)->knows_issuer(of(good)));
            CHECK((*made)->due() > 0);
            // The same number of another authority is another certificate.
            CHECK_FALSE((*made)->has(chain_from({foreign, other.certificate()})));
            CHECK_FALSE((*made)->knows_issuer(chain_from({foreign, other.certificate()})));
            CHECK((*made)->unlisted() == Strings{"CN=Other authority"});
        }
    }

    TEST_CASE_FIXTURE(Revoking, "an authority in between that is revoked takes all with it") {
        const auto made = Revocations::make({authority.crl({.revoked = {bad}})}, both);
        REQUIRE(made);
        CHECK((*made)->has(chain_from({foreign, bad, authority.certificate()})));
    }

    TEST_CASE_FIXTURE(Revoking, "of two lists of one authority the newer one holds") {
        const std::string older = authority.crl({.revoked = {bad, good}, .from_days = -9});
        const std::string newer = authority.crl({.revoked = {bad}, .until_days = 300});
        for (const Strings& texts :
             {Strings{older, newer}, Strings{newer, older}, Strings{older + newer}}) {
            const auto made = Revocations::make(texts, both);
            REQUIRE(made);
            CHECK((*made)->size() == 1);
            CHECK_FALSE((*made)->has(of(good)));
        }
    }

    TEST_CASE_FIXTURE(Revoking, "what is no list of all, or of nobody who is trusted, is told") {
        const std::string list = authority.crl({});
        CHECK(Revocations::make({list}, authority.certificate()));
        CHECK(fault_of({list, "-----BEGIN X509 CRL-----\nMIIB"}).starts_with("1 is no list"));
        CHECK(fault_of({""}).starts_with("0 is no list"));
        CHECK(fault_of({"\x30\x82"}).starts_with("0 is no list"));
        CHECK(fault_of({bad}).starts_with("0 is no list"));
        CHECK(fault_of({list + "-----BEGIN X509 CRL-----\nxx"}).starts_with("0 is no list"));
        CHECK(fault_of({other.crl({})}) ==
              "0 has a list of CN=Other authority that no authority of caCertFile has signed: add "
              "that authority's certificate there, or take the list away");
        const Authority impostor;  // of the same name
        CHECK(fault_of({impostor.crl({})}).find("no authority of caCertFile") != std::string::npos);
        CHECK(
            fault_of({authority.crl({.extension = NID_delta_crl, .says = "critical,DER:02:01:01"})})
                .find("delta") != std::string::npos);
        CHECK(fault_of({authority.crl({.extension = NID_issuing_distribution_point,
                                       .says = "critical,onlyCA:TRUE"})})
                  .find("but a part") != std::string::npos);
        CHECK(Revocations::make({authority.crl({.extension = NID_issuing_distribution_point,
                                                .says = "critical,onlyuser:TRUE"})},
                                authority.certificate()));
        CHECK_FALSE(Revocations::make({list}, ""));
    }
}
