#include "common/security/tokens.hpp"

#include "common/base/base64.hpp"
#include "common/security/bearer.hpp"
#include "common/security/digest.hpp"
#include "tests/unit/security/token_vectors.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

using namespace weft;
using namespace weft::security;
using namespace weft::security::test;

namespace {

constexpr std::int64_t kNow = 1'800'000'000;
const TokenRules kRules{.issuer = "https://id.example", .audience = "weft"};

std::string url64(std::string_view text) {
    std::string coded = base64(as_bytes(text));
    std::ranges::replace(coded, '+', '-');
    std::ranges::replace(coded, '/', '_');
    std::erase(coded, '=');
    return coded;
}

/// Of the secret of kJwks, whatever it says.
std::string signed_token(std::string_view header, std::string_view claims) {
    Buffer secret(32);
    for (std::size_t i = 0; i < secret.size(); ++i) {
        secret[i] = static_cast<std::uint8_t>(i);
    }
    const std::string text = url64(header) + "." + url64(claims);
    return text + "." + url64(as_text(hmac_of(Digest::sha256, secret, as_bytes(text))));
}

struct Desk {
    TokenKeys keys = TokenKeys::from(kJwks).value();

    std::string user(std::string_view token,
                     std::int64_t now = kNow,
                     const TokenRules& rules = kRules) const {
        const auto found = user_of_token(token, keys, rules, now);
        return found ? *found : "!" + std::string{name_of(found.error())};
    }
    std::string of(std::string_view claims) const {
        return user(signed_token(R"({"alg":"HS256"})", claims));
    }
};

}  // namespace

