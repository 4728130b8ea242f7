// What somebody shows as a certificate: of the first byte, 0 any DER, 1 one whose names are made of
// the rest, 2 texts of PEM, between NULs, that an operator gives. What is told of it is plain text,
// and two of different subjects are never one user.
#include "common/base/assert.hpp"
#include "common/base/printable.hpp"
#include "common/tls/context.hpp"
#include "common/tls/pem.hpp"
#include "common/tls/revocations.hpp"
#include "common/tls/user.hpp"
#include "tests/fuzz/script.hpp"

#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace weft;
using namespace weft::tls;
using fuzz::Script;

constexpr std::size_t kEntriesMax = 6;

bool is_plain(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

void check_part(std::string_view letter, const std::string& part) {
    const bool digits = letter.find_first_of("125") != std::string_view::npos;
    WEFT_CHECK(printable(part) == part && part.size() <= kNameMax);
    WEFT_CHECK(part.find(';') == std::string::npos);
    WEFT_CHECK(!digits || part.find_first_not_of("0123456789abcdef") == std::string::npos);
}

/// A user is its parts in order; one that is missing is nobody.
void check_names(const X509& certificate, std::string_view format) {
    const std::string subject = subject_of(certificate);
    WEFT_CHECK(is_plain(subject) && subject.size() <= kNameMax);
    const std::string whole = user_of(certificate, "");
    WEFT_CHECK(whole == subject || whole.empty());
    const std::string hosts = hosts_of(certificate);
    WEFT_CHECK(printable(hosts) == hosts);

    std::string joined;
    bool missing = false;
    for (std::size_t i = 0; i < format.size(); ++i) {
        const std::string_view letter = format.substr(i, 1);
        const std::string part = user_of(certificate, letter);
        check_part(letter, part);
        missing |= part.empty();
        joined += (i == 0 ? "" : ";") + part;
    }
    WEFT_CHECK(format.empty() || user_of(certificate, format) == (missing ? "" : joined));
}

std::string format_of(Script& script) {
    std::string format;
    for (std::size_t left = script.below(5); left > 0; --left) {
        format += kUserFormat[script.below(kUserFormat.size())];
    }
    return format;
}

void show_any(Script& script) {
    const std::string format = format_of(script);
    const Bytes der = script.rest();
    const unsigned char* at = der.data();
    const CertificatePtr certificate{d2i_X509(nullptr, &at, static_cast<long>(der.size()))};
    if (certificate) {
        check_names(*certificate, format);
    }
}

/// A subject whose entries have any types and texts.
CertificatePtr named(Script& script) {
    static constexpr std::array kFields{NID_commonName,          NID_organizationName,
                                        NID_countryName,         NID_organizationalUnitName,
                                        NID_stateOrProvinceName, NID_localityName,
                                        NID_pkcs9_emailAddress,  NID_subject_alt_name};
    static constexpr std::array kTypes{
        V_ASN1_UTF8STRING,      V_ASN1_PRINTABLESTRING, V_ASN1_BMPSTRING,
        V_ASN1_UNIVERSALSTRING, V_ASN1_T61STRING,       V_ASN1_IA5STRING,
        V_ASN1_NUMERICSTRING,   V_ASN1_BIT_STRING,      V_ASN1_OCTET_STRING};
    CertificatePtr made{X509_new()};
    for (std::size_t left = script.below(kEntriesMax); left > 0; --left) {
        const int field = kFields[script.below(kFields.size())];
        const int type = kTypes[script.below(kTypes.size())];
        const int set = script.flag() ? -1 : 0;  // in the set of the one before, or in a new one
        const Bytes text = script.text();
        X509_NAME_add_entry_by_NID(X509_get_subject_name(made.get()), field, type, text.data(),
                                   static_cast<int>(text.size()), -1, set);
    }
    return made;
}

/// Hosts and addresses of any bytes, as an alternative name has them.
void give_hosts(X509& certificate, Script& script) {
    const std::unique_ptr<GENERAL_NAMES, FreedBy<GENERAL_NAMES_free>> hosts{GENERAL_NAMES_new()};
    for (std::size_t left = script.below(kEntriesMax + 2); left > 0; --left) {
        const bool name = script.flag();
        const Bytes text = script.text();
        ASN1_STRING* const value = name ? ASN1_IA5STRING_new() : ASN1_OCTET_STRING_new();
        ASN1_STRING_set(value, text.data(), static_cast<int>(text.size()));
        GENERAL_NAME* const host = GENERAL_NAME_new();
        GENERAL_NAME_set0_value(host, name ? GEN_DNS : GEN_IPADD, value);
        sk_GENERAL_NAME_push(hosts.get(), host);
    }
    X509_add1_ext_i2d(&certificate, NID_subject_alt_name, hosts.get(), 0, 0);
}

/// What a subject says: its fields and texts, whatever form these are in.
std::vector<std::string> said_by(const X509& certificate) {
    std::vector<std::string> said;
    const X509_NAME* const name = X509_get_subject_name(&certificate);
    for (int i = 0; i < X509_NAME_entry_count(name); ++i) {
        const X509_NAME_ENTRY* const entry = X509_NAME_get_entry(name, i);
        unsigned char* utf8 = nullptr;
        const int size = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(entry));
        std::string text = std::to_string(X509_NAME_ENTRY_set(entry)) + ":" +
                           std::to_string(OBJ_obj2nid(X509_NAME_ENTRY_get_object(entry))) + "=";
        if (size < 0) {  // no text
            const ASN1_STRING* const raw = X509_NAME_ENTRY_get_data(entry);
            text += "#" + std::to_string(ASN1_STRING_type(raw)) + ":";
            text.append(reinterpret_cast<const char*>(ASN1_STRING_get0_data(raw)),
                        static_cast<std::size_t>(ASN1_STRING_length(raw)));
        } else {
            text.append(reinterpret_cast<const char*>(utf8), static_cast<std::size_t>(size));
        }
        OPENSSL_free(utf8);
        said.push_back(std::move(text));
    }
    return said;
}

