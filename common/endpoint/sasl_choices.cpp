#include "common/endpoint/sasl_choices.hpp"

#include "common/base/base64.hpp"
#include "common/io/process.hpp"
#include "common/security/plain.hpp"
#include "common/security/scram.hpp"

#include <memory>

namespace weft::endpoint {
namespace {

/// The server may prove itself by a last challenge or by what comes with its consent.
/// Spec: RFC 4422 §5, RFC 5802 §5
class ScramSasl final : public amqp::SaslClient {
public:
    ScramSasl(security::Digest digest, const Credentials& credentials, std::uint32_t iterations_max)
        : client_{digest, credentials.user, credentials.password, base64(io::random_bytes()),
                  {},     iterations_max} {}

    Buffer initial_response() override { return bytes_of(client_.first()); }
    tl::expected<Buffer, std::string> answer(Bytes challenge) override {
        if (client_.confirm(as_text(challenge))) {
            return Buffer{};
        }
        return client_.answer(as_text(challenge)).map(bytes_of);
    }
    bool confirm(Bytes data) override {
        return (data.empty() && client_.confirmed()) || client_.confirm(as_text(data));
    }

private:
    static Buffer bytes_of(const std::string& text) { return {text.begin(), text.end()}; }

    security::ScramClient client_;
};

}  // namespace

amqp::SaslChoice sasl_choice(std::string_view mechanism,
                             const Credentials& credentials,
                             std::uint32_t iterations_max) {
    std::string name{mechanism};
    if (const auto digest = security::digest_of_scram(mechanism)) {
        return {.mechanism = std::move(name),
                .begin = [digest = *digest, credentials, iterations_max] {
                    return std::make_unique<ScramSasl>(digest, credentials, iterations_max);
                }};
    }
    const bool plain = mechanism == security::kPlain;
    return amqp::sasl_at_once(
        std::move(name),
        plain ? security::plain_message(credentials.user, credentials.password) : Buffer{});
}

}  // namespace weft::endpoint
