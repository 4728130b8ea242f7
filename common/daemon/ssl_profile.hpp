#pragma once

#include "common/config/file_reader.hpp"
#include "common/tls/pem.hpp"
#include "common/tls/profile.hpp"

#include <tl/expected.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace weft::daemon {

/// An entry of "sslProfiles": where its texts come from, and what these are.
/// Threading: immutable once made, for any thread.
struct SslProfile {
    std::string name;
    // Paths of PEM files or "env:NAME"; empty: not given.
    std::string certificates_from{};
    std::string private_key_from{};
    std::string authorities_from{};
    std::string password_file{};  // of the key; its first line
    tls::Profile tls{};
    tls::Validity validity{};  // of the certificate; zero: there is none
};
using SslProfilePtr = std::shared_ptr<const SslProfile>;

/// What could not be read, and why: the key's name in the configuration, and a predicate.
struct SslFault {
    std::string_view key;
    std::string text;
};

/// Reads the texts of `profile` from where they come, anew.
[[nodiscard]] tl::expected<void, SslFault> read_texts(SslProfile& profile,
                                                      const config::FileReader& reader);

/// "certFile": the key of the configuration that a part of a profile comes from.
std::string_view key_of(tls::Part part);

/// The profiles that a daemon knows by name. Threading: loop-confined (loop 0).
class SslProfiles {
public:
    /// Null: there is none.
    SslProfilePtr find(std::string_view name) const;
    /// False: there is one of that name.
    bool add(SslProfilePtr profile);
    /// Instead of the one of that name, if there is one.
    void replace(SslProfilePtr profile);
    /// Those who use it keep it. False: there is none.
    bool remove(std::string_view name);
    const std::vector<SslProfilePtr>& all() const { return all_; }
    /// "a, b": for messages.
    std::string names() const;

private:
    std::vector<SslProfilePtr> all_;
};

}  // namespace weft::daemon
