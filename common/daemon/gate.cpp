#include "common/daemon/gate.hpp"

#include "common/base/base64.hpp"
#include "common/base/printable.hpp"
#include "common/base/text.hpp"
#include "common/daemon/audit.hpp"
#include "common/daemon/gate_exchange.hpp"
#include "common/io/log.hpp"
#include "common/io/process.hpp"
#include "common/io/refusals.hpp"
#include "common/security/bearer.hpp"
#include "common/security/mechanisms.hpp"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <utility>
#include <variant>

namespace weft::daemon {

using security::Acceptance;
using security::Answer;
using security::LoginFault;
using security::PasswordGuess;
using security::Refusal;

namespace {

/// What stands for the users where there are none: nobody is one.
UsersPtr nobody() {
    Buffer secret;
    while (secret.size() < security::Users::kSecretSize) {
        append(secret, io::random_bytes());
    }
    return std::make_shared<const security::Users>(std::move(secret));
}

AuditEvent login_event(const Gate::Visit& visit, const std::string& user) {
    return {.kind = AuditEvent::Kind::login,
            .action = "login",
            .subject = "listener/" + visit.listener,
            .user = user,
            .host = visit.address,
            .arguments = wire::Map{{"mechanism", visit.login.mechanism()}}};
}

Refusal refusal_of(LoginFault fault) {
    return fault == LoginFault::busy || fault == LoginFault::unreachable ? Refusal::temporary
                                                                         : Refusal::credentials;
}

}  // namespace

Gate::Gate(io::Loop& loop, UserFile users)
    : loop_{loop}, file_{std::move(users)}, checks_{loop, limits_} {
    if (!file_.users) {
        file_.users = nobody();
    }
    for (const AuthServiceConfig& service : file_.services) {
        services_.push_back(std::make_shared<AuthService>(loop_, service));
    }
}

std::shared_ptr<const security::Authenticator> Gate::authenticator(const ListenerConfig& listener) {
    return std::make_shared<GateAuthenticator>(loop_, weak_from_this(), listener,
                                               find_service(listener.sasl_plugin));
}

/// Null: there is none of that name.
std::shared_ptr<AuthService> Gate::find_service(std::string_view name) const {
    const auto found = std::ranges::find_if(
        services_, [&](const auto& each) { return each->config().name == name; });
    return found == services_.end() ? nullptr : *found;
}

void Gate::renew(const SslProfilePtr& profile) {
    for (const auto& service : services_) {
        service->renew(profile);
    }
}

void Gate::respond(const std::shared_ptr<Visit>& visit,
                   Bytes response,
                   std::function<bool()> is_wanted,
                   Answered answered) {
    security::Login& login = visit->login;
    if (!visit->plugin.empty()) {
        ask_service(visit, response, std::move(is_wanted), std::move(answered));
        return;
    }
    if (visit->refused) {  // Spec: RFC 7628 §3.2.3
        answered(*visit->refused);
        return;
    }
    if (!login.user().empty() && !limits_.may_guess(visit->host, login.user(), loop_.now())) {
        answered(refuse(*visit, LoginFault::limited));
        return;
    }
    auto step = login.respond(response, *file_.users, base64(io::random_bytes()));
    if (auto* guess = std::get_if<PasswordGuess>(&step)) {
        check(visit, std::move(*guess), std::move(is_wanted), std::move(answered));
    } else if (const auto* fault = std::get_if<LoginFault>(&step)) {
        if (*fault == LoginFault::password || *fault == LoginFault::user) {
            limits_.count(visit->host, login.user(), loop_.now());
        }
        answered(refuse(*visit, *fault));
    } else if (auto* accepted = std::get_if<Acceptance>(&step)) {
        note_in(*visit, accepted->identity);
        answered(std::move(*accepted));
    } else if (const auto* shown = std::get_if<security::TokenShown>(&step)) {
        answered(judge(*visit, *shown));
    } else {
        answered(std::move(std::get<security::Challenge>(step)));
    }
}

void Gate::ask_service(const std::shared_ptr<Visit>& visit,
                       Bytes response,
                       std::function<bool()> is_wanted,
                       Answered answered) {
    const auto service = find_service(visit->plugin);
    if (!service) {
        answered(refuse(*visit, LoginFault::unreachable));
        return;
    }
    auto heard = [this, visit, answered = std::move(answered)](
                     std::variant<security::Challenge, Acceptance, LoginFault> word) {
        if (const auto* const fault = std::get_if<LoginFault>(&word)) {
            answered(refuse(*visit, *fault));
        } else if (auto* const accepted = std::get_if<Acceptance>(&word)) {
            note_in(*visit, accepted->identity);
            answered(std::move(*accepted));
        } else {
            answered(std::move(std::get<security::Challenge>(word)));
        }
    };
    if (visit->dialog == 0) {
        visit->dialog = service->begin(visit->login.mechanism(), response, std::move(is_wanted),
                                       std::move(heard));
    } else {
        service->respond(visit->dialog, response, std::move(heard));
    }
}

void Gate::check(const std::shared_ptr<Visit>& visit,
                 PasswordGuess guess,
                 std::function<bool()> is_wanted,
                 Answered answered) {
    auto known = security::check_of(*file_.users, guess.user);
    security::Identity identity{.user = guess.user, .mechanism = visit->login.mechanism()};
    checks_.ask({.guess = std::move(guess),
                 .check = std::move(known),
                 .host = visit->host,
                 .is_wanted = std::move(is_wanted),
                 .done = [this, visit, identity = std::move(identity),
                          answered = std::move(answered)](std::optional<LoginFault> fault) {
                     if (fault) {
                         answered(refuse(*visit, *fault));
                         return;
                     }
                     note_in(*visit, identity);
                     answered(Acceptance{.identity = identity});
                 }});
}

Answer Gate::judge(Visit& visit, const security::TokenShown& shown) {
    if (!limits_.may_show(visit.host, loop_.now())) {
        return refuse(visit, LoginFault::limited);
    }
    const TokenFile& tokens = file_.tokens;
    auto user = tokens.keys ? security::user_of_token(shown.token, *tokens.keys, tokens.rules,
                                                      std::time(nullptr))
                            : tl::unexpected(LoginFault::token);
    if (user && !shown.authorize.empty() && shown.authorize != *user) {
        user = tl::unexpected(LoginFault::identity);
    }
    if (!user) {
        if (tokens.keys && user.error() == LoginFault::token) {
            limits_.count_shown(visit.host, loop_.now());
        }
        visit.refused = refuse(visit, user.error());
        const Bytes told = as_bytes(security::kBearerRefusal);
        return security::Challenge{Buffer(told.begin(), told.end())};
    }
    Acceptance accepted{
        .identity = {.user = *std::move(user), .mechanism = visit.login.mechanism()}};
    note_in(visit, accepted.identity);
    return accepted;
}

Refusal Gate::refuse(const Visit& visit, LoginFault fault) {
    note(visit, fault);
    return refusal_of(fault);
}

/// False if it was told of them of late that they came in.
bool Gate::is_news(const Visit& visit, const std::string& user) {
    constexpr std::size_t kRemembered = 1000;
    constexpr Duration kToldAgain = std::chrono::hours{1};
    if (!visit.repeated) {
        return true;
    }
    const Instant now = loop_.now();
    const auto [at, is_new] = came_in_.try_emplace({visit.address, user}, now);
    if (!is_new && now - at->second < kToldAgain) {
        return false;
    }
    at->second = now;
    if (came_in_.size() > kRemembered) {
        std::erase_if(came_in_, [&](const auto& each) {
            return now - each.second >= kToldAgain || each.second < now;
        });
    }
    return true;
}

void Gate::note_in(const Visit& visit, const security::Identity& who) {
    if (!is_news(visit, who.user)) {
        return;
    }
    tally_.count_in(who.mechanism);
    if (who.mechanism != security::kAnonymous) {  // who says nothing logs in as nobody
        audit().add(login_event(visit, who.user));
    }
}

void Gate::note(const Visit& visit, LoginFault fault) {
    const std::string& mechanism = visit.login.mechanism();
    tally_.count(mechanism, fault);
    AuditEvent event = login_event(visit, visit.login.user());
    event.done = false;
    event.reason = text_of(fault);
    audit().add(std::move(event));
    io::refusals().add({.what = "login",
                        .peer = visit.address,
                        .user = visit.login.user(),
                        .subject = "listener " + visit.listener,
                        .why = mechanism + ": " + std::string{text_of(fault)},
                        .remedy = remedy_of(fault)});
    if (!io::log().enabled(io::Module::server, io::Level::info) || !lines_.take(loop_.now())) {
        return;
    }
    const std::string user = printable(visit.login.user());
    const std::uint64_t left_out = lines_.take_left_out();
    WEFT_LOG(
        io::Module::server, io::Level::info,
        visit.address + " was not let in by " + visit.listener + ": " + mechanism +
            (user.empty() ? "" : " of \"" + user + "\"") + ": " + std::string{text_of(fault)} +
            (left_out == 0 ? ""
                           : " (" + std::to_string(left_out) + " lines before this left out)"));
}

}  // namespace weft::daemon
