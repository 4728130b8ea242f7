#pragma once

#include "common/config/file_reader.hpp"
#include "common/io/revocation_list.hpp"
#include "common/tls/pem.hpp"
#include "common/tls/profile.hpp"
#include "common/tls/revocations.hpp"

#include <tl/expected.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace weft::daemon {

/// An entry of "sslProfiles": where its texts come from, and what these are.
/// Threading: immutable once made, for any thread.
struct SslProfile {
    /// Of one of its texts: so much is scanned for certificates and keys, and kept.
    static constexpr std::size_t kTextBytesMax = std::size_t{1} << 20U;
    /// Of all of its lists together, and files of a folder of them.
    static constexpr std::size_t kListBytesMax = std::size_t{8} << 20U;
    static constexpr std::size_t kListFilesMax = 1000;
    /// Users who have other names.
    static constexpr std::size_t kNamesMax = 50'000;

    std::string name;
    // Paths of PEM files or "env:NAME"; empty: not given.
    std::string certificates_from{};
    std::string private_key_from{};
    std::string authorities_from{};
    std::string password_file{};  // of the key; its first line
    std::string names_from{};     // a file of users and their names
    std::string revoked_from{};   // a file or a folder of files of lists (CRL)
    tls::Profile tls{};
    tls::Validity validity{};  // of the certificate; zero: there is none
    /// What the lists say; null: there are none. It holds once `revocations` has it.
    std::shared_ptr<const tls::Revocations> revoked{};
    /// The same one of all versions of a profile; null: it has no lists.
    std::shared_ptr<io::RevocationList> revocations{};

    /// Of its texts, and of what is kept of the lists.
    std::size_t bytes() const;
    /// Where its texts come from, but for the environment.
    std::vector<std::string> files() const;
};
using SslProfilePtr = std::shared_ptr<const SslProfile>;

/// What could not be read, and why: the key's name in the configuration, and a predicate.
struct SslFault {
    std::string_view key;
    std::string text;
};

/// Reads the texts of `profile` from where they come, anew: each has SslProfile::kTextBytesMax
/// bytes at most.
[[nodiscard]] tl::expected<void, SslFault> read_texts(SslProfile& profile,
                                                      const config::FileReader& reader);
/// The same of its lists of revoked certificates, whose authorities are there already. Takes some
/// milliseconds for each ten thousand.
[[nodiscard]] tl::expected<void, SslFault> read_lists(SslProfile& profile,
                                                      const config::FileReader& reader);

/// What such a file says: an object in JSON of users, as certificates make them, and their names.
/// Errors: a predicate.
[[nodiscard]] tl::expected<std::shared_ptr<const tls::UserNames>, std::string> user_names_in(
    std::string_view text);

/// "certFile": the key of the configuration that a part of a profile comes from.
std::string_view key_of(tls::Part part);

/// The profiles that a daemon knows by name. Threading: loop-confined (loop 0).
class SslProfiles {
public:
    /// Those up to which management makes new ones, and bytes of their texts, together with those
    /// of the configuration.
    static constexpr std::size_t kMadeMax = 100;
    static constexpr std::size_t kBytesMax = std::size_t{16} << 20U;

    /// Null: there is none.
    SslProfilePtr find(std::string_view name) const;
    /// False: there is one of that name.
    bool add(SslProfilePtr profile);
    /// Instead of the one of that name, if there is one.
    void replace(SslProfilePtr profile);
    /// Those who use it keep it. False: there is none.
    bool remove(std::string_view name);
    const std::vector<SslProfilePtr>& all() const { return all_; }
    std::size_t bytes() const;
    /// "a, b": for messages.
    std::string names() const;

private:
    std::vector<SslProfilePtr> all_;
};

}  // namespace weft::daemon
