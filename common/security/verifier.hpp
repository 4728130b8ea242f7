#pragma once

#include "common/base/bytes.hpp"
#include "common/security/digest.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weft::security {

/// Iterations of PBKDF2: the fewest that SCRAM allows, those of passwords that are set from now on,
/// and the most that anybody may ask for. A client pays for them each time it connects, a server
/// when a password comes in plain: a million take 0.2 to 0.4 s. A client whose loop waits for them
/// does fewer, some 40 ms.
inline constexpr std::uint32_t kIterationsMin = 4096;
inline constexpr std::uint32_t kIterations = 20'000;
inline constexpr std::uint32_t kIterationsMax = 1'000'000;
inline constexpr std::uint32_t kIterationsOnLoopMax = 100'000;
/// Bytes of a salt.
inline constexpr std::size_t kSaltMin = 8;
inline constexpr std::size_t kSaltMax = 64;

/// "SCRAM-SHA-256". Spec: RFC 5802, RFC 7677
std::string_view scram_of(Digest digest);
/// Nothing: it is another mechanism.
std::optional<Digest> digest_of_scram(std::string_view mechanism);

/// What is kept of a password: it proves that somebody knows it, and does not tell it.
/// Threading: not shared (a value). Spec: RFC 5802 §3
struct Verifier {
    Digest digest = Digest::sha256;
    std::uint32_t iterations = kIterations;
    Buffer salt{};
    Buffer stored_key{};
    Buffer server_key{};

    /// `password` is prepared. Costs its iterations.
    static Verifier of(Digest digest,
                       std::string_view password,
                       Buffer salt,
                       std::uint32_t iterations);

    /// "SCRAM-SHA-256$20000:SALT$STORED:SERVER", in base64. Spec: RFC 5803 §2
    std::string text() const;
    /// Nothing: it is none, or beyond the bounds above.
    static std::optional<Verifier> from(std::string_view text);

    bool operator==(const Verifier&) const = default;
};

/// Whether the password is the one that `verifier` is of. Costs its iterations.
bool is_password_of(const Verifier& verifier, std::string_view password);

}  // namespace weft::security
