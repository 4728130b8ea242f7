#include "tools/weft/connection/sasl.hpp"

#include "common/base/conditions.hpp"
#include "common/endpoint/sasl_choices.hpp"
#include "common/security/bearer.hpp"
#include "common/security/login_tally.hpp"
#include "common/security/mechanisms.hpp"
#include "common/security/prepared.hpp"
#include "common/security/verifier.hpp"

#include <proton/sasl.h>
#include <proton/sasl_plugin.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace weft::tools {
namespace {

/// Of one connection: what goes out has to stay where it is.
struct Exchange {
    std::unique_ptr<amqp::SaslClient> client;
    Buffer out;
};

Exchange* exchange_of(pn_transport_t* transport) {
    return static_cast<Exchange*>(pnx_sasl_get_context(transport));
}

std::string_view text_of(const char* text) {
    return text == nullptr ? std::string_view{} : std::string_view{text};
}

Bytes bytes_of(const pn_bytes_t* bytes) {
    return as_bytes(bytes == nullptr || bytes->start == nullptr
                        ? std::string_view{}
                        : std::string_view{bytes->start, bytes->size});
}

void send(pn_transport_t* transport, Buffer bytes, pnx_sasl_state state) {
    static constexpr char kNothing[] = "";
    Buffer& out = exchange_of(transport)->out;
    out = std::move(bytes);
    const char* const start = out.empty() ? kNothing : reinterpret_cast<const char*>(out.data());
    pnx_sasl_set_bytes_out(transport, pn_bytes(out.size(), start));
    pnx_sasl_set_desired_state(transport, state);
}

void give_up(pn_transport_t* transport, const char* why) {
    pnx_sasl_error(transport, why, kUnauthorizedAccess.data());
    pnx_sasl_set_failed(transport);
    pnx_sasl_set_desired_state(transport, SASL_RECVED_FAILURE);
}

std::vector<std::string_view> words_of(std::string_view text) {
    std::vector<std::string_view> words;
    while (!text.empty()) {
        const std::size_t size = std::min(text.find(' '), text.size());
        words.push_back(text.substr(0, size));
        text.remove_prefix(std::min(size + 1, text.size()));
    }
    return words;
}

endpoint::Credentials credentials_of(pn_transport_t* transport) {
    const auto ready = [](const char* text) {
        return security::prepared(text_of(text)).value_or(std::string{text_of(text)});
    };
    return {.user = ready(pnx_sasl_get_username(transport)),
            .password = ready(pnx_sasl_get_password(transport))};
}

/// Whether the user has what it needs, and may want it.
bool may_choose(std::string_view mechanism, const endpoint::Credentials& credentials) {
    const bool simple = mechanism == security::kExternal || mechanism == security::kAnonymous;
    const bool has_password = !credentials.user.empty() && !credentials.password.empty();
    return simple || (has_password && mechanism != security::kBearer);
}

// --- what Proton calls; no exception may go through it ------------------------------------------

/// `offered`: those that are allowed, too.
bool take_mechanisms(pn_transport_t* transport, const char* offered) try {
    const endpoint::Credentials credentials = credentials_of(transport);
    const auto words = words_of(text_of(offered));
    const auto best = std::ranges::find_if(security::kMechanisms, [&](std::string_view each) {
        return std::ranges::find(words, each) != words.end() && may_choose(each, credentials);
    });
    if (best == security::kMechanisms.end()) {
        return false;
    }
    auto exchange = std::make_unique<Exchange>();
    exchange->client = endpoint::sasl_choice(*best, credentials, security::kIterationsMax).begin();
    pnx_sasl_set_context(transport, exchange.release());
    pnx_sasl_set_selected_mechanism(transport, best->data());
    if (pnx_sasl_get_password(transport) != nullptr) {  // Proton clears it without a look
        pnx_sasl_clear_password(transport);
    }
    send(transport, exchange_of(transport)->client->initial_response(), SASL_POSTED_INIT);
    return true;
} catch (const std::exception& error) {
    pnx_sasl_error(transport, error.what(), kUnauthorizedAccess.data());
    return false;
}

void take_challenge(pn_transport_t* transport, const pn_bytes_t* challenge) try {
    Exchange* const exchange = exchange_of(transport);
    if (exchange == nullptr) {
        give_up(transport, "the peer's SASL challenge comes before a mechanism");
    } else if (auto answer = exchange->client->answer(bytes_of(challenge))) {
        send(transport, *std::move(answer), SASL_POSTED_RESPONSE);
    } else {
        give_up(transport, answer.error().c_str());
    }
} catch (const std::exception& error) {
    give_up(transport, error.what());
}

void take_outcome(pn_transport_t* transport, const pn_bytes_t* data) try {
    Exchange* const exchange = exchange_of(transport);
    const bool consents = pn_sasl_outcome(pn_sasl(transport)) == PN_SASL_OK;
    if (consents && exchange != nullptr && !exchange->client->confirm(bytes_of(data))) {
        give_up(transport, "the peer did not prove by SASL that it knows the password");
    }
} catch (const std::exception& error) {
    give_up(transport, error.what());
}

constexpr pnx_sasl_implementation kSasl{
    .free = [](pn_transport_t* transport) { delete exchange_of(transport); },
    .list_mechanisms = [](pn_transport_t*) -> const char* { return ""; },
    .init_server = [](pn_transport_t*) { return false; },
    .init_client = [](pn_transport_t*) { return true; },
    .prepare_write = [](pn_transport_t*) {},
    .process_init = [](pn_transport_t*, const char*, const pn_bytes_t*) {},
    .process_response = [](pn_transport_t*, const pn_bytes_t*) {},
    .process_mechanisms = take_mechanisms,
    .process_challenge = take_challenge,
    .process_outcome = take_outcome,
    .can_encrypt = [](pn_transport_t*) { return false; },
    .max_encrypt_size = [](pn_transport_t*) -> ssize_t { return 0; },
    .encode = [](pn_transport_t*, pn_bytes_t, pn_bytes_t*) -> ssize_t { return 0; },
    .decode = [](pn_transport_t*, pn_bytes_t, pn_bytes_t*) -> ssize_t { return 0; }};

}  // namespace

void speak_sasl() {
    pnx_sasl_set_default_implementation(&kSasl);
}

}  // namespace weft::tools
