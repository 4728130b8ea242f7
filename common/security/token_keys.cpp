#include "common/security/token_keys.hpp"

#include "common/base/base64.hpp"
#include "common/json/tree.hpp"
#include "common/security/digest.hpp"
#include "common/security/json_members.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <algorithm>
#include <utility>

namespace weft::security {
namespace {

template <auto Free>
struct Freed {
    template <class T>
    void operator()(T* object) const {
        Free(object);
    }
};
using Number = std::unique_ptr<BIGNUM, Freed<BN_free>>;
using PublicKey = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Builder = std::unique_ptr<OSSL_PARAM_BLD, Freed<OSSL_PARAM_BLD_free>>;
using Params = std::unique_ptr<OSSL_PARAM, Freed<OSSL_PARAM_free>>;
using MakingContext = std::unique_ptr<EVP_PKEY_CTX, Freed<EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX_free>>;
using EcSignature = std::unique_ptr<ECDSA_SIG, Freed<ECDSA_SIG_free>>;

constexpr std::size_t kSecretMin = 32;  // bytes. Spec: RFC 7518 §3.2
constexpr int kRsaBitsMin = 2048;       // Spec: RFC 7518 §3.3
constexpr int kRsaBitsMax = 8192;
constexpr std::size_t kCoordinate = 32;  // bytes, of P-256

Number number_of(Bytes bytes) {
    return Number{BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr)};
}

PublicKey made_of(const char* kind, OSSL_PARAM_BLD* builder) {
    const Params params{OSSL_PARAM_BLD_to_param(builder)};
    const MakingContext context{EVP_PKEY_CTX_new_from_name(nullptr, kind, nullptr)};
    EVP_PKEY* key = nullptr;
    const bool made =
        params && context && EVP_PKEY_fromdata_init(context.get()) == 1 &&
        EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) == 1;
    ERR_clear_error();
    return PublicKey{made ? key : nullptr};
}

PublicKey rsa_key(Bytes modulus, Bytes exponent) {
    const Number n = number_of(modulus);
    const Number e = number_of(exponent);
    const Builder builder{OSSL_PARAM_BLD_new()};
    const int bits = n ? BN_num_bits(n.get()) : 0;
    const bool fits = e && builder && bits >= kRsaBitsMin && bits <= kRsaBitsMax &&
                      BN_is_odd(n.get()) && BN_is_odd(e.get()) && BN_num_bits(e.get()) <= 64 &&
                      !BN_is_one(e.get());
    if (!fits || OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
        OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1) {
        return nullptr;
    }
    return made_of("RSA", builder.get());
}

PublicKey ec_key(Bytes x, Bytes y) {
    if (x.size() != kCoordinate || y.size() != kCoordinate) {
        return nullptr;
    }
    Buffer point{POINT_CONVERSION_UNCOMPRESSED};
    append(point, x);
    append(point, y);
    const Builder builder{OSSL_PARAM_BLD_new()};
    if (!builder ||
        OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1",
                                        0) != 1 ||
        OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                         point.size()) != 1) {
        return nullptr;
    }
    return made_of("EC", builder.get());
}

/// As OpenSSL has a signature of two numbers. Spec: RFC 7518 §3.4
Buffer der_of(Bytes signature) {
    if (signature.size() != 2 * kCoordinate) {
        return {};
    }
    Number r = number_of(signature.first(kCoordinate));
    Number s = number_of(signature.subspan(kCoordinate));
    const EcSignature both{ECDSA_SIG_new()};
    if (!both || !r || !s || ECDSA_SIG_set0(both.get(), r.get(), s.get()) != 1) {
        return {};
    }
    static_cast<void>(r.release());
    static_cast<void>(s.release());
    unsigned char* out = nullptr;
    const int size = i2d_ECDSA_SIG(both.get(), &out);
    Buffer der(out, out + std::max(size, 0));
    OPENSSL_free(out);
    return der;
}

/// What a member says in base64url; empty: nothing, or no such text.
Buffer bytes_in(const json::Node& key, std::string_view name) {
    const std::string* const text = text_in(key, name);
    return text == nullptr ? Buffer{} : from_base64url(*text).value_or(Buffer{});
}

}  // namespace

struct TokenKey::Material {
    PublicKey key{};
    Buffer secret{};
};

