#pragma once

#include "common/base/bytes.hpp"

#include <tl/expected.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weft::security {

/// How a token is signed. Others, "none" above all, are none. Spec: RFC 7518 §3.1
enum class TokenAlgorithm : std::uint8_t { rs256, es256, hs256 };
/// "RS256"; nothing: it is another one.
std::optional<TokenAlgorithm> algorithm_of(std::string_view name);

/// A key of those who sign tokens. It is good for one algorithm, which its kind decides: no token
/// can have it taken for another.
class TokenKey {
public:
    /// Internal to common/security: what OpenSSL makes of it.
    struct Material;

    TokenKey(std::string id, TokenAlgorithm algorithm, std::shared_ptr<const Material> material)
        : id_{std::move(id)}, algorithm_{algorithm}, material_{std::move(material)} {}

    const std::string& id() const { return id_; }  // empty: it has none
    TokenAlgorithm algorithm() const { return algorithm_; }
    bool has_signed(Bytes text, Bytes signature) const;

private:
    std::string id_;
    TokenAlgorithm algorithm_;
    std::shared_ptr<const Material> material_;
};

/// The keys of a text in JSON (JWKS): RSA of 2048 to 8192 bits, EC on P-256, and secrets of at
/// least 32 bytes. Others in it, which are for other algorithms or to encrypt, are passed over.
/// Threading: immutable once made, for any thread. Spec: RFC 7517 §5
class TokenKeys {
public:
    static constexpr std::size_t kKeysMax = 100;
    static constexpr std::size_t kTextMax = std::size_t{1} << 20U;

    /// Errors: a predicate: "has no key that …".
    [[nodiscard]] static tl::expected<TokenKeys, std::string> from(std::string_view text);

    std::size_t size() const { return keys_.size(); }
    /// Those that may have signed what names key `id` (nothing: it names none).
    std::vector<const TokenKey*> find(TokenAlgorithm algorithm,
                                      const std::optional<std::string>& id) const;

private:
    std::vector<TokenKey> keys_;
};

/// The bytes of a text in base64url, without padding; nothing: it is none. Spec: RFC 7515 §2
std::optional<Buffer> from_base64url(std::string_view text);

}  // namespace weft::security
