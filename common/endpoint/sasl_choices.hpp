#pragma once

#include "common/amqp/sasl_client.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace weft::endpoint {

/// Who a client says it is, where a mechanism wants a name and a password.
struct Credentials {
    std::string user{};
    std::string password{};
};

/// `mechanism` as a client speaks it: one of security::kMechanisms. PLAIN and SCRAM need
/// credentials that are prepared (common/security/prepared.hpp); the others leave them.
/// Answering SCRAM holds up the loop, as the server asks, but for no more than `iterations_max`
/// (kIterationsOnLoopMax: some 40 ms).
amqp::SaslChoice sasl_choice(std::string_view mechanism,
                             const Credentials& credentials,
                             std::uint32_t iterations_max);

}  // namespace weft::endpoint
