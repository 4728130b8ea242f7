#include "common/endpoint/sasl_choices.hpp"

#include "common/base/base64.hpp"
#include "common/io/process.hpp"
#include "common/security/plain.hpp"
#include "common/security/scram.hpp"

#include <memory>
#include <optional>

namespace weft::endpoint {
namespace {

/// The server may prove itself by a last challenge or by what comes with its consent.
/// Spec: RFC 4422 §5, RFC 5802 §5
class ScramSasl final : public amqp::SaslClient {
public:
    ScramSasl(security::Digest digest, const Credentials& credentials)
        : client_{digest, credentials.user, credentials.password, base64(io::random_bytes())} {}

    Buffer initial_response() override { return bytes_of(client_.first()); }
    std::optional<Buffer> answer(Bytes challenge) override {
        if (client_.confirm(as_text(challenge))) {
            return Buffer{};
        }
        const auto last = client_.answer(as_text(challenge));
        return last ? std::optional{bytes_of(*last)} : std::nullopt;
    }
    bool confirm(Bytes data) override {
        return (data.empty() && client_.confirmed()) || client_.confirm(as_text(data));
    }

private:
    static Buffer bytes_of(const std::string& text) { return {text.begin(), text.end()}; }

    security::ScramClient client_;
};

}  // namespace

amqp::SaslChoice sasl_choice(std::string_view mechanism, const Credentials& credentials) {
    std::string name{mechanism};
    if (const auto digest = security::digest_of_scram(mechanism)) {
        return {.mechanism = std::move(name), .begin = [digest = *digest, credentials] {
                    return std::make_unique<ScramSasl>(digest, credentials);
                }};
    }
    const bool plain = mechanism == security::kPlain;
    return amqp::sasl_at_once(
        std::move(name),
        plain ? security::plain_message(credentials.user, credentials.password) : Buffer{});
}

}  // namespace weft::endpoint
