#pragma once

#include "common/base/bytes.hpp"
#include "common/security/identity.hpp"
#include "common/security/protection.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace weft::security {

/// More is asked of the peer, which answers with another response.
struct Challenge {
    Buffer data;
};

/// Why a peer is not let in. Spec: AMQP 1.0 §5.3.3.6
enum class Refusal : std::uint8_t {
    credentials,  // they are wrong, or may not be used here
    system,       // for a reason that is not the peer's
    permanent,    // as `system`, and trying again is no use
    temporary,    // as `system`, and trying again may help
};

/// The peer is known.
struct Acceptance {
    Identity identity;
    Buffer data{};  // what the mechanism says with it, often nothing. Spec: RFC 4422 §4.3
};

/// What comes of one response.
using Answer = std::variant<Challenge, Acceptance, Refusal>;

/// The connection that an exchange is held over.
struct Peer {
    const Protection& protection;
    /// Its address without the port: what it does wrong is counted by it.
    std::string_view host;
    /// Runs a function in a turn of the connection's loop. It outlives the connection; any thread.
    std::function<void(std::function<void()>)> run_there;
};

/// The authentication of one peer, by one mechanism: responses in, answers out.
///
/// Destroying it gives it up: no answer comes after that. It is not destroyed from within its own
/// calls or the answers that it gives.
/// Threading: loop-confined (the peer's connection's).
class Exchange {
public:
    using Done = std::function<void(Answer answer)>;

    virtual ~Exchange() = default;

    /// The first response comes with the choice of the mechanism and may be empty; each further one
    /// follows a Challenge. Calls `done` once for it, within the call or later, on the same loop.
    /// `response` dies with the call.
    virtual void respond(Bytes response, Done done) = 0;
};

/// Decides who a peer is: the one door for peers of AMQP, MQTT and HTTP alike.
/// Threading: immutable after construction, for any thread.
class Authenticator {
public:
    virtual ~Authenticator() = default;

    /// SASL mechanisms to offer to a peer whose connection is so protected, the best first.
    virtual const std::vector<std::string>& mechanisms(const Protection& of) const = 0;
    /// A peer chose `mechanism`, which is one of those offered. `peer` dies with the call.
    virtual std::unique_ptr<Exchange> begin(std::string_view mechanism, const Peer& peer) const = 0;
    /// Who a peer is that speaks without authentication; nothing: it is not let in.
    virtual std::optional<Identity> unauthenticated() const = 0;
};

}  // namespace weft::security
