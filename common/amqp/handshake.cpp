#include "common/amqp/handshake.hpp"

#include "common/amqp/sasl.hpp"
#include "common/base/conditions.hpp"
#include "common/wire/reader.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace weft::amqp {
namespace {

bool is_header_of(Bytes header, ProtocolId protocol) {
    const std::array<std::uint8_t, kProtocolHeaderSize> right{
        'A', 'M', 'Q', 'P', static_cast<std::uint8_t>(protocol), 1, 0, 0};
    return std::ranges::equal(header, right);
}

/// "SCRAM-SHA-256 or PLAIN"
std::string names_of(const std::vector<SaslChoice>& choices) {
    std::string names;
    for (const SaslChoice& choice : choices) {
        names += (names.empty() ? "" : " or ") + choice.mechanism;
    }
    return names;
}

}  // namespace

std::string_view Handshake::mechanism() const {
    const std::vector<SaslChoice>& choices = options_.sasl_choices;
    return choices.empty() ? std::string_view{} : std::string_view{choices[chosen_].mechanism};
}

Handshake::Step Handshake::fail(std::string_view condition, std::string text) {
    stage_ = Stage::failed;
    return {.kind = Kind::failed, .error = {condition, std::move(text)}};
}

Handshake::Step Handshake::finish() {
    stage_ = Stage::over;
    return {.kind = Kind::over};
}

Handshake::Step Handshake::start() {
    if (options_.server) {
        return {};
    }
    const bool sasl = uses_sasl();
    output_.write_header(sasl ? ProtocolId::sasl : ProtocolId::amqp);
    return {.kind = sasl ? Kind::wait : Kind::send_open};
}

Handshake::Step Handshake::take_header(Bytes header) {
    const bool server = options_.server;
    const bool first = stage_ == Stage::header;
    const bool sasl = first && uses_sasl();
    if (sasl && is_header_of(header, ProtocolId::sasl)) {
        if (server) {
            output_.write_header(ProtocolId::sasl);
            output_.write(FrameType::sasl, 0, sasl_mechanisms_body(*offered_));
        }
        stage_ = server ? Stage::init : Stage::mechanisms;
        return {};
    }
    const bool plain = !first || (server ? !options_.require_sasl : !sasl);
    if (plain && is_header_of(header, ProtocolId::amqp)) {
        if (server) {
            output_.write_header(ProtocolId::amqp);
        }
        return finish();
    }
    if (server) {  // S2. Spec: AMQP 1.0 §2.2
        output_.write_header(sasl ? ProtocolId::sasl : ProtocolId::amqp);
    }
    if (is_header_of(header, ProtocolId::tls)) {  // Spec: AMQP 1.0 §5.2
        return fail(
            kFramingError,
            "the peer wants to begin TLS by a header of AMQP, which is not done here: where "
            "TLS is spoken, it begins with the connection");
    }
    return fail(kFramingError, "the peer's protocol header is not one that is supported here");
}

Handshake::Step Handshake::take_sasl_frame(Bytes body) {
    wire::Reader in{body};
    const auto which = static_cast<Performative>(in.descriptor().value_or(0));
    const Bytes fields = in.rest();
    if (stage_ == Stage::init && which == Performative::sasl_init) {
        return take_init(fields);
    }
    if (stage_ == Stage::response && which == Performative::sasl_response) {
        return take_response(fields);
    }
    if (stage_ == Stage::mechanisms && which == Performative::sasl_mechanisms) {
        return take_mechanisms(fields);
    }
    if (stage_ == Stage::outcome && which == Performative::sasl_challenge) {
        return take_challenge(fields);
    }
    if (stage_ == Stage::outcome && which == Performative::sasl_outcome) {
        return take_outcome(fields);
    }
    return fail(kNotAllowed, "an unexpected SASL frame");
}

