#pragma once

#include "common/tls/openssl.hpp"
#include "common/tls/profile.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Certificates and keys as texts (PEM). Threading: any thread (pure functions).
namespace weft::tls {

/// Certificates of one text.
inline constexpr std::size_t kCertificatesMax = 1000;

/// All certificates of `text`, at least one. Internal to common/tls.
OrFault<std::vector<CertificatePtr>> certificates_in(const std::string& text, Part part);
/// The first private key of `text`. Nothing is asked of a terminal. Internal to common/tls.
OrFault<KeyPtr> private_key_in(const std::string& text, const std::string& password);

/// From when until when the first certificate of a text holds, in seconds since 1970.
struct Validity {
    std::int64_t from = 0;
    std::int64_t until = 0;
};
/// Nothing: there is no certificate in it.
std::optional<Validity> validity_of(const std::string& certificates);

/// Seconds since 1970; 0: it is no time. Internal to common/tls.
std::int64_t seconds_of(const ASN1_TIME* time);

/// The subject of that certificate, as in RFC 2253; empty: there is none.
std::string subject_in(const std::string& certificates);

/// Why OpenSSL's last call failed, in its words; forgets it.
std::string last_error();

}  // namespace weft::tls
