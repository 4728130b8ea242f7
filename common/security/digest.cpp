#include "common/security/digest.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <stdexcept>

namespace weft::security {
namespace {

const EVP_MD* openssl_digest(Digest digest) {
    return digest == Digest::sha256 ? EVP_sha256() : EVP_sha512();
}

/// `done`: what OpenSSL says of a call that does not depend on its input.
void insist(bool done) {
    if (!done) {
        throw std::runtime_error{"OpenSSL can't compute a digest"};
    }
}

}  // namespace

Buffer digest_of(Digest digest, Bytes text) {
    Buffer out(size_of(digest));
    insist(EVP_Digest(text.data(), text.size(), out.data(), nullptr, openssl_digest(digest),
                      nullptr) == 1);
    return out;
}

Buffer hmac_of(Digest digest, Bytes key, Bytes text) {
    static constexpr std::uint8_t kNothing = 0;  // a null key means another thing to OpenSSL
    Buffer out(size_of(digest));
    insist(HMAC(openssl_digest(digest), key.empty() ? &kNothing : key.data(),
                static_cast<int>(key.size()), text.data(), text.size(), out.data(),
                nullptr) != nullptr);
    return out;
}

Buffer stretched(Digest digest, std::string_view password, Bytes salt, std::uint32_t iterations) {
    Buffer out(size_of(digest));
    insist(PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()), salt.data(),
                             static_cast<int>(salt.size()), static_cast<int>(iterations),
                             openssl_digest(digest), static_cast<int>(out.size()),
                             out.data()) == 1);
    return out;
}

bool same_secret(Bytes a, Bytes b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

void wipe(std::string& text) {
    OPENSSL_cleanse(text.data(), text.size());
    text.clear();
}

}  // namespace weft::security
