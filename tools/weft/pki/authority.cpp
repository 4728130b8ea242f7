#include "tools/weft/pki/authority.hpp"

#include "common/base/printable.hpp"
#include "common/tls/openssl.hpp"
#include "common/tls/pem.hpp"
#include "tools/weft/failure.hpp"

#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace weft::tools {
namespace {

using tls::BioPtr;
using tls::CertificatePtr;
using tls::FreedBy;
using tls::KeyPtr;

constexpr const char* kCurve = "P-256";
constexpr long kDay = 86400;  // seconds
constexpr long kSkew = 300;   // seconds that the clocks of peers may be behind
constexpr int kSerialBits = 127;
constexpr std::size_t kNameMax = 64;  // characters. Spec: X.520 ub-common-name

/// Of OpenSSL's calls, which fail for want of memory alone here.
void must(bool done) {
    if (!done) {
        throw Failure("OpenSSL: " + tls::last_error());
    }
}

std::string text_of(const BioPtr& bio) {
    const char* data = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &data);
    return {data, static_cast<std::size_t>(std::max(size, 0L))};
}

std::string pem_of(X509* certificate) {
    const BioPtr out{BIO_new(BIO_s_mem())};
    must(out && PEM_write_bio_X509(out.get(), certificate) == 1);
    return text_of(out);
}

std::string pem_of(EVP_PKEY* key) {
    const BioPtr out{BIO_new(BIO_s_mem())};
    must(out &&
         PEM_write_bio_PKCS8PrivateKey(out.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
    return text_of(out);
}

void check_name(const std::string& name, std::string_view what) {
    const bool fits = !name.empty() && name.size() <= kNameMax && printable(name) == name &&
                      name.find(';') == std::string::npos;
    if (!fits) {
        throw Failure(std::string{what} + " must have 1 to " + std::to_string(kNameMax) +
                      " printable characters, without a semicolon");
    }
}

bool is_host(const std::string& host) {
    constexpr std::string_view kLetters =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:*";
    return !host.empty() && host.find_first_not_of(kLetters) == std::string::npos;
}

/// "DNS:a.example,IP:::1", as OpenSSL's configuration has it.
std::string alternatives(const std::vector<std::string>& hosts) {
    std::string text;
    for (const std::string& host : hosts) {
        if (!is_host(host)) {
            throw Failure("--host must be a host's name or address, not " + host);
        }
        const bool digits = host.find_first_not_of("0123456789.") == std::string::npos;
        const bool address = digits || host.find(':') != std::string::npos;
        text += (text.empty() ? "" : ",") + std::string{address ? "IP:" : "DNS:"} + host;
    }
    return text;
}

void extend(X509* certificate, X509* issuer, int nid, const std::string& value) {
    X509V3_CTX context{};
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    const std::unique_ptr<X509_EXTENSION, FreedBy<X509_EXTENSION_free>> extension{
        X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str())};
    must(extension && X509_add_ext(certificate, extension.get(), -1) == 1);
}

void add_name(X509_NAME* to, const char* field, const std::string& value) {
    must(X509_NAME_add_entry_by_txt(to, field, MBSTRING_UTF8,
                                    reinterpret_cast<const unsigned char*>(value.data()),
                                    static_cast<int>(value.size()), -1, 0) == 1);
}

/// All but its issuer, its extensions and its signature.
CertificatePtr begun(EVP_PKEY* key, const CertificateWish& wish) {
    CertificatePtr made{X509_new()};
    must(made != nullptr);
    const std::unique_ptr<BIGNUM, FreedBy<BN_free>> serial{BN_new()};
    must(serial && BN_rand(serial.get(), kSerialBits, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) == 1);
    must(BN_to_ASN1_INTEGER(serial.get(), X509_get_serialNumber(made.get())) != nullptr);
    must(X509_set_version(made.get(), X509_VERSION_3) == 1);
    X509_gmtime_adj(X509_getm_notBefore(made.get()), -kSkew);
    X509_gmtime_adj(X509_getm_notAfter(made.get()), wish.days * kDay);
    must(X509_set_pubkey(made.get(), key) == 1);
    X509_NAME* const subject = X509_get_subject_name(made.get());
    if (!wish.organisation.empty()) {
        check_name(wish.organisation, "--organisation");
        add_name(subject, "O", wish.organisation);
    }
    check_name(wish.name, "the name");
    add_name(subject, "CN", wish.name);
    return made;
}

using CrlPtr = std::unique_ptr<X509_CRL, FreedBy<X509_CRL_free>>;
using IntegerPtr = std::unique_ptr<ASN1_INTEGER, FreedBy<ASN1_INTEGER_free>>;
using NumberPtr = std::unique_ptr<BIGNUM, FreedBy<BN_free>>;
using TimePtr = std::unique_ptr<ASN1_TIME, FreedBy<ASN1_TIME_free>>;

/// Null: it is none.
CrlPtr list_in(const std::string& text) {
    const BioPtr in{BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))};
    must(in != nullptr);
    return CrlPtr{PEM_read_bio_X509_CRL(in.get(), nullptr, nullptr, nullptr)};
}

