#pragma once

#include "common/base/bytes.hpp"
#include "common/security/verifier.hpp"

#include <tl/expected.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace weft::security {

/// What is wrong with the text of a file of users.
struct UsersFault {
    std::size_t line = 0;  // from 1
    std::string text;
};

/// Users with their verifiers, as one file keeps them. Its lines:
///
///     weft-users 1 SECRET                       the format, and 32 random bytes in base64
///     NAME VERIFIER [VERIFIER]                  one for each digest, at least one; by name
///     end                                       so that a file that was cut short is none
///
/// The secret makes up salts for those who are no users, so that nobody can tell; it is the same
/// as long as the file is.
/// Threading: const members any thread, once made.
class Users {
public:
    static constexpr std::size_t kUsersMax = 100'000;
    static constexpr std::size_t kSecretSize = 32;

    /// Nobody yet. `secret`: kSecretSize random bytes.
    explicit Users(Buffer secret);
    [[nodiscard]] static tl::expected<Users, UsersFault> from(std::string_view text);
    std::string text() const;

    std::size_t size() const { return users_.size(); }
    std::vector<std::string> names() const;
    bool contains(std::string_view name) const { return users_.contains(name); }

    /// Null: there is no such user, or none who has a verifier of that digest.
    const Verifier* find(std::string_view name, Digest digest) const;
    /// The user's first one; null: there is no such user.
    const Verifier* find(std::string_view name) const;
    /// What an impostor of that name is answered by: it looks like a verifier, is always the same,
    /// and no password is known that it is of.
    Verifier stand_in(std::string_view name, Digest digest) const;

    /// Adds the user, or replaces the verifiers. `name` is prepared. False: there are too many.
    bool put(const std::string& name, std::vector<Verifier> verifiers);
    /// False: there is none of that name.
    bool remove(std::string_view name);

private:
    using Entries = std::map<std::string, std::vector<Verifier>, std::less<>>;

    void settle_iterations();

    Buffer secret_;
    Entries users_;
    std::uint32_t usual_iterations_ = kIterations;  // of most users
};

}  // namespace weft::security
