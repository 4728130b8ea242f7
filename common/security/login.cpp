#include "common/security/login.hpp"

#include "common/security/bearer.hpp"
#include "common/security/plain.hpp"
#include "common/security/prepared.hpp"

#include <utility>

namespace weft::security {
namespace {

/// A name that can't be prepared is nobody's.
std::string name_in(std::string_view said) {
    return prepared_user(said).value_or(std::string{said});
}

bool acts_for_itself(std::string_view authorize, std::string_view user) {
    return authorize.empty() || authorize == user;
}

LoginFault fault_of(ScramFault fault, bool is_users) {
    switch (fault) {
        case ScramFault::malformed:
            return LoginFault::malformed;
        case ScramFault::binding:
            return LoginFault::binding;
        case ScramFault::proof:
            break;
    }
    return is_users ? LoginFault::password : LoginFault::user;
}

}  // namespace

Check check_of(const Users& users, std::string_view user) {
    const Verifier* const found = users.find(user);
    return {.verifier = found != nullptr ? *found : users.stand_in(user, Digest::sha256),
            .is_users = found != nullptr};
}

LoginStep Login::respond(Bytes response, const Users& users, std::string_view nonce) {
    if (done_) {
        return LoginFault::malformed;
    }
    if (scram_) {
        return take_proof(as_text(response));
    }
    if (mechanism_ == kBearer) {
        return take_bearer(response);
    }
    const auto digest = digest_of_scram(mechanism_);
    return digest ? take_opening(*digest, as_text(response), users, nonce) : take_plain(response);
}

LoginStep Login::take_plain(Bytes message) {
    done_ = true;
    const auto said = plain_in(message);
    const bool fits =
        said && said->user.size() <= kUserNameMax && said->password.size() <= kPasswordMax;
    if (!fits) {
        return LoginFault::malformed;
    }
    user_ = name_in(said->user);
    if (!acts_for_itself(said->authorize, said->user)) {
        return LoginFault::identity;
    }
    return PasswordGuess{
        .user = user_,
        .password = prepared_password(said->password).value_or(std::string{said->password})};
}

LoginStep Login::take_bearer(Bytes message) {
    done_ = true;
    auto said = bearer_in(message);
    if (!said) {
        return LoginFault::malformed;
    }
    return TokenShown{.authorize = std::move(said->authorize), .token = std::string{said->token}};
}

LoginStep Login::take_opening(Digest digest,
                              std::string_view message,
                              const Users& users,
                              std::string_view nonce) {
    auto opening = opening_in(message);
    if (!opening) {
        return LoginFault::malformed;
    }
    user_ = name_in(opening->user);
    if (!acts_for_itself(opening->authorize, opening->user)) {
        return LoginFault::identity;
    }
    if (opening->binding == ScramOpening::Binding::used) {
        return LoginFault::binding;
    }
    const Verifier* const found = users.find(user_, digest);
    is_users_ = found != nullptr;
    scram_.emplace(*std::move(opening), is_users_ ? *found : users.stand_in(user_, digest), nonce);
    return Challenge{Buffer(scram_->challenge().begin(), scram_->challenge().end())};
}

LoginStep Login::take_proof(std::string_view message) {
    done_ = true;
    const auto end = scram_->finish(message);
    if (!end) {
        return fault_of(end.error(), is_users_);
    }
    if (!is_users_) {  // nobody knows a password of what stands in
        return LoginFault::user;
    }
    return Acceptance{.identity = {.user = user_, .mechanism = mechanism_},
                      .data = Buffer(end->begin(), end->end())};
}

}  // namespace weft::security
