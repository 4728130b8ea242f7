#include "mqtt-gateway/node/door.hpp"

#include "common/base/ip_address.hpp"
#include "common/daemon/audit.hpp"
#include "common/security/bearer.hpp"
#include "common/security/mechanisms.hpp"
#include "common/security/plain.hpp"
#include "common/security/tokens.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace weft::gateway {
namespace {

using daemon::audit;
using daemon::AuditEvent;
using daemon::Gate;
using mqtt::Reason;

bool has(const daemon::ListenerConfig& listener, std::string_view mechanism) {
    return std::ranges::find(listener.connection.sasl_mechanisms, mechanism) !=
           listener.connection.sasl_mechanisms.end();
}

Reason reason_of(security::Refusal refusal) {
    return refusal == security::Refusal::credentials ? Reason::bad_user_name_or_password
                                                     : Reason::server_busy;
}

}  // namespace

Door::Door(std::weak_ptr<Gate> gate, const daemon::ListenerConfig& listener)
    : gate_{std::move(gate)},
      name_{listener.connection.name},
      plugin_{listener.sasl_plugin},
      takes_passwords_{has(listener, security::kPlain)},
      takes_tokens_{has(listener, security::kBearer)},
      takes_certificates_{has(listener, security::kExternal)},
      takes_anybody_{!listener.authenticate_peer},
      in_the_clear_{listener.connection.insecure} {}

void Door::knock(const Visitor& visitor, std::function<bool()> is_wanted, Answered answered) const {
    const std::string& certified = visitor.protection.peer_user;
    const bool token =
        takes_tokens_ && visitor.password && security::looks_like_token(as_text(*visitor.password));
    const auto refuse = [&](std::string_view why) {
        audit().add({.kind = AuditEvent::Kind::login,
                     .action = "login",
                     .subject = "listener/" + name_,
                     .user = std::string{visitor.user_name.value_or(certified)},
                     .host = std::string{visitor.host},
                     .via = "MQTT",
                     .done = false,
                     .reason = std::string{why}});
        answered(Reason::not_authorized, {}, why);
    };
    const bool shows = token || (takes_passwords_ && visitor.user_name.has_value());
    if (shows && !in_the_clear_ && !visitor.protection.is_encrypted()) {
        refuse("passwords and tokens are taken over TLS alone");
    } else if (shows) {
        ask(visitor, token, std::move(is_wanted), std::move(answered));
    } else if (takes_certificates_ && !certified.empty()) {
        if (const auto gate = gate_.lock()) {
            gate->note_in({.login = security::Login{security::kExternal},
                           .listener = name_,
                           .host = counted_host(visitor.host),
                           .address = std::string{visitor.host}},
                          {.user = certified, .mechanism = std::string{security::kExternal}});
        }
        answered(Reason::success, certified, {});
    } else if (takes_anybody_) {
        answered(Reason::success, {}, {});
    } else {
        refuse(takes_passwords_ ? "a user name and a password are wanted"
               : takes_tokens_  ? "a token is wanted, as the password"
                                : "a certificate that names a user is wanted");
    }
}

/// With a token a user name is either none, or that of the token.
void Door::ask(const Visitor& visitor,
               bool token,
               std::function<bool()> is_wanted,
               Answered answered) const {
    const auto gate = gate_.lock();
    if (!gate) {
        return;
    }
    const auto visit = std::make_shared<Gate::Visit>(
        Gate::Visit{.login = security::Login{token ? security::kBearer : security::kPlain},
                    .listener = name_,
                    .host = counted_host(visitor.host),
                    .address = std::string{visitor.host},
                    .plugin = plugin_});
    const std::string_view user = visitor.user_name.value_or("");
    const std::string_view password = as_text(visitor.password.value_or(Bytes{}));
    const Buffer said =
        token ? security::bearer_message(password, user) : security::plain_message(user, password);
    gate->respond(visit, said, std::move(is_wanted),
                  [answered = std::move(answered)](security::Answer answer) {
                      if (auto* accepted = std::get_if<security::Acceptance>(&answer)) {
                          answered(Reason::success, std::move(accepted->identity.user), {});
                      } else if (std::holds_alternative<security::Challenge>(answer)) {
                          answered(Reason::bad_user_name_or_password, {}, "the token is not good");
                      } else if (const auto* refusal = std::get_if<security::Refusal>(&answer)) {
                          answered(reason_of(*refusal), {}, "the user name or password is wrong");
                      }
                  });
}

}  // namespace weft::gateway
