#include "tests/support/certificates.hpp"

#include "common/base/assert.hpp"
#include "common/tls/openssl.hpp"

#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <cstdint>
#include <utility>

namespace weft::test {
namespace {

using tls::BioPtr;
using tls::CertificatePtr;
using tls::FreedBy;
using tls::KeyPtr;

std::string text_of(const BioPtr& bio) {
    const char* data = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &data);
    return {data, static_cast<std::size_t>(size)};
}

std::string pem_of(X509* certificate) {
    const BioPtr out{BIO_new(BIO_s_mem())};
    WEFT_CHECK(PEM_write_bio_X509(out.get(), certificate) == 1);
    return text_of(out);
}

std::string pem_of(EVP_PKEY* key, const std::string& password) {
    const BioPtr out{BIO_new(BIO_s_mem())};
    const EVP_CIPHER* const cipher = password.empty() ? nullptr : EVP_aes_128_cbc();
    WEFT_CHECK(PEM_write_bio_PKCS8PrivateKey(out.get(), key, cipher, password.data(),
                                             static_cast<int>(password.size()), nullptr,
                                             nullptr) == 1);
    return text_of(out);
}

void extend(X509* certificate, X509* issuer, int nid, const std::string& value) {
    X509V3_CTX context{};
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    const std::unique_ptr<X509_EXTENSION, FreedBy<X509_EXTENSION_free>> extension{
        X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str())};
    WEFT_CHECK(extension && X509_add_ext(certificate, extension.get(), -1) == 1);
}

void name(X509_NAME* to, const char* field, const std::string& value) {
    if (!value.empty()) {
        WEFT_CHECK(X509_NAME_add_entry_by_txt(to, field, MBSTRING_UTF8,
                                              reinterpret_cast<const unsigned char*>(value.data()),
                                              static_cast<int>(value.size()), -1, 0) == 1);
    }
}

std::string alternatives(const std::vector<std::string>& hosts) {
    std::string text;
    for (const std::string& host : hosts) {
        const bool digits = host.find_first_not_of("0123456789.") == std::string::npos;
        const bool address = digits || host.find(':') != std::string::npos;
        text += (text.empty() ? "" : ",") + std::string{address ? "IP:" : "DNS:"} + host;
    }
    return text;
}

/// All but its extensions, its issuer and its signature.
CertificatePtr begun(EVP_PKEY* key, const Authority::Wish& wish) {
    constexpr long kDay = 86400;
    CertificatePtr made{X509_new()};
    std::uint64_t serial = 0;
    WEFT_CHECK(RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) == 1);
    ASN1_INTEGER_set_uint64(X509_get_serialNumber(made.get()), serial);
    X509_set_version(made.get(), X509_VERSION_3);
    X509_gmtime_adj(X509_getm_notBefore(made.get()), wish.from_days * kDay);
    X509_gmtime_adj(X509_getm_notAfter(made.get()), wish.until_days * kDay);
    X509_set_pubkey(made.get(), key);
    X509_NAME* const subject = X509_get_subject_name(made.get());
    name(subject, "O", wish.organisation);
    name(subject, "CN", wish.common_name);
    return made;
}

}  // namespace

struct Authority::Pair {
    KeyPtr key;
    CertificatePtr certificate;
};

Authority::Authority(const std::string& called)
    : pair_{std::make_unique<Pair>(Pair{KeyPtr{EVP_EC_gen("P-256")}, nullptr})} {
    pair_->certificate =
        begun(pair_->key.get(), {.common_name = called, .hosts = {}, .until_days = 100});
    X509* const made = pair_->certificate.get();
    X509_set_issuer_name(made, X509_get_subject_name(made));
    extend(made, made, NID_basic_constraints, "critical,CA:TRUE");
    extend(made, made, NID_subject_key_identifier, "hash");
    WEFT_CHECK(X509_sign(made, pair_->key.get(), EVP_sha256()) > 0);
    certificate_ = pem_of(made);
}

Authority::~Authority() = default;

Certified Authority::issue(const Wish& wish) const {
    const KeyPtr key{EVP_EC_gen("P-256")};
    const CertificatePtr made = begun(key.get(), wish);
    X509* const issuer = pair_->certificate.get();
    X509_set_issuer_name(made.get(), X509_get_subject_name(issuer));
    extend(made.get(), issuer, NID_basic_constraints, "CA:FALSE");
    extend(made.get(), issuer, NID_authority_key_identifier, "keyid");
    if (!wish.hosts.empty()) {
        extend(made.get(), issuer, NID_subject_alt_name, alternatives(wish.hosts));
    }
    WEFT_CHECK(X509_sign(made.get(), pair_->key.get(), EVP_sha256()) > 0);
    return {pem_of(made.get()), pem_of(key.get(), wish.password)};
}

std::string Authority::crl(const List& list) const {
    constexpr long kDay = 86400;
    const std::unique_ptr<X509_CRL, FreedBy<X509_CRL_free>> made{X509_CRL_new()};
    X509_CRL_set_version(made.get(), X509_CRL_VERSION_2);
    X509_CRL_set_issuer_name(made.get(), X509_get_subject_name(pair_->certificate.get()));
    const std::unique_ptr<ASN1_TIME, FreedBy<ASN1_TIME_free>> from{
        X509_gmtime_adj(nullptr, list.from_days * kDay)};
    const std::unique_ptr<ASN1_TIME, FreedBy<ASN1_TIME_free>> until{
        X509_gmtime_adj(nullptr, list.until_days * kDay)};
    X509_CRL_set1_lastUpdate(made.get(), from.get());
    X509_CRL_set1_nextUpdate(made.get(), until.get());
    for (const std::string& each : list.revoked) {
        const BioPtr in{BIO_new_mem_buf(each.data(), static_cast<int>(each.size()))};
        const CertificatePtr certificate{PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr)};
        X509_REVOKED* const one = X509_REVOKED_new();
        X509_REVOKED_set_serialNumber(one, X509_get_serialNumber(certificate.get()));
        X509_REVOKED_set_revocationDate(one, from.get());
        X509_CRL_add0_revoked(made.get(), one);
    }
    if (list.extension != 0) {
        X509V3_CTX context{};
        X509V3_set_ctx(&context, pair_->certificate.get(), nullptr, nullptr, made.get(), 0);
        const std::unique_ptr<X509_EXTENSION, FreedBy<X509_EXTENSION_free>> extension{
            X509V3_EXT_conf_nid(nullptr, &context, list.extension, list.says.c_str())};
        WEFT_CHECK(extension && X509_CRL_add_ext(made.get(), extension.get(), -1) == 1);
    }
    WEFT_CHECK(X509_CRL_sign(made.get(), pair_->key.get(), EVP_sha256()) > 0);
    const BioPtr out{BIO_new(BIO_s_mem())};
    WEFT_CHECK(PEM_write_bio_X509_CRL(out.get(), made.get()) == 1);
    return text_of(out);
}

}  // namespace weft::test
