#pragma once

#include "common/base/bytes.hpp"
#include "common/base/keyed_hash.hpp"
#include "common/security/verifier.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>

namespace weft::security {

/// Passwords that were found to be right: who shows one again costs little. It keeps no password,
/// but what proves it under a key of its own. A user's new verifier makes the old password unknown.
/// Threading: not shared.
class KnownPasswords {
public:
    static constexpr std::size_t kKnownMax = 16'384;

    /// `key`: at least 16 random bytes, which live as long as this.
    explicit KnownPasswords(Buffer key) : key_{std::move(key)} {}

    /// Whether it was found to be right for that verifier. False says nothing.
    bool knows(const std::string& user, const Verifier& verifier, std::string_view password) const;
    /// It is right. If there are too many, others are forgotten.
    void remember(const std::string& user, const Verifier& verifier, std::string_view password);

private:
    Buffer proof_of(const Verifier& verifier, std::string_view password) const;

    Buffer key_;
    std::unordered_map<std::string, Buffer, TextHash> proofs_{};
};

}  // namespace weft::security
