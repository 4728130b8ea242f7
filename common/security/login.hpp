#pragma once

#include "common/base/bytes.hpp"
#include "common/security/authenticator.hpp"
#include "common/security/login_tally.hpp"
#include "common/security/scram.hpp"
#include "common/security/users.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace weft::security {

/// A password that came in plain: whether it is right costs so much that it is found out elsewhere.
struct PasswordGuess {
    std::string user;
    std::string password;
};
/// A token that was shown: whose it is those know who have the keys.
struct TokenShown {
    std::string authorize;  // whom the peer wants to act for; empty: whose token it is
    std::string token;
};
/// What comes of a response.
using LoginStep = std::variant<Challenge, Acceptance, LoginFault, PasswordGuess, TokenShown>;

/// What the password of `user` is looked at by: the user's verifier, or what stands in for it.
struct Check {
    Verifier verifier;
    bool is_users;  // false: there is no such user, and no password is right
};
Check check_of(const Users& users, std::string_view user);

/// The server's side of one SASL exchange by which a peer shows or proves a password, or a token.
/// As good as all that it does takes as long for one who is no user.
///
///     PLAIN   first ── message ──▶ done: PasswordGuess
///     OAUTHBEARER   first ── message ──▶ done: TokenShown
///     SCRAM   first ── opening ──▶ proof: Challenge ── proof ──▶ done: Acceptance
///
/// Threading: not shared.
class Login {
public:
    /// `mechanism`: PLAIN, OAUTHBEARER, or one of SCRAM.
    explicit Login(std::string_view mechanism) : mechanism_{mechanism} {}

    /// `nonce`: printable, without commas, new each time.
    LoginStep respond(Bytes response, const Users& users, std::string_view nonce);
    const std::string& mechanism() const { return mechanism_; }
    /// As the peer has said; empty before.
    const std::string& user() const { return user_; }

private:
    LoginStep take_plain(Bytes message);
    LoginStep take_bearer(Bytes message);
    LoginStep take_opening(Digest digest,
                           std::string_view message,
                           const Users& users,
                           std::string_view nonce);
    LoginStep take_proof(std::string_view message);

    std::string mechanism_;
    std::string user_;
    std::optional<ScramServer> scram_;
    bool is_users_ = false;
    bool done_ = false;
};

}  // namespace weft::security
