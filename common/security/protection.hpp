#pragma once

#include <string>

namespace weft::security {

/// What protects a connection, and whom the peer's certificate names.
/// Threading: not shared (a value).
struct Protection {
    std::string protocol{};      // "TLSv1.3"; empty: plain
    std::string cipher{};        // "TLS_AES_256_GCM_SHA384"
    unsigned strength = 0;       // bits of the cipher's key; 0: plain
    std::string peer_subject{};  // of the peer's certificate, as in RFC 2253; empty: it showed none
    std::string peer_user{};     // what of it makes a user's name, by the profile's uidFormat

    bool is_encrypted() const { return !protocol.empty(); }
    bool operator==(const Protection&) const = default;
};

}  // namespace weft::security