void show_made(Script& script) {
    const std::string format = format_of(script);
    const CertificatePtr one = named(script);
    const CertificatePtr other = named(script);
    give_hosts(*one, script);
    check_names(*one, format);
    check_names(*other, format);
    const std::string user = user_of(*one, "");
    if (!user.empty() && user == user_of(*other, "")) {
        WEFT_CHECK(said_by(*one) == said_by(*other));
    }
}

/// No password: how long a key takes to open is for its operator to say.
void configure(std::string_view texts) {
    std::array<std::string, 7> parts;
    for (std::string& part : parts) {
        const std::size_t size = std::min(texts.find('\0'), texts.size());
        part = texts.substr(0, size);
        texts.remove_prefix(std::min(size + 1, texts.size()));
    }
    const Profile profile{.certificates = parts[0],
                          .private_key = parts[1],
                          .authorities = parts[2],
                          .ciphers = parts[3],
                          .protocols = parts[4],
                          .user_format = parts[5]};
    for (const ClientCertificate asked :
         {ClientCertificate::not_asked, ClientCertificate::required}) {
        const auto made = Context::make(profile, {.client_certificate = asked});
        WEFT_CHECK(made ? *made != nullptr : !made.error().text.empty());
    }
    const auto revocations = Revocations::make({parts[6]}, profile.authorities);
    WEFT_CHECK(revocations ? (*revocations)->bytes() <= parts[6].size() * sizeof(CertificateId)
                           : !revocations.error().why.empty());
    WEFT_CHECK(validity_of(profile.certificates) || subject_in(profile.certificates).empty());
    if (const auto all = certificates_in(profile.certificates, Part::certificates)) {
        WEFT_CHECK(!all->empty() && all->size() <= kCertificatesMax);
        WEFT_CHECK(subject_of(*all->front()) == subject_in(profile.certificates));
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Script script{Bytes{data, size}};
    switch (script.below(3)) {
        case 0:
            show_any(script);
            break;
        case 1:
            show_made(script);
            break;
        default:
            const Bytes rest = script.rest();
            configure({reinterpret_cast<const char*>(rest.data()), rest.size()});
    }
    return 0;
}
