#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace weft::tools {

/// A certificate and its key, as texts (PEM).
struct Certified {
    std::string certificate;
    std::string key;
};

/// The serial number of the first certificate of a text, in hexadecimal digits. Throws Failure.
std::string serial_of(const std::string& certificate);
/// How many certificates a list has that PkiAuthority::revoke made.
std::size_t size_of_list(const std::string& list);

/// What a certificate is to say.
struct CertificateWish {
    std::string name;                  // of whom: the common name
    std::string organisation{};        // may be empty
    std::vector<std::string> hosts{};  // names and addresses that it is for
    int days = 0;                      // from now on
};

/// A small authority, which signs certificates for the daemons and clients of a mesh. Keys are of
/// the curve P-256; certificates are good for both ends of a connection.
/// Threading: not shared.
class PkiAuthority {
public:
    static PkiAuthority make(const std::string& name, int days);
    /// Throws Failure if the texts are none, or do not belong together.
    static PkiAuthority load(Certified texts);

    PkiAuthority(PkiAuthority&&) noexcept;
    ~PkiAuthority();

    const Certified& texts() const { return texts_; }
    /// Throws Failure on names that can't stand in a certificate.
    Certified issue(const CertificateWish& wish) const;
    /// A list (CRL, PEM) of the certificates that are taken back: those of `list` (empty: none
    /// yet), and those with the serial numbers, in hexadecimal digits. It is to be replaced in
    /// `days`. Throws Failure if `list` is none of this authority's.
    std::string revoke(const std::string& list,
                       const std::vector<std::string>& serials,
                       int days) const;

private:
    struct Pair;

    PkiAuthority(std::unique_ptr<Pair> pair, Certified texts);

    std::unique_ptr<Pair> pair_;
    Certified texts_;
};

}  // namespace weft::tools
