#pragma once

#include "common/base/bytes.hpp"
#include "common/security/verifier.hpp"

#include <tl/expected.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// SCRAM by messages: a password is proved and not shown, and the server proves that it knows it.
///
///     client                                                   server
///     first()     n,,n=USER,r=NONCE             ──────────▶    opening_in, ScramServer
///     answer()    ◀──────  r=NONCE+MORE,s=SALT,i=ITERATIONS    challenge()
///                 c=biws,r=NONCE+MORE,p=PROOF   ──────────▶    finish()
///     confirm()   ◀──────────────────────────  v=SIGNATURE
///
/// Nonces and channel bindings are arguments. Spec: RFC 5802 §5 to §7, RFC 7677
namespace weft::security {

/// Bytes of a nonce that a peer may choose; a challenge has to fit into a SASL frame of AMQP.
inline constexpr std::size_t kNonceMax = 128;
/// Bytes of one message.
inline constexpr std::size_t kScramMessageMax = 1024;

/// What ties an exchange to the TLS connection that it is held over. Spec: RFC 5056
struct ChannelBinding {
    std::string type{};  // "tls-exporter"; empty: none
    Buffer data{};
};

/// A client's first message.
struct ScramOpening {
    enum class Binding : std::uint8_t {
        none,       // n: it has none
        unoffered,  // y: it has one, and believes that the server has none
        used,       // p
    };
    Binding binding = Binding::none;
    std::string binding_type{};  // of `used`
    std::string authorize{};     // whom it wants to act for; empty: itself
    std::string user{};
    std::string nonce{};
    std::string header{};  // of GS2, which comes again in the end
    std::string bare{};    // the rest of the message
};
/// Nothing: it is none.
std::optional<ScramOpening> opening_in(std::string_view message);

/// Why a client is not let in.
enum class ScramFault : std::uint8_t {
    malformed,  // its message is none, or of another exchange
    binding,    // of another TLS connection, or of none
    proof,      // it does not know the password
};

/// The server's side of one exchange. Threading: not shared.
class ScramServer {
public:
    /// `nonce`: printable and without commas, long enough to be foretold by nobody.
    ScramServer(ScramOpening opening,
                Verifier verifier,
                std::string_view nonce,
                ChannelBinding binding = {});

    const ScramOpening& opening() const { return opening_; }
    const std::string& challenge() const { return challenge_; }
    /// What proves the server to the client, for its last message; or why that is refused.
    tl::expected<std::string, ScramFault> finish(std::string_view message) const;

private:
    ScramOpening opening_;
    Verifier verifier_;
    ChannelBinding binding_;
    std::string nonce_;  // of both
    std::string challenge_;
};

/// The client's side of one exchange. Threading: not shared.
class ScramClient {
public:
    /// `user` and `password` are prepared; `nonce` as for the server. It does no more iterations
    /// than `iterations_max`.
    ScramClient(Digest digest,
                std::string_view user,
                std::string password,
                std::string nonce,
                ChannelBinding binding = {},
                std::uint32_t iterations_max = kIterationsMax);
    ~ScramClient();
    ScramClient(const ScramClient&) = delete;
    ScramClient& operator=(const ScramClient&) = delete;

    std::string first() const { return header_ + bare_; }
    /// The last message, for the server's challenge. Costs its iterations. Or, for a person: the
    /// challenge is none, or asks for too few iterations or too many.
    tl::expected<std::string, std::string> answer(std::string_view challenge);
    /// Whether the server's last message proves that it knows the password's verifier.
    bool confirm(std::string_view message);
    bool confirmed() const { return confirmed_; }

private:
    Digest digest_;
    std::string password_;
    std::string nonce_;
    ChannelBinding binding_;
    std::uint32_t iterations_max_;
    std::string header_;
    std::string bare_;
    Buffer signature_{};  // that the server must show; empty before its challenge
    bool confirmed_ = false;
};

}  // namespace weft::security
