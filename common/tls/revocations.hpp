#pragma once

#include "common/tls/openssl.hpp"

#include <tl/expected.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace weft::tls {

/// What tells a certificate from all others: of its issuer's key and its serial number. A digest.
using CertificateId = std::array<std::uint8_t, 16>;

/// The certificates of a peer, its own first and without the root, as they were verified.
/// Threading: not shared (a value).
struct PeerChain {
    std::vector<CertificateId> certificates{};
    CertificateId issuer{};  // who signed the peer's own: of its key alone
};
/// Internal to common/tls. `chain`: with the root. Empty: there is none.
PeerChain chain_of(const STACK_OF(X509) * chain);

/// The certificates that authorities have taken back, by their lists (CRL). Each list was found to
/// be signed by one of the authorities; of several lists of one authority the newest holds.
/// Threading: immutable once made, for any thread.
class Revocations {
public:
    static constexpr std::size_t kListsMax = 1000;

    /// `texts`: each has lists in PEM, or one in DER. `authorities`: certificates in PEM.
    /// Errors: which of the texts is none, from 0, and a predicate.
    struct Fault {
        std::size_t text = 0;
        std::string why;
    };
    [[nodiscard]] static tl::expected<std::shared_ptr<const Revocations>, Fault> make(
        const std::vector<std::string>& texts, const std::string& authorities);

    /// Whether one of them was taken back.
    bool has(const PeerChain& chain) const;
    /// Whether there is a list of who signed the peer's own certificate.
    bool knows_issuer(const PeerChain& chain) const;

    std::size_t size() const { return revoked_.size(); }
    std::size_t bytes() const { return revoked_.size() * sizeof(CertificateId); }
    /// When the first of the lists is out of date, in seconds since 1970; 0: none ever.
    std::int64_t due() const { return due_; }
    /// Authorities that have no list: what they sign is refused.
    const std::vector<std::string>& unlisted() const { return unlisted_; }

private:
    std::vector<CertificateId> revoked_;  // sorted
    std::vector<CertificateId> issuers_;
    std::vector<std::string> unlisted_;
    std::int64_t due_ = 0;
};

/// The revocations that hold now, of all who speak TLS by one profile: new ones take their place
/// while connections stand. Threading: any thread.
class CurrentRevocations {
public:
    virtual ~CurrentRevocations() = default;

    /// Never null.
    virtual std::shared_ptr<const Revocations> current() const = 0;
    /// Another one after each change; never 0.
    virtual std::uint32_t generation() const = 0;
};

}  // namespace weft::tls