IntegerPtr integer_of(const std::string& digits) {
    BIGNUM* parsed = nullptr;
    const bool read = BN_hex2bn(&parsed, digits.c_str()) == static_cast<int>(digits.size());
    const NumberPtr number{parsed};
    IntegerPtr integer{read ? BN_to_ASN1_INTEGER(number.get(), nullptr) : nullptr};
    must(integer != nullptr);
    return integer;
}

void add_revoked(X509_CRL* list, const ASN1_INTEGER* serial, const ASN1_TIME* since) {
    std::unique_ptr<X509_REVOKED, FreedBy<X509_REVOKED_free>> one{X509_REVOKED_new()};
    X509_REVOKED* found = nullptr;
    if (X509_CRL_get0_by_serial(list, &found, serial) == 1) {
        return;
    }
    must(one && X509_REVOKED_set_serialNumber(one.get(), const_cast<ASN1_INTEGER*>(serial)) ==
                    1);  // it is copied
    must(X509_REVOKED_set_revocationDate(one.get(), const_cast<ASN1_TIME*>(since)) == 1);
    must(X509_CRL_add0_revoked(list, one.release()) == 1);
}

/// The number of the list after `before`, which may be null. Spec: RFC 5280 §5.2.3
void number(X509_CRL* list, const X509_CRL* before) {
    const IntegerPtr last{static_cast<ASN1_INTEGER*>(
        before == nullptr ? nullptr
                          : X509_CRL_get_ext_d2i(before, NID_crl_number, nullptr, nullptr))};
    const IntegerPtr next{ASN1_INTEGER_new()};
    must(next && ASN1_INTEGER_set(next.get(), last ? ASN1_INTEGER_get(last.get()) + 1 : 1) == 1);
    must(X509_CRL_add1_ext_i2d(list, NID_crl_number, next.get(), 0, 0) == 1);
}

void sign(X509* certificate, EVP_PKEY* by) {
    must(X509_sign(certificate, by, EVP_sha256()) > 0);
}

}  // namespace

struct PkiAuthority::Pair {
    KeyPtr key;
    CertificatePtr certificate;
};

PkiAuthority::PkiAuthority(std::unique_ptr<Pair> pair, Certified texts)
    : pair_{std::move(pair)}, texts_{std::move(texts)} {}
PkiAuthority::PkiAuthority(PkiAuthority&&) noexcept = default;
PkiAuthority::~PkiAuthority() = default;