namespace {

/// "RSA" and so on: what it is good for; nothing: for nothing that is taken here.
std::optional<TokenAlgorithm> kind_of(const json::Node& key) {
    const std::string* const kind = text_in(key, "kty");
    const std::string* const curve = text_in(key, "crv");
    const std::string* const use = text_in(key, "use");
    const std::string* const algorithm = text_in(key, "alg");
    std::optional<TokenAlgorithm> found;
    if (kind == nullptr || (use != nullptr && *use != "sig")) {
        return std::nullopt;
    }
    if (*kind == "RSA") {
        found = TokenAlgorithm::rs256;
    } else if (*kind == "EC" && curve != nullptr && *curve == "P-256") {
        found = TokenAlgorithm::es256;
    } else if (*kind == "oct") {
        found = TokenAlgorithm::hs256;
    }
    const bool other = algorithm != nullptr && algorithm_of(*algorithm) != found;
    return other ? std::nullopt : found;
}

/// Null: it is none.
std::shared_ptr<const TokenKey::Material> material_of(const json::Node& key,
                                                      TokenAlgorithm algorithm) {
    auto material = std::make_shared<TokenKey::Material>();
    switch (algorithm) {
        case TokenAlgorithm::rs256:
            material->key = rsa_key(bytes_in(key, "n"), bytes_in(key, "e"));
            break;
        case TokenAlgorithm::es256:
            material->key = ec_key(bytes_in(key, "x"), bytes_in(key, "y"));
            break;
        case TokenAlgorithm::hs256:
            material->secret = bytes_in(key, "k");
            return material->secret.size() >= kSecretMin ? material : nullptr;
    }
    return material->key ? material : nullptr;
}

}  // namespace

std::optional<TokenAlgorithm> algorithm_of(std::string_view name) {
    return name == "RS256"   ? std::optional{TokenAlgorithm::rs256}
           : name == "ES256" ? std::optional{TokenAlgorithm::es256}
           : name == "HS256" ? std::optional{TokenAlgorithm::hs256}
                             : std::nullopt;
}

std::optional<Buffer> from_base64url(std::string_view text) {
    std::string plain{text};
    if (plain.find_first_of("+/=") != std::string::npos) {
        return std::nullopt;
    }
    std::ranges::replace(plain, '-', '+');
    std::ranges::replace(plain, '_', '/');
    plain.append((4 - plain.size() % 4) % 4, '=');
    return from_base64(plain);
}

bool TokenKey::has_signed(Bytes text, Bytes signature) const {
    if (algorithm_ == TokenAlgorithm::hs256) {
        return same_secret(hmac_of(Digest::sha256, material_->secret, text), signature);
    }
    const Buffer whole = algorithm_ == TokenAlgorithm::es256
                             ? der_of(signature)
                             : Buffer(signature.begin(), signature.end());
    const DigestContext context{EVP_MD_CTX_new()};
    const bool good =
        context && !whole.empty() &&
        EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, material_->key.get()) ==
            1 &&
        EVP_DigestVerify(context.get(), whole.data(), whole.size(), text.data(), text.size()) == 1;
    ERR_clear_error();
    return good;
}

tl::expected<TokenKeys, std::string> TokenKeys::from(std::string_view text) {
    const auto fault = [](const std::string& why) { return tl::unexpected(why); };
    const json::Reading read = json::read(text, {.limits = {.bytes = kTextMax}});
    if (!read.root || !read.faults.empty()) {
        return fault(read.faults.empty() ? "is no JSON"
                                         : "line " + std::to_string(read.faults[0].at.line) + " " +
                                               read.faults[0].text);
    }
    const json::Node* const list = member_of(*read.root, "keys");
    const auto* const all = list == nullptr ? nullptr : std::get_if<json::List>(&list->value);
    if (all == nullptr) {
        return fault("is no set of keys (JWKS): {\"keys\": [ … ]}");
    }
    TokenKeys keys;
    for (std::size_t i = 0; i < all->size(); ++i) {
        const json::Node& each = (*all)[i];
        const auto algorithm = kind_of(each);
        if (!algorithm) {
            continue;
        }
        const std::string which = "key " + std::to_string(i + 1) + " ";
        if (member_of(each, "d") != nullptr) {
            return fault(which + "is a private key: give the public one alone");
        }
        auto material = material_of(each, *algorithm);
        if (!material) {
            return fault(which +
                         "is none: RSA keys have 2048 to 8192 bits, secrets at least 32 "
                         "bytes, and all numbers are in base64url");
        }
        const std::string* const id = text_in(each, "kid");
        keys.keys_.emplace_back(id == nullptr ? "" : *id, *algorithm, std::move(material));
    }
    if (keys.keys_.empty()) {
        return fault("has no key for RS256, ES256 or HS256");
    }
    if (keys.keys_.size() > kKeysMax) {
        return fault("has more than " + std::to_string(kKeysMax) + " keys");
    }
    return keys;
}

std::vector<const TokenKey*> TokenKeys::find(TokenAlgorithm algorithm,
                                             const std::optional<std::string>& id) const {
    constexpr std::size_t kTriedMax = 10;  // of a token that names none
    std::vector<const TokenKey*> found;
    for (const TokenKey& each : keys_) {
        if (each.algorithm() == algorithm && (!id || each.id() == *id) &&
            found.size() < kTriedMax) {
            found.push_back(&each);
        }
    }
    return found;
}

}  // namespace weft::security
