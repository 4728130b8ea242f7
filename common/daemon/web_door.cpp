#include "common/daemon/web_door.hpp"

#include "common/base/base64.hpp"
#include "common/base/ip_address.hpp"
#include "common/daemon/exposure.hpp"
#include "common/mgmt/json.hpp"
#include "common/security/bearer.hpp"
#include "common/security/mechanisms.hpp"
#include "common/security/plain.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <variant>

namespace weft::daemon {
namespace {

constexpr std::string_view kStranger = "anonymous";

bool offers(const ListenerConfig& listener, std::string_view mechanism) {
    const auto& offered = listener.connection.sasl_mechanisms;
    return std::ranges::find(offered, mechanism) != offered.end();
}

/// What stands behind the scheme; nothing if it is another one. Spec: RFC 9110 §11.1
std::optional<std::string_view> behind(std::string_view credentials, std::string_view scheme) {
    const bool is_that =
        credentials.size() > scheme.size() && credentials[scheme.size()] == ' ' &&
        std::ranges::equal(credentials.substr(0, scheme.size()), scheme,
                           [](char given, char wanted) {
                               const bool capital = given >= 'A' && given <= 'Z';
                               return (capital ? given - 'A' + 'a' : given) == wanted;
                           });
    if (!is_that) {
        return std::nullopt;
    }
    credentials.remove_prefix(scheme.size());
    credentials.remove_prefix(std::min(credentials.find_first_not_of(' '), credentials.size()));
    return credentials;
}

/// "user:password" as PLAIN says it; nothing: it is none. Spec: RFC 7617 §2
std::optional<Buffer> plain_of(std::string_view encoded) {
    const auto decoded = from_base64(encoded);
    if (!decoded) {
        return std::nullopt;
    }
    const std::string_view text = as_text(*decoded);
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos) {
        return std::nullopt;
    }
    return security::plain_message(text.substr(0, colon), text.substr(colon + 1));
}

mgmt::Requester requester(const HttpRequest& request, std::string user) {
    return {.user = std::move(user), .host = request.peer, .via = "HTTP"};
}

HttpResponse answer(unsigned status, std::string text, wire::List logins = {}) {
    wire::Map body{{"error", std::move(text)}, {"status", std::int64_t{status}}};
    if (!logins.empty()) {
        body.emplace_back("logins", std::move(logins));
    }
    return {.status = status,
            .content_type = "application/json",
            .body = mgmt::to_json(wire::Value{std::move(body)}) + "\n"};
}

}  // namespace

WebDoor::WebDoor(std::weak_ptr<Gate> gate, const ListenerConfig& listener)
    : gate_{std::move(gate)},
      name_{listener.connection.name},
      takes_passwords_{offers(listener, security::kPlain)},
      takes_tokens_{offers(listener, security::kBearer)},
      takes_certificates_{offers(listener, security::kExternal)},
      takes_anybody_{!listener.authenticate_peer},
      in_the_clear_{listener.connection.insecure} {}

/// A page's own scripts ask for the password themselves: the browser does not.
HttpResponse WebDoor::refusal(const HttpRequest& request, std::string text) const {
    wire::List logins;
    std::string challenge;
    if (takes_passwords_) {
        const bool by_script = request.header("Sec-Fetch-Dest") == "empty";
        challenge +=
            std::string{by_script ? "X-Basic" : "Basic"} + " realm=\"Weft\", charset=\"UTF-8\"";
        logins.emplace_back("password");
    }
    if (takes_tokens_ || !takes_passwords_) {
        challenge += std::string{challenge.empty() ? "" : ", "} + "Bearer realm=\"Weft\"";
    }
    if (takes_tokens_) {
        logins.emplace_back("token");
    }
    if (takes_certificates_) {
        logins.emplace_back("certificate");
    }
    HttpResponse refused = answer(401, std::move(text), std::move(logins));
    refused.headers.emplace_back("WWW-Authenticate", std::move(challenge));
    return refused;
}

void WebDoor::knock(const HttpRequest& request,
                    std::function<bool()> is_wanted,
                    const Known& known) const {
    const std::string_view shown = request.header("Authorization");
    const auto basic = behind(shown, "basic");
    const auto bearer = behind(shown, "bearer");
    if ((takes_passwords_ && basic) || (takes_tokens_ && bearer)) {
        const auto said = basic ? plain_of(*basic) : security::bearer_message(*bearer);
        if (!in_the_clear_ && !request.encrypted) {
            known(tl::unexpected(answer(403, "passwords and tokens are taken over TLS alone")));
        } else if (!said) {
            known(tl::unexpected(refusal(request, "the Authorization header is malformed")));
        } else {
            ask(request, basic ? security::kPlain : security::kBearer, *said, std::move(is_wanted),
                known);
        }
    } else if (!shown.empty()) {
        known(tl::unexpected(
            refusal(request, "such an Authorization is not taken by this listener")));
    } else if (takes_certificates_ && !request.certificate_user.empty()) {
        if (const auto gate = gate_.lock()) {
            gate->note_in(
                {.login = security::Login{security::kExternal},
                 .listener = name_,
                 .host = counted_host(host_of(request.peer)),
                 .address = host_of(request.peer),
                 .repeated = true},
                {.user = request.certificate_user, .mechanism = std::string{security::kExternal}});
        }
        known(requester(request, request.certificate_user));
    } else if (takes_anybody_) {
        known(requester(request, std::string{kStranger}));
    } else {
        known(tl::unexpected(refusal(request, "log in first")));
    }
}

void WebDoor::ask(const HttpRequest& request,
                  std::string_view mechanism,
                  const Buffer& said,
                  std::function<bool()> is_wanted,
                  const Known& known) const {
    const auto gate = gate_.lock();
    if (!gate) {
        known(tl::unexpected(answer(503, "the daemon is stopping")));
        return;
    }
    const std::string address = host_of(request.peer);
    const auto visit =
        std::make_shared<Gate::Visit>(Gate::Visit{.login = security::Login{mechanism},
                                                  .listener = name_,
                                                  .host = counted_host(address),
                                                  .address = address,
                                                  .repeated = true});
    const auto who = std::make_shared<mgmt::Requester>(requester(request, {}));
    const auto wrong = std::make_shared<HttpResponse>(
        refusal(request, "the user name, the password or the token is wrong"));
    gate->respond(visit, said, std::move(is_wanted), [known, who, wrong](security::Answer given) {
        if (const auto* accepted = std::get_if<security::Acceptance>(&given)) {
            who->user = accepted->identity.user;
            known(*who);
        } else if (const auto* refused = std::get_if<security::Refusal>(&given);
                   refused != nullptr && *refused != security::Refusal::credentials) {
            known(tl::unexpected(answer(503, "too many passwords are being looked at, try later")));
        } else {
            known(tl::unexpected(*wrong));
        }
    });
}

}  // namespace weft::daemon