PkiAuthority PkiAuthority::make(const std::string& name, int days) {
    KeyPtr key{EVP_EC_gen(kCurve)};
    must(key != nullptr);
    CertificatePtr made = begun(key.get(), {.name = name, .days = days});
    X509* const own = made.get();
    must(X509_set_issuer_name(own, X509_get_subject_name(own)) == 1);
    extend(own, own, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
    extend(own, own, NID_key_usage, "critical,keyCertSign,cRLSign");
    extend(own, own, NID_subject_key_identifier, "hash");
    sign(own, key.get());
    Certified texts{pem_of(own), pem_of(key.get())};
    return {std::make_unique<Pair>(Pair{std::move(key), std::move(made)}), std::move(texts)};
}

PkiAuthority PkiAuthority::load(Certified texts) {
    auto certificates = tls::certificates_in(texts.certificate, tls::Part::certificates);
    auto key = tls::private_key_in(texts.key, {});
    if (!certificates || !key) {
        throw Failure("the authority's " + (certificates
                                                ? "key " + key.error().text
                                                : "certificate " + certificates.error().text));
    }
    if (X509_check_private_key(certificates->front().get(), key->get()) != 1) {
        throw Failure("the authority's key is not that of its certificate");
    }
    return {std::make_unique<Pair>(Pair{*std::move(key), std::move(certificates->front())}),
            std::move(texts)};
}

Certified PkiAuthority::issue(const CertificateWish& wish) const {
    const std::string hosts = alternatives(wish.hosts);
    const KeyPtr key{EVP_EC_gen(kCurve)};
    must(key != nullptr);
    const CertificatePtr made = begun(key.get(), wish);
    X509* const issuer = pair_->certificate.get();
    must(X509_set_issuer_name(made.get(), X509_get_subject_name(issuer)) == 1);
    extend(made.get(), issuer, NID_basic_constraints, "critical,CA:FALSE");
    extend(made.get(), issuer, NID_key_usage, "critical,digitalSignature");
    extend(made.get(), issuer, NID_ext_key_usage, "serverAuth,clientAuth");
    extend(made.get(), issuer, NID_subject_key_identifier, "hash");
    extend(made.get(), issuer, NID_authority_key_identifier, "keyid");
    if (!hosts.empty()) {
        extend(made.get(), issuer, NID_subject_alt_name, hosts);
    }
    sign(made.get(), pair_->key.get());
    return {pem_of(made.get()), pem_of(key.get())};
}

std::string PkiAuthority::revoke(const std::string& list,
                                 const std::vector<std::string>& serials,
                                 int days) const {
    const CrlPtr before = list.empty() ? nullptr : list_in(list);
    if (!list.empty() && (!before || X509_CRL_verify(before.get(), pair_->key.get()) != 1)) {
        throw Failure("the list of revoked certificates that is there is none of this authority's");
    }
    const CrlPtr made{X509_CRL_new()};
    must(made && X509_CRL_set_version(made.get(), X509_CRL_VERSION_2) == 1);
    must(X509_CRL_set_issuer_name(made.get(), X509_get_subject_name(pair_->certificate.get())) ==
         1);
    const TimePtr now{X509_gmtime_adj(nullptr, 0)};
    const TimePtr next{X509_gmtime_adj(nullptr, days * kDay)};
    must(now && next && X509_CRL_set1_lastUpdate(made.get(), now.get()) == 1 &&
         X509_CRL_set1_nextUpdate(made.get(), next.get()) == 1);
    STACK_OF(X509_REVOKED)* const old = before ? X509_CRL_get_REVOKED(before.get()) : nullptr;
    for (int i = 0; i < sk_X509_REVOKED_num(old); ++i) {
        const X509_REVOKED* const each = sk_X509_REVOKED_value(old, i);
        add_revoked(made.get(), X509_REVOKED_get0_serialNumber(each),
                    X509_REVOKED_get0_revocationDate(each));
    }
    for (const std::string& each : serials) {
        add_revoked(made.get(), integer_of(each).get(), now.get());
    }
    number(made.get(), before.get());
    must(X509_CRL_sort(made.get()) == 1);
    must(X509_CRL_sign(made.get(), pair_->key.get(), EVP_sha256()) > 0);
    const BioPtr out{BIO_new(BIO_s_mem())};
    must(out && PEM_write_bio_X509_CRL(out.get(), made.get()) == 1);
    return text_of(out);
}

std::string serial_of(const std::string& certificate) {
    auto found = tls::certificates_in(certificate, tls::Part::certificates);
    if (!found) {
        throw Failure("the certificate " + found.error().text);
    }
    const NumberPtr number{
        ASN1_INTEGER_to_BN(X509_get0_serialNumber(found->front().get()), nullptr)};
    must(number != nullptr);
    const std::unique_ptr<char, decltype([](char* text) { OPENSSL_free(text); })> digits{
        BN_bn2hex(number.get())};
    must(digits != nullptr);
    return digits.get();
}

std::size_t size_of_list(const std::string& list) {
    const CrlPtr parsed = list_in(list);
    STACK_OF(X509_REVOKED)* const all = parsed ? X509_CRL_get_REVOKED(parsed.get()) : nullptr;
    return static_cast<std::size_t>(std::max(sk_X509_REVOKED_num(all), 0));
}

}  // namespace weft::tools
