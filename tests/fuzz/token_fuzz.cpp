// Tokens, sets of keys and the message that shows a token: all is total; nobody comes in by what no
// key has signed; and what a key has signed, whatever it says, names a user who can be one.
#include "common/base/assert.hpp"
#include "common/base/base64.hpp"
#include "common/security/bearer.hpp"
#include "common/security/digest.hpp"
#include "common/security/prepared.hpp"
#include "common/security/tokens.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace weft::security {
namespace {

constexpr std::int64_t kNow = 1'800'000'000;
const Buffer kSecret(32, 7);

std::string url64(Bytes bytes) {
    std::string text = base64(bytes);
    std::ranges::replace(text, '+', '-');
    std::ranges::replace(text, '/', '_');
    std::erase(text, '=');
    return text;
}

const TokenKeys& keys() {
    static const TokenKeys kKeys =
        TokenKeys::from(R"({"keys":[{"kty":"oct","k":")" + url64(kSecret) + R"("}]})").value();
    return kKeys;
}

void check_user(const tl::expected<std::string, LoginFault>& user) {
    WEFT_CHECK(!user || prepared_user(*user) == *user);
}

/// Header and claims are split at the first zero byte.
void check_signed(std::string_view text) {
    const std::size_t split = std::min(text.find('\0'), text.size());
    const std::string_view claims = text.substr(std::min(split + 1, text.size()));
    const std::string said = url64(as_bytes(text.substr(0, split))) + "." + url64(as_bytes(claims));
    const std::string token = said + "." + url64(hmac_of(Digest::sha256, kSecret, as_bytes(said)));
    check_user(user_of_token(token, keys(), {.issuer = "i", .audience = "a"}, kNow));
}

void check_keys(std::string_view text) {
    if (const auto read = TokenKeys::from(text)) {
        WEFT_CHECK(read->size() > 0 && read->size() <= TokenKeys::kKeysMax);
        for (const auto algorithm :
             {TokenAlgorithm::rs256, TokenAlgorithm::es256, TokenAlgorithm::hs256}) {
            for (const TokenKey* key : read->find(algorithm, std::nullopt)) {
                WEFT_CHECK(key->algorithm() == algorithm);
                WEFT_CHECK(!key->has_signed(as_bytes(text), Buffer(64, 1)));
            }
        }
    }
}

void check(std::string_view text) {
    WEFT_CHECK(!user_of_token(text, keys(), {.issuer = "i", .audience = "a"}, kNow));
    check_signed(text);
    check_keys(text);
    if (const auto said = bearer_in(as_bytes(text))) {
        const Buffer again = bearer_message(said->token, said->authorize);
        const auto read = bearer_in(again);
        WEFT_CHECK(read && read->token == said->token && read->authorize == said->authorize);
    }
}

}  // namespace
}  // namespace weft::security

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    weft::security::check(weft::as_text({data, size}));
    return 0;
}
