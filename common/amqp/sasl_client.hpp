#pragma once

#include "common/base/bytes.hpp"
#include "common/base/result.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace weft::amqp {

/// How a client proves who it is: one exchange by one SASL mechanism.
/// Threading: loop-confined. Spec: AMQP 1.0 §5.3.2
class SaslClient {
public:
    virtual ~SaslClient() = default;

    /// Sent with the choice of the mechanism; may be empty.
    virtual Buffer initial_response() = 0;
    /// The answer to a challenge; or, for a person, why it can't be answered, or what the server
    /// has not proved. The connection then ends.
    virtual tl::expected<Buffer, std::string> answer([[maybe_unused]] Bytes challenge) {
        return tl::unexpected<std::string>("the peer's SASL challenge can't be answered");
    }
    /// True: the challenge was heard, and is answered later by Engine::sasl_word. False:
    /// `answer` is asked.
    virtual bool hear([[maybe_unused]] Bytes challenge) { return false; }
    /// The server is not content: the code of its outcome. Spec: AMQP 1.0 §5.3.3.6
    virtual void refused([[maybe_unused]] std::uint8_t code) {}
    /// The server is content and said `data` with it, often nothing. False: this side is not.
    virtual bool confirm([[maybe_unused]] Bytes data) { return true; }
};

/// A mechanism that a client may choose: "PLAIN", "SCRAM-SHA-256", …
/// Threading: immutable, for any thread, as far as `begin` is.
struct SaslChoice {
    std::string mechanism;
    /// What it says in one exchange.
    std::function<std::unique_ptr<SaslClient>()> begin;
};

/// A mechanism that says all with its first word: ANONYMOUS, PLAIN, EXTERNAL.
class SaslAtOnce final : public SaslClient {
public:
    explicit SaslAtOnce(Buffer response = {}) : response_{std::move(response)} {}

    Buffer initial_response() override { return response_; }

private:
    Buffer response_;
};

inline SaslChoice sasl_at_once(std::string mechanism, Buffer response = {}) {
    return {.mechanism = std::move(mechanism), .begin = [response = std::move(response)] {
                return std::make_unique<SaslAtOnce>(response);
            }};
}

}  // namespace weft::amqp
