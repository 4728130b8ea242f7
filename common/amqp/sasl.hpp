#pragma once

#include "common/base/bytes.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Bodies of SASL frames. Decoders take the bytes after the descriptor; nothing: malformed.
/// Spec: AMQP 1.0 §5.3.3
namespace weft::amqp {

inline constexpr std::uint8_t kSaslOk = 0;
inline constexpr std::uint8_t kSaslAuth = 1;

struct SaslInit {
    std::string_view mechanism;
    Bytes response;
};

struct SaslOutcome {
    std::uint8_t code = kSaslOk;
    Bytes additional_data;
};

std::optional<SaslInit> decode_sasl_init(Bytes fields);
/// What a sasl-challenge or a sasl-response carries.
std::optional<Bytes> decode_sasl_data(Bytes fields);
std::optional<SaslOutcome> decode_sasl_outcome(Bytes fields);
std::optional<std::vector<std::string_view>> decode_sasl_mechanisms(Bytes fields);

Buffer sasl_mechanisms_body(const std::vector<std::string>& offered);
Buffer sasl_init_body(std::string_view mechanism, Bytes response, std::string_view hostname);
Buffer sasl_challenge_body(Bytes challenge);
Buffer sasl_response_body(Bytes response);
Buffer sasl_outcome_body(std::uint8_t code, Bytes additional_data);

}  // namespace weft::amqp
