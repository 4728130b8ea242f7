#include "common/tls/pem.hpp"

#include "common/tls/user.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <ctime>
#include <utility>

namespace weft::tls {
namespace {

/// A key's password, and whether it was wanted.
struct Password {
    const std::string& text;
    bool is_wanted = false;
};

int give_password(char* to, int size, int, void* from) {
    auto& password = *static_cast<Password*>(from);
    password.is_wanted = true;
    const std::size_t length = password.text.size();
    if (length == 0 || length > static_cast<std::size_t>(size)) {
        return -1;
    }
    std::memcpy(to, password.text.data(), length);
    return static_cast<int>(length);
}

BioPtr reader_of(const std::string& text) {
    return BioPtr{BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))};
}

/// Null: there is none.
CertificatePtr first_in(const std::string& text) {
    const BioPtr in = reader_of(text);
    CertificatePtr first{in ? PEM_read_bio_X509_AUX(in.get(), nullptr, nullptr, nullptr) : nullptr};
    ERR_clear_error();
    return first;
}

tl::unexpected<Fault> bad_text(Part part, std::string text) {
    ERR_clear_error();
    return tl::unexpected<Fault>(Fault{part, std::move(text)});
}

}  // namespace

std::string last_error() {
    std::array<char, 256> text{};
    const unsigned long error = ERR_peek_last_error();
    const char* const reason = ERR_reason_error_string(error);
    if (reason == nullptr) {
        ERR_error_string_n(error, text.data(), text.size());
    }
    ERR_clear_error();
    return error == 0 ? "no reason is known" : reason != nullptr ? reason : text.data();
}

OrFault<std::vector<CertificatePtr>> certificates_in(const std::string& text, Part part) {
    std::vector<CertificatePtr> found;
    ERR_clear_error();
    const BioPtr in = reader_of(text);
    while (in) {
        CertificatePtr each{PEM_read_bio_X509_AUX(in.get(), nullptr, nullptr, nullptr)};
        if (!each) {
            break;
        }
        found.push_back(std::move(each));
        if (found.size() > kCertificatesMax) {
            return bad_text(part, "has more than " + std::to_string(kCertificatesMax) +
                                      " certificates: leave out those that are not needed");
        }
    }
    const unsigned long error = ERR_peek_last_error();
    const bool ended = ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
    if (error != 0 && !ended) {
        return bad_text(part, "is damaged at certificate " + std::to_string(found.size() + 1) +
                                  ": " + last_error());
    }
    if (found.empty()) {
        return bad_text(part,
                        "has no certificate in PEM: a text from -----BEGIN CERTIFICATE----- on");
    }
    ERR_clear_error();
    return found;
}

OrFault<KeyPtr> private_key_in(const std::string& text, const std::string& password) {
    ERR_clear_error();
    const BioPtr in = reader_of(text);
    Password asked{password};
    KeyPtr key{in ? PEM_read_bio_PrivateKey(in.get(), nullptr, give_password, &asked) : nullptr};
    if (key) {
        ERR_clear_error();
        return key;
    }
    if (asked.is_wanted && password.empty()) {
        return bad_text(Part::private_key, "is encrypted: give its password");
    }
    if (asked.is_wanted) {
        return bad_text(Part::password, "does not open the private key");
    }
    if (text.find("PRIVATE KEY-----") == std::string::npos) {
        return bad_text(Part::private_key,
                        "has no private key in PEM: a text from -----BEGIN PRIVATE KEY----- on");
    }
    return bad_text(Part::private_key, "is damaged: " + last_error());
}

std::int64_t seconds_of(const ASN1_TIME* time) {
    std::tm parts{};
    return ASN1_TIME_to_tm(time, &parts) == 1 ? std::int64_t{::timegm(&parts)} : 0;
}

std::string subject_in(const std::string& certificates) {
    const CertificatePtr first = first_in(certificates);
    return first ? subject_of(*first) : std::string{};
}

std::optional<Validity> validity_of(const std::string& certificates) {
    const CertificatePtr first = first_in(certificates);
    if (!first) {
        return std::nullopt;
    }
    return Validity{.from = seconds_of(X509_get0_notBefore(first.get())),
                    .until = seconds_of(X509_get0_notAfter(first.get()))};
}

}  // namespace weft::tls
