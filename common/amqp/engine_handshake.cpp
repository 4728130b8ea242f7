#include "common/amqp/engine.hpp"
#include "common/amqp/sasl.hpp"
#include "common/base/conditions.hpp"
#include "common/wire/reader.hpp"

#include <algorithm>
#include <array>
#include <cstring>

/// Protocol headers and the SASL layer. Spec: AMQP 1.0 §2.2, §5.3
namespace weft::amqp {
namespace {

constexpr std::uint8_t kAmqp = 0;
constexpr std::uint8_t kSasl = 3;
constexpr std::uint8_t kSaslFrame = 1;

constexpr std::array<std::uint8_t, kProtocolHeaderSize> header_of(std::uint8_t protocol_id) {
    return {'A', 'M', 'Q', 'P', protocol_id, 1, 0, 0};
}

}  // namespace

void Engine::write_header(std::uint8_t protocol_id) {
    output_.append(header_of(protocol_id));
    header_sent_ = true;
    wrote_ = true;
}

void Engine::take_header(Bytes header) {
    const auto is = [header](std::uint8_t id) { return std::ranges::equal(header, header_of(id)); };
    const bool sasl = !options_.sasl_mechanisms.empty();
    if (options_.server && phase_ == Phase::header && sasl && is(kSasl)) {
        write_header(kSasl);
        write_frame(kSaslFrame, 0, sasl_mechanisms_body(options_.sasl_mechanisms));
        phase_ = Phase::sasl;
    } else if (options_.server && is(kAmqp) &&
               (phase_ == Phase::amqp_header || !options_.require_sasl)) {
        write_header(kAmqp);
        phase_ = Phase::opening;
    } else if (!options_.server && phase_ == Phase::header && is(sasl ? kSasl : kAmqp)) {
        phase_ = sasl ? Phase::sasl : Phase::opening;
    } else if (!options_.server && phase_ == Phase::amqp_header && is(kAmqp)) {
        phase_ = Phase::opening;
    } else {
        refuse_header();
    }
}

/// Answers with the header that would have been right. Spec: AMQP 1.0 §2.2
void Engine::refuse_header() {
    if (!header_sent_) {
        const bool sasl = phase_ == Phase::header && !options_.sasl_mechanisms.empty();
        write_header(sasl ? kSasl : kAmqp);
    }
    fail_connection(kFramingError, "the peer's protocol header is not one that is supported here");
}

void Engine::take_sasl_frame(Bytes body) {
    wire::Reader in{body};
    const auto code = in.descriptor();
    const Bytes fields = in.rest();
    const auto which = static_cast<Performative>(code.value_or(0));
    const bool server = options_.server;
    if (server && which == Performative::sasl_init && !sasl_begun_) {
        take_sasl_init(fields);
    } else if (server && which == Performative::sasl_response && sasl_begun_) {
        take_sasl_response(fields);
    } else if (!server && which == Performative::sasl_mechanisms && !sasl_begun_) {
        take_sasl_mechanisms(fields);
    } else if (!server && which == Performative::sasl_outcome && sasl_begun_) {
        take_sasl_outcome(fields);
    } else {
        fail_connection(kNotAllowed, "an unexpected SASL frame");
    }
}

void Engine::take_sasl_init(Bytes fields) {
    const auto init = decode_sasl_init(fields);
    if (!init) {
        fail_connection(kDecodeError, "malformed sasl-init");
        return;
    }
    sasl_begun_ = true;
    phase_ = Phase::sasl_asking;
    const auto& offered = options_.sasl_mechanisms;
    if (std::ranges::find(offered, init->mechanism) == offered.end()) {
        write_frame(kSaslFrame, 0, sasl_outcome_body(kSaslAuth, {}));
        fail_connection(kUnauthorizedAccess,
                        "the peer chose a SASL mechanism that was not offered");
        return;
    }
    handler_.on_sasl_init(*this, init->mechanism, init->response);
}

void Engine::take_sasl_response(Bytes fields) {
    wire::Reader outer{fields};
    std::uint32_t count = 0;
    wire::Reader in = outer.list(count);
    const auto response = in.binary();
    if (!outer.ok() || !in.ok() || !response) {
        fail_connection(kDecodeError, "malformed sasl-response");
        return;
    }
    phase_ = Phase::sasl_asking;
    handler_.on_sasl_response(*this, *response);
}

void Engine::sasl_challenge(Bytes challenge) {
    if (phase_ != Phase::sasl_asking) {
        return;
    }
    write_frame(kSaslFrame, 0, sasl_challenge_body(challenge));
    phase_ = Phase::sasl;
}

void Engine::sasl_outcome(std::uint8_t code, Bytes additional_data) {
    if (phase_ != Phase::sasl_asking) {
        return;
    }
    write_frame(kSaslFrame, 0, sasl_outcome_body(code, additional_data));
    phase_ = code == kSaslOk ? Phase::amqp_header : Phase::done;
    header_sent_ = false;
}

void Engine::take_sasl_mechanisms(Bytes fields) {
    const std::string& wanted = options_.sasl_mechanisms.front();
    const auto offered = decode_sasl_mechanisms(fields);
    if (!offered) {
        fail_connection(kDecodeError, "malformed sasl-mechanisms");
        return;
    }
    if (std::ranges::find(*offered, wanted) == offered->end()) {
        fail_connection(kUnauthorizedAccess, "the peer does not offer SASL " + wanted);
        return;
    }
    sasl_begun_ = true;
    write_frame(kSaslFrame, 0, sasl_init_body(wanted, options_.sasl_response, options_.hostname));
}

void Engine::take_sasl_outcome(Bytes fields) {
    wire::Reader outer{fields};
    std::uint32_t count = 0;
    wire::Reader in = outer.list(count);
    const auto code = in.ubyte();
    if (!outer.ok() || !in.ok() || !code) {
        fail_connection(kDecodeError, "malformed sasl-outcome");
        return;
    }
    if (*code != kSaslOk) {
        fail_connection(kUnauthorizedAccess,
                        "SASL failed, the peer's outcome is " + std::to_string(*code));
        return;
    }
    phase_ = Phase::amqp_header;
    write_header(kAmqp);
    write_open();
}

}  // namespace weft::amqp
