#pragma once

#include "common/tls/openssl.hpp"

#include <string>
#include <string_view>

/// Whom a certificate names. Threading: any thread (pure functions).
namespace weft::tls {

/// The letters that a format may have: c country, s state, l locality, o organisation, u unit,
/// n common name; 1, 2, 5: the certificate's SHA-1, SHA-256, SHA-512 in hexadecimal digits.
inline constexpr std::string_view kUserFormat = "csloun125";
/// Bytes of a name that is shown or made a user of.
inline constexpr std::size_t kNameMax = 1024;

/// "CN=a,O=Weft", printable; the last part of the name first. Spec: RFC 2253
std::string subject_of(const X509& certificate);

/// What the letters of `format` stand for, separated by semicolons; an empty format stands for the
/// whole subject. Empty: the certificate has no such name, or none that is plain text, so that it
/// names nobody.
std::string user_of(const X509& certificate, std::string_view format);

/// The hosts that the certificate is for, the first few, to tell people: "a.example, 192.0.2.1".
std::string hosts_of(const X509& certificate);

}  // namespace weft::tls
