#pragma once

#include "common/base/bytes.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

/// The digests that passwords are kept and proved by, by OpenSSL. They throw std::runtime_error if
/// it can't. Threading: any thread (pure functions).
namespace weft::security {

enum class Digest : std::uint8_t { sha256, sha512 };

/// Bytes of a digest.
constexpr std::size_t size_of(Digest digest) {
    return digest == Digest::sha256 ? 32 : 64;
}

[[nodiscard]] Buffer digest_of(Digest digest, Bytes text);
/// Spec: RFC 2104
[[nodiscard]] Buffer hmac_of(Digest digest, Bytes key, Bytes text);
/// A password made expensive: as long as a digest, at a cost in proportion to `iterations`.
/// Spec: RFC 8018 §5.2
[[nodiscard]] Buffer stretched(Digest digest,
                               std::string_view password,
                               Bytes salt,
                               std::uint32_t iterations);

/// Takes as long whether they are equal or not, unless their sizes differ.
[[nodiscard]] bool same_secret(Bytes a, Bytes b);
/// Overwrites what nobody is to find in memory.
void wipe(std::string& text);

}  // namespace weft::security
