#pragma once

#include "common/base/bytes.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace weft::amqp {

/// How a client proves who it is: one SASL mechanism, for one exchange.
/// Threading: loop-confined. Spec: AMQP 1.0 §5.3.2
class SaslClient {
public:
    virtual ~SaslClient() = default;

    /// "PLAIN", "SCRAM-SHA-256", …
    virtual std::string_view mechanism() const = 0;
    /// Sent with the choice of the mechanism; may be empty.
    virtual Buffer initial_response() = 0;
    /// The answer to a challenge; nothing: the server asks what can't be answered, or has not
    /// proved what it must. The connection then ends.
    virtual std::optional<Buffer> answer([[maybe_unused]] Bytes challenge) { return std::nullopt; }
    /// The server is content and said `data` with it, often nothing. False: this side is not.
    virtual bool confirm([[maybe_unused]] Bytes data) { return true; }
};

/// A mechanism that says all with its first word: ANONYMOUS, PLAIN, EXTERNAL. Holds no state, so
/// connections may share one.
class SaslAtOnce final : public SaslClient {
public:
    explicit SaslAtOnce(std::string mechanism, Buffer response = {})
        : mechanism_{std::move(mechanism)}, response_{std::move(response)} {}

    std::string_view mechanism() const override { return mechanism_; }
    Buffer initial_response() override { return response_; }

private:
    std::string mechanism_;
    Buffer response_;
};

inline std::shared_ptr<SaslClient> sasl_at_once(std::string mechanism, Buffer response = {}) {
    return std::make_shared<SaslAtOnce>(std::move(mechanism), std::move(response));
}

}  // namespace weft::amqp
