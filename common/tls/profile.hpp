#pragma once

#include <tl/expected.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace weft::tls {

class CurrentRevocations;
using UserNames = std::map<std::string, std::string, std::less<>>;

/// With what TLS is spoken: texts, wherever they come from.
/// Threading: not shared (a value).
struct Profile {
    std::string certificates{};  // PEM: our own, then those between it and the root; may be empty
    std::string private_key{};   // PEM: of our own
    std::string password{};      // of the key, if it is encrypted
    std::string authorities{};   // PEM: who is trusted; empty: a client trusts whom the system does
    std::string ciphers{};       // as OpenSSL names them, separated by colons; empty: its default
    std::string protocols{};     // "TLSv1.2 TLSv1.3"; empty: both
    std::string user_format{};   // what of a certificate makes a user, see user.hpp
    /// Which users have other names than their certificates make of them; null: none.
    std::shared_ptr<const UserNames> user_names{};
    /// Certificates that are refused, though an authority signed them; null: none are.
    std::shared_ptr<const CurrentRevocations> revocations{};
};

/// Whether a server wants to see its clients' certificates. One that is shown must be good.
enum class ClientCertificate : std::uint8_t { not_asked, asked, required };

/// What one listener or connector does with a profile.
struct Use {
    bool server = true;
    ClientCertificate client_certificate = ClientCertificate::not_asked;  // of a server
    bool verify_host = true;            // of a client: the peer's certificate must name the host
    std::vector<std::string> spoken{};  // within TLS, by ALPN names: "amqp"; a server's choice
};

/// A part of a profile.
enum class Part : std::uint8_t {
    certificates,
    private_key,
    password,
    authorities,
    ciphers,
    protocols,
    user_format,
};

/// Why a profile can't be used, and what would be right: a predicate without its subject.
struct Fault {
    Part part = Part::certificates;
    std::string text;

    bool operator==(const Fault&) const = default;
};

template <class T>
using OrFault = tl::expected<T, Fault>;

}  // namespace weft::tls
