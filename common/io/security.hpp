#pragma once

#include "common/base/result.hpp"

#include <string>

namespace weft::io {

/// How TLS is spoken: certificates, keys and what is asked of the peer. Paths of PEM files.
struct TlsProfile {
    std::string name{};  // for messages
    std::string certificate_file{};
    std::string private_key_file{};
    std::string ca_file{};
};

/// How the connections of a listener or connector are protected.
///
/// Made before the first connection, so that what is wrong with a profile is told at start.
/// Threading: immutable once made; a value.
class Security {
public:
    /// Plain: whoever is on the way can read and change everything.
    static Security none() { return {}; }
    /// Errors: amqp:not-implemented: this version has no TLS.
    [[nodiscard]] static Result<Security> tls(const TlsProfile& profile);

private:
    Security() = default;
};

/// What a connection's protection came to. Threading: immutable once the connection is open.
struct SecurityFacts {
    std::string protocol{};      // "TLSv1.3"; empty: plain
    std::string cipher{};        // "TLS_AES_256_GCM_SHA384"
    unsigned strength = 0;       // bits of the cipher's key; 0: plain
    std::string peer_subject{};  // of the certificate that the peer showed; empty: it showed none

    bool is_encrypted() const { return !protocol.empty(); }
};

}  // namespace weft::io
