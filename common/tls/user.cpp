#include "common/tls/user.hpp"

#include "common/base/bytes.hpp"
#include "common/base/printable.hpp"
#include "common/base/text.hpp"

#include <arpa/inet.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>

namespace weft::tls {
namespace {

constexpr int kHostsShown = 5;

std::string content_of(BIO& buffer) {
    const char* data = nullptr;
    const long size = BIO_get_mem_data(&buffer, &data);
    return {data, std::min(static_cast<std::size_t>(std::max(size, 0L)), kNameMax)};
}

int nid_of(char letter) {
    switch (letter) {
        case 'c':
            return NID_countryName;
        case 's':
            return NID_stateOrProvinceName;
        case 'l':
            return NID_localityName;
        case 'o':
            return NID_organizationName;
        case 'u':
            return NID_organizationalUnitName;
        default:
            return NID_commonName;
    }
}

const EVP_MD* digest_of(char letter) {
    switch (letter) {
        case '1':
            return EVP_sha1();
        case '2':
            return EVP_sha256();
        case '5':
            return EVP_sha512();
        default:
            return nullptr;
    }
}

std::string fingerprint_of(const X509& certificate, const EVP_MD& digest) {
    std::array<std::uint8_t, EVP_MAX_MD_SIZE> bytes{};
    unsigned size = 0;
    const bool known = X509_digest(&certificate, &digest, bytes.data(), &size) == 1;
    return known ? hex(Bytes{bytes.data(), size}) : std::string{};
}

/// Nothing: there is none, or one that could be taken for another when it is shown or compared.
std::optional<std::string> part_of(const X509& certificate, int nid) {
    X509_NAME* const name = X509_get_subject_name(&certificate);
    const int at = X509_NAME_get_index_by_NID(name, nid, -1);
    if (at < 0) {
        return std::nullopt;
    }
    unsigned char* utf8 = nullptr;
    const int size =
        ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
    if (size < 0) {
        return std::nullopt;
    }
    const std::unique_ptr<unsigned char, decltype([](unsigned char* p) { OPENSSL_free(p); })> owned{
        utf8};
    std::string text{reinterpret_cast<const char*>(utf8), static_cast<std::size_t>(size)};
    const bool plain = !text.empty() && text.size() <= kNameMax && printable(text) == text &&
                       text.find(';') == std::string::npos;
    return plain ? std::optional{std::move(text)} : std::nullopt;
}

std::string host_of(const GENERAL_NAME& name) {
    if (name.type == GEN_DNS) {
        const ASN1_IA5STRING* dns = name.d.dNSName;
        return printable({reinterpret_cast<const char*>(ASN1_STRING_get0_data(dns)),
                          std::min(static_cast<std::size_t>(ASN1_STRING_length(dns)), kNameMax)});
    }
    if (name.type == GEN_IPADD) {
        const ASN1_OCTET_STRING* ip = name.d.iPAddress;
        std::array<char, INET6_ADDRSTRLEN> text{};
        const int family = ASN1_STRING_length(ip) == 4 ? AF_INET : AF_INET6;
        const bool whole = family == AF_INET || ASN1_STRING_length(ip) == 16;
        if (whole && ::inet_ntop(family, ASN1_STRING_get0_data(ip), text.data(), text.size())) {
            return text.data();
        }
    }
    return {};
}

}  // namespace

std::string subject_of(const X509& certificate) {
    const BioPtr out{BIO_new(BIO_s_mem())};
    if (!out || X509_NAME_print_ex(out.get(), X509_get_subject_name(&certificate), 0,
                                   XN_FLAG_RFC2253) < 0) {
        return {};
    }
    return content_of(*out);
}

std::string user_of(const X509& certificate, std::string_view format) {
    if (format.empty()) {
        std::string subject = subject_of(certificate);
        return subject.size() < kNameMax ? subject : std::string{};  // else it was shortened
    }
    std::string user;
    for (const char letter : format) {
        const EVP_MD* const digest = digest_of(letter);
        const auto part = digest != nullptr ? fingerprint_of(certificate, *digest)
                                            : part_of(certificate, nid_of(letter));
        if (!part || part->empty()) {
            return {};
        }
        user += (user.empty() ? "" : ";") + *part;
    }
    return user;
}

std::string hosts_of(const X509& certificate) {
    const std::unique_ptr<GENERAL_NAMES, FreedBy<GENERAL_NAMES_free>> names{
        static_cast<GENERAL_NAMES*>(
            X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr))};
    if (!names) {
        return subject_of(certificate);
    }
    std::string text;
    const int count = sk_GENERAL_NAME_num(names.get());
    for (int i = 0; i < std::min(count, kHostsShown); ++i) {
        const std::string host = host_of(*sk_GENERAL_NAME_value(names.get(), i));
        if (!host.empty()) {
            text += (text.empty() ? "" : ", ") + host;
        }
    }
    return text + (count > kHostsShown ? ", and others" : "");
}

}  // namespace weft::tls
