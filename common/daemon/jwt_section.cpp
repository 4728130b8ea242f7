#include "common/daemon/jwt_section.hpp"

#include <array>
#include <utility>

namespace weft::daemon {
namespace {

using config::Entity;
using config::Key;
using config::Type;

constexpr std::array kJwtKeys{
    Key{.name = "jwks",
        .type = Type::path,
        .meaning = "File of the keys of who signs tokens, in JSON (JWKS, RFC 7517): RSA keys of "
                   "2048 bits and more for `RS256`, EC keys on P-256 for `ES256`, secrets of 32 "
                   "bytes and more for `HS256`; others are passed over. It is read anew when it "
                   "changes, or on SIGHUP."},
    Key{.name = "issuer", .meaning = "Who must have issued a token, as its `iss` has it."},
    Key{.name = "audience", .meaning = "For whom a token must be: its `aud`, or one of them."},
    Key{.name = "userClaim",
        .default_value = "sub",
        .meaning = "Claim of a token that is the user's name."},
    Key{.name = "clockSkewSeconds",
        .type = Type::integer,
        .default_value = "60",
        .unit = "seconds",
        .meaning = "By how much the clock of who issues tokens may be ahead or behind.",
        .min = 0,
        .max = 600},
};

}  // namespace

config::Section jwt_section() {
    return {.name = "jwt",
            .entity = "jwt",
            .meaning =
                "Who may come in by a token (`OAUTHBEARER`; in MQTT, a token for a "
                "password).",
            .singleton = true,
            .keys = kJwtKeys};
}

tl::expected<TokenKeysPtr, std::string> read_token_keys(const std::string& path,
                                                        const config::FileReader& reader) {
    const auto text = reader(path);
    if (!text) {
        return tl::unexpected(config::quote(path) + " " + text.error());
    }
    auto keys = security::TokenKeys::from(*text);
    if (!keys) {
        return tl::unexpected(config::quote(path) + " " + keys.error());
    }
    return std::make_shared<const security::TokenKeys>(*std::move(keys));
}

TokenFile read_token_file(const config::Document& document,
                          const config::FileReader& reader,
                          config::Faults& faults) {
    const Entity& entity = document.singleton("jwt");
    TokenFile file{.path = entity.text("jwks"),
                   .keys = nullptr,
                   .rules = {.issuer = entity.text("issuer"),
                             .audience = entity.text("audience"),
                             .user_claim = entity.text("userClaim"),
                             .skew_seconds = entity.integer("clockSkewSeconds")}};
    const bool any =
        !file.path.empty() || !file.rules.issuer.empty() || !file.rules.audience.empty();
    for (const std::string_view key : {"jwks", "issuer", "audience"}) {
        if (any && entity.text(key).empty()) {
            key_error(
                entity, key,
                "is missing: a token is taken for what \"issuer\" issued to \"audience\" and a "
                "key of \"jwks\" signed",
                faults);
        }
    }
    if (file.path.empty()) {
        return file;
    }
    auto keys = read_token_keys(file.path, reader);
    if (keys) {
        file.keys = *std::move(keys);
    } else {
        key_error(entity, "jwks", std::move(keys).error(), faults);
    }
    return file;
}

}  // namespace weft::daemon