TEST_SUITE("tokens") {
    TEST_CASE_FIXTURE(Desk, "what a key has signed names a user, while it is good") {
        CHECK(keys.size() == 3);  // others in the set are passed over
        for (const char* token : {kSignedByRsa, kSignedByEc, kSignedBySecret}) {
            CHECK(user(token) == "dev-7");
            CHECK(user(token, 2'000'000'059) == "dev-7");  // clocks differ
            CHECK(user(token, 2'000'000'060) == "!expired");
            CHECK(user(token, 999'999'940) == "dev-7");
            CHECK(user(token, 999'999'939) == "!expired");
            CHECK(user(token, kNow, {.issuer = "other", .audience = "weft"}) == "!claims");
            CHECK(user(token, kNow, {.issuer = kRules.issuer, .audience = "x"}) == "!claims");
            CHECK(user(token, kNow, {.issuer = kRules.issuer, .audience = "other"}) == "dev-7");
            TokenRules rules = kRules;
            rules.user_claim = "email";
            CHECK(user(token, kNow, rules) == "!claims");
        }
    }

    TEST_CASE_FIXTURE(Desk, "what none of the keys has signed is nothing") {
        CHECK(user(kUnsigned) == "!token");
        CHECK(user(kConfused) == "!token");
        for (const std::string whole : {kSignedByRsa, kSignedByEc, kSignedBySecret}) {
            for (std::size_t i = whole.find('.') + 1; i < whole.size(); i += 7) {
                std::string changed = whole;
                changed[i] = changed[i] == 'A' ? 'B' : 'A';
                CHECK(user(changed).starts_with("!"));
            }
            CHECK(user(whole.substr(0, whole.rfind('.') + 1)) == "!token");
            CHECK(user(whole.substr(0, whole.rfind('.'))) == "!malformed");
            CHECK(user(whole + ".") == "!malformed");
            CHECK(user(whole + "=") == "!token");
        }
        // A key of one kind is none of another, whatever a token says.
        const std::string claims = R"({"sub":"a"})";
        for (const char* header :
             {R"({"alg":"none"})", R"({"alg":"hs256"})", R"({"alg":"HS512"})", R"({"alg":null})",
              R"({"alg":"HS256","kid":"e1"})", R"({"alg":"RS256"})", R"({"alg":"ES256"})",
              R"({"alg":"HS256","kid":7})", R"({})"}) {
            CHECK_MESSAGE(user(signed_token(header, claims)) == "!token", header);
        }
        for (const char* header : {R"({"alg":"HS256","crit":["exp"],"exp":1})",
                                   R"({"alg":"HS256","alg":"none"})", R"([])", "", R"({"alg":)"}) {
            CHECK_MESSAGE(user(signed_token(header, claims)) == "!malformed", header);
        }
    }

    TEST_CASE_FIXTURE(Desk, "claims that are missing or odd are none") {
        const std::string rest = R"("iss":"https://id.example","aud":"weft",)";
        CHECK(of("{" + rest + R"("exp":1900000000,"sub":"a"})") == "a");
        CHECK(of("{" + rest + R"("exp":1900000000.5,"sub":"a"})") == "a");
        CHECK(of("{" + rest + R"("sub":"a"})") == "!expired");  // for ever is too long
        for (const char* until : {"\"1900000000\"", "null", "-1", "1e300", "true", "[]"}) {
            CHECK(of("{" + rest + R"("sub":"a","exp":)" + until + "}") == "!expired");
        }
        CHECK(of("{" + rest + R"("exp":1900000000,"nbf":"1","sub":"a"})") == "!expired");
        for (const char* name : {"\"\"", "\"anonymous\"", "\"a b\"", "7", "null", "\"\\u0000\""}) {
            CHECK(of("{" + rest + R"("exp":1900000000,"sub":)" + name + "}") == "!claims");
        }
        CHECK(of("{" + rest + R"("exp":1900000000})") == "!claims");
        CHECK(of(R"({"exp":1900000000,"sub":"a","iss":"https://id.example"})") == "!claims");
        CHECK(of(R"({"exp":1900000000,"sub":"a","aud":"weft"})") == "!claims");
        CHECK(of(R"({"exp":1900000000,"sub":"a","iss":["https://id.example"],"aud":"weft"})") ==
              "!claims");
        CHECK(of("{" + rest + R"("exp":1900000000,"sub":"a","sub":"b"})") == "!malformed");
        CHECK(of("[]") == "!malformed");
        CHECK(user(std::string(kTokenMax + 1, 'a')) == "!malformed");
    }

    TEST_CASE("a set of keys that does not do is told") {
        const auto fault = [](std::string_view text) {
            const auto read = TokenKeys::from(text);
            return read ? std::string{} : read.error();
        };
        CHECK(fault("").find("line 1") != std::string::npos);
        CHECK(fault("{}").starts_with("is no set of keys"));
        CHECK(fault(R"({"keys":[]})") == "has no key for RS256, ES256 or HS256");
        CHECK(fault(R"({"keys":[{"kty":"oct","k":"c2hvcnQ"}]})").starts_with("key 1 is none"));
        CHECK(fault(R"({"keys":[{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}]})")
                  .starts_with("key 1 is none"));
        const std::string zeros(43, 'A');
        CHECK(fault(R"({"keys":[{"kty":"EC","crv":"P-256","x":")" + zeros + R"(","y":")" + zeros +
                    R"("}]})")
                  .starts_with("key 1 is none"));  // no point of the curve
        CHECK(fault(R"({"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB"}]})")
                  .starts_with("key 1 is none"));
        CHECK(
            fault(R"({"keys":[{"kty":"RSA","d":"AQAB","n":"AQAB","e":"AQAB"}]})").find("private") !=
            std::string::npos);
        CHECK(fault(R"({"keys":[{"kty":"oct","alg":"HS512","k":")" + zeros + R"("}]})")
                  .starts_with("has no key"));
    }

    TEST_CASE("OAUTHBEARER shows a token, and for whom") {
        const auto shown = [](std::string_view text) {
            const auto said = bearer_in(as_bytes(text));
            return said ? said->authorize + "|" + std::string{said->token} : "-";
        };
        using namespace std::string_literals;
        CHECK(shown("n,,\1auth=Bearer t\1\1") == "|t");
        CHECK(shown("y,a=al=2Cice,\1host=h\1port=1\1auth=bearer t.u.v\1\1") == "al,ice|t.u.v");
        CHECK(shown(as_text(bearer_message("t", "a,b"))) == "a,b|t");
        for (const char* text :
             {"", "n,,", "n,,\1", "n,,\1\1", "n,,\1auth=Bearer t\1", "n,,auth=Bearer t\1\1",
              "p=tls-exporter,,\1auth=Bearer t\1\1", "n,a=,\1auth=Bearer t\1\1",
              "n,,\1auth=Basic t\1\1", "n,,\1auth=Bearer \1\1", "n,,\1auth=Bearer t\1\1x",
              "n,,\1auth=Bearer t\1auth=Bearer u\1\1", "n,,\1=x\1auth=Bearer t\1\1"}) {
            CHECK_MESSAGE(shown(text) == "-", text);
        }
        CHECK(looks_like_token(kSignedByEc));
        CHECK_FALSE(looks_like_token("my.pass.word"));
        CHECK_FALSE(looks_like_token("eyJhbGciOiJub25lIn0"));
    }
}
