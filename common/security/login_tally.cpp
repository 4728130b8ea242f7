#include "common/security/login_tally.hpp"

#include <algorithm>
#include <optional>

namespace weft::security {
namespace {

std::optional<std::size_t> index_of(std::string_view mechanism) {
    const auto found = std::ranges::find(kMechanisms, mechanism);
    return found == kMechanisms.end()
               ? std::nullopt
               : std::optional{static_cast<std::size_t>(found - kMechanisms.begin())};
}

}  // namespace

std::string_view name_of(LoginFault fault) {
    constexpr std::array<std::string_view, kLoginFaults> kNames{
        "user",    "password",    "limited", "busy",    "malformed", "identity",
        "binding", "certificate", "token",   "expired", "claims",    "service",
        "unreachable"};
    return kNames[static_cast<std::size_t>(fault)];
}

std::string_view text_of(LoginFault fault) {
    constexpr std::array<std::string_view, kLoginFaults> kTexts{
        "there is no such user",
        "the password is wrong",
        "too many passwords were wrong before, so this one was not looked at",
        "too many passwords are to be checked, so this one was not looked at",
        "it said what the mechanism does not know",
        "it wants to act for somebody else",
        "what it says of this TLS connection is not so",
        "its certificate names nobody, or another one than it says",
        "none of the keys has signed its token",
        "its token is out of date, holds only later, or for ever",
        "its token is of another issuer, for another audience, or names no user",
        "the authentication service does not let it in",
        "the authentication service gave no answer"};
    return kTexts[static_cast<std::size_t>(fault)];
}

std::string_view remedy_of(LoginFault fault) {
    switch (fault) {
        case LoginFault::user:
            return "weft user add; or put the client's name right";
        case LoginFault::password:
            return "put the client's password right; or weft user passwd";
        case LoginFault::limited:
            return "stop whoever tries wrong ones; one more is looked at every few seconds";
        case LoginFault::busy:
            return "let clients use SCRAM, which costs the daemon nothing, or come again later";
        case LoginFault::token:
            return "look at jwks: it has no key that signed the token; or somebody forges";
        case LoginFault::expired:
            return "let the client get a new token; look at the clocks of both";
        case LoginFault::claims:
            return "look at issuer, audience and userClaim of jwt, and at what the token says";
        case LoginFault::certificate:
            return "look at the certificate's subject, and at uidFormat";
        case LoginFault::service:
            return "look at the service: it knows why";
        case LoginFault::unreachable:
            return "look at the log, the service, and its entry in authServicePlugins";
        case LoginFault::malformed:
        case LoginFault::identity:
        case LoginFault::binding:
            return {};
    }
    return {};
}

void LoginTally::count_in(std::string_view mechanism) {
    if (const auto index = index_of(mechanism)) {
        ++in_[*index];
    }
}

void LoginTally::count(std::string_view mechanism, LoginFault fault) {
    if (const auto index = index_of(mechanism)) {
        ++faults_[*index][static_cast<std::size_t>(fault)];
    }
}

}  // namespace weft::security
