#include "common/security/tokens.hpp"

#include "common/json/tree.hpp"
#include "common/security/json_members.hpp"
#include "common/security/prepared.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>
#include <variant>

namespace weft::security {
namespace {

/// The three parts of a token, in base64url. Spec: RFC 7515 §7.1
struct Parts {
    std::string_view header;
    std::string_view claims;
    std::string_view signature;
    std::string_view signed_text;
};

std::optional<Parts> parts_of(std::string_view token) {
    const std::size_t first = token.find('.');
    const std::size_t second = first == std::string_view::npos ? first : token.find('.', first + 1);
    if (token.size() > kTokenMax || second == std::string_view::npos ||
        token.find('.', second + 1) != std::string_view::npos) {
        return std::nullopt;
    }
    return Parts{.header = token.substr(0, first),
                 .claims = token.substr(first + 1, second - first - 1),
                 .signature = token.substr(second + 1),
                 .signed_text = token.substr(0, second)};
}

/// Nothing: it is no object, or has a name twice.
std::optional<json::Node> object_in(std::string_view part) {
    constexpr json::Limits kLimits{
        .bytes = kTokenMax, .values = 1000, .nesting = 8, .members = 200};
    const auto bytes = from_base64url(part);
    json::Reading read = bytes ? json::read(as_text(*bytes), {.limits = kLimits}) : json::Reading{};
    const bool is_object =
        read.root && read.faults.empty() && std::holds_alternative<json::Object>(read.root->value);
    return is_object ? std::move(read.root) : std::nullopt;
}

/// Seconds since 1970, whole ones; nothing: there is no such number.
std::optional<std::int64_t> time_in(const json::Node& claims, std::string_view name) {
    constexpr double kMost = 1e15;
    const json::Node* const found = member_of(claims, name);
    if (found == nullptr) {
        return std::nullopt;
    }
    if (const auto* const whole = std::get_if<std::int64_t>(&found->value)) {
        return *whole >= 0 && *whole <= static_cast<std::int64_t>(kMost) ? std::optional{*whole}
                                                                         : std::nullopt;
    }
    const auto* const number = std::get_if<double>(&found->value);
    return number != nullptr && *number >= 0 && *number <= kMost
               ? std::optional{static_cast<std::int64_t>(std::floor(*number))}
               : std::nullopt;
}

bool is_for(const json::Node& claims, const std::string& audience) {
    const json::Node* const found = member_of(claims, "aud");
    if (found == nullptr) {
        return false;
    }
    const auto is_it = [&](const json::Node& each) {
        const auto* const text = std::get_if<std::string>(&each.value);
        return text != nullptr && *text == audience;
    };
    const auto* const list = std::get_if<json::List>(&found->value);
    return list != nullptr ? std::ranges::any_of(*list, is_it) : is_it(*found);
}

/// The algorithm is the key's: a token that names another one finds no key.
bool is_signed(const Parts& parts, const json::Node& header, const TokenKeys& keys) {
    const std::string* const name = text_in(header, "alg");
    const auto algorithm = name == nullptr ? std::nullopt : algorithm_of(*name);
    const json::Node* const id = member_of(header, "kid");
    const std::string* const id_text = text_in(header, "kid");
    const auto signature = from_base64url(parts.signature);
    if (!algorithm || !signature || (id != nullptr && id_text == nullptr)) {
        return false;
    }
    const auto tried =
        keys.find(*algorithm, id_text == nullptr ? std::nullopt : std::optional{*id_text});
    return std::ranges::any_of(tried, [&](const TokenKey* key) {
        return key->has_signed(as_bytes(parts.signed_text), *signature);
    });
}

/// Claims that are not numbers where they must be are none. Spec: RFC 7519 §4.1
bool is_in_time(const json::Node& claims, std::int64_t now, std::int64_t skew) {
    const auto until = time_in(claims, "exp");
    const auto from = time_in(claims, "nbf");
    const bool odd = member_of(claims, "nbf") != nullptr && !from;
    return until && !odd && now < *until + skew && (!from || now + skew >= *from);
}

}  // namespace

tl::expected<std::string, LoginFault> user_of_token(std::string_view token,
                                                    const TokenKeys& keys,
                                                    const TokenRules& rules,
                                                    std::int64_t now) {
    const auto fault = [](LoginFault what) { return tl::unexpected(what); };
    const auto parts = parts_of(token);
    const auto header = parts ? object_in(parts->header) : std::nullopt;
    if (!header || member_of(*header, "crit") != nullptr) {  // what must be understood, and is not
        return fault(LoginFault::malformed);
    }
    if (!is_signed(*parts, *header, keys)) {
        return fault(LoginFault::token);
    }
    const auto claims = object_in(parts->claims);
    if (!claims) {
        return fault(LoginFault::malformed);
    }
    if (!is_in_time(*claims, now, rules.skew_seconds)) {
        return fault(LoginFault::expired);
    }
    const std::string* const issuer = text_in(*claims, "iss");
    const std::string* const user = text_in(*claims, rules.user_claim);
    auto name = user == nullptr ? tl::unexpected<std::string>("") : prepared_user(*user);
    if (issuer == nullptr || *issuer != rules.issuer || !is_for(*claims, rules.audience) || !name) {
        return fault(LoginFault::claims);
    }
    return *std::move(name);
}

bool looks_like_token(std::string_view text) {
    const auto parts = parts_of(text);
    return parts && parts->header.starts_with("ey");  // {"
}

}  // namespace weft::security