Handshake::Step Handshake::take_init(Bytes fields) {
    const auto init = decode_sasl_init(fields);
    if (!init) {
        return fail(kDecodeError, "malformed sasl-init");
    }
    if (std::ranges::find(*offered_, init->mechanism) == offered_->end()) {
        output_.write(FrameType::sasl, 0, sasl_outcome_body(kSaslAuth, {}));
        return fail(kUnauthorizedAccess, "the peer chose a SASL mechanism that was not offered");
    }
    stage_ = Stage::deciding;
    return {.kind = Kind::init, .mechanism = init->mechanism, .response = init->response};
}

Handshake::Step Handshake::take_response(Bytes fields) {
    const auto response = decode_sasl_data(fields);
    if (!response) {
        return fail(kDecodeError, "malformed sasl-response");
    }
    stage_ = Stage::deciding;
    return {.kind = Kind::response, .response = *response};
}

void Handshake::challenge(Bytes data) {
    if (deciding()) {  // S1
        output_.write(FrameType::sasl, 0, sasl_challenge_body(data));
        stage_ = Stage::response;
    }
}

bool Handshake::outcome(std::uint8_t code, Bytes additional_data) {
    if (!deciding()) {  // S1
        return true;
    }
    output_.write(FrameType::sasl, 0, sasl_outcome_body(code, additional_data));
    stage_ = code == kSaslOk ? Stage::amqp_header : Stage::failed;
    return code == kSaslOk;
}

Handshake::Step Handshake::take_mechanisms(Bytes fields) {
    const auto offered = decode_sasl_mechanisms(fields);
    if (!offered) {
        return fail(kDecodeError, "malformed sasl-mechanisms");
    }
    if (options_.heard_mechanisms) {
        options_.heard_mechanisms(*offered);
    }
    const std::vector<SaslChoice>& choices = options_.sasl_choices;
    const auto choice = std::ranges::find_if(choices, [&](const SaslChoice& each) {
        return std::ranges::find(*offered, each.mechanism) != offered->end();
    });
    if (choice == choices.end()) {
        return fail(kUnauthorizedAccess, "the peer does not offer SASL " + names_of(choices));
    }
    chosen_ = static_cast<std::size_t>(choice - choices.begin());
    client_ = choice->begin();
    output_.write(
        FrameType::sasl, 0,
        sasl_init_body(choice->mechanism, client_->initial_response(), options_.hostname));
    stage_ = Stage::outcome;
    return {};
}

Handshake::Step Handshake::take_challenge(Bytes fields) {
    const auto challenge = decode_sasl_data(fields);
    if (!challenge) {
        return fail(kDecodeError, "malformed sasl-challenge");
    }
    if (client_->hear(*challenge)) {
        stage_ = Stage::answering;
        return {};
    }
    const auto answer = client_->answer(*challenge);
    if (!answer) {
        return fail(kUnauthorizedAccess, answer.error());
    }
    output_.write(FrameType::sasl, 0, sasl_response_body(*answer));
    return {};
}

void Handshake::respond(Bytes response) {
    if (stage_ == Stage::answering) {
        output_.write(FrameType::sasl, 0, sasl_response_body(response));
        stage_ = Stage::outcome;
    }
}

Handshake::Step Handshake::take_outcome(Bytes fields) {
    const auto outcome = decode_sasl_outcome(fields);
    if (!outcome) {
        return fail(kDecodeError, "malformed sasl-outcome");
    }
    if (outcome->code != kSaslOk) {
        client_->refused(outcome->code);
        return fail(kUnauthorizedAccess,
                    "SASL failed, the peer's outcome is " + std::to_string(outcome->code));
    }
    if (!client_->confirm(outcome->additional_data)) {
        return fail(kUnauthorizedAccess, "the peer did not prove by SASL who it is");
    }
    client_.reset();
    stage_ = Stage::amqp_header;
    output_.write_header(ProtocolId::amqp);
    return {.kind = Kind::send_open};
}

}  // namespace weft::amqp
