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
        "binding", "certificate", "token",   "expired", "claims"};
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
        "its token is of another issuer, for another audience, or names no user"};
    return kTexts[static_cast<std::size_t>(fault)];
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
