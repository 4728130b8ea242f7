#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace weft::security {

/// Why a peer was not let in, as operators hear it; the peer itself never does.
enum class LoginFault : std::uint8_t {
    user,         // there is no such user
    password,     // it is another's, or the proof of one
    limited,      // too many were wrong before
    busy,         // too many passwords are to be checked
    malformed,    // what came is none of the mechanism's messages
    identity,     // it wants to act for somebody else
    binding,      // the exchange is not tied to this TLS connection, as it says
    certificate,  // it showed none, or one that names nobody
    token,        // no key that is known has signed it
    expired,      // its token is good no more, or not yet
    claims,       // its token is another issuer's, for another audience, or names nobody
    service,      // the authentication service does not let it in
    unreachable,  // the authentication service did not answer, or not as one
};
inline constexpr std::size_t kLoginFaults = 13;
/// "user": as metrics call it.
std::string_view name_of(LoginFault fault);
/// "there is no such user": as the log says it.
std::string_view text_of(LoginFault fault);

/// What lets such a peer in; empty: there is no rule.
std::string_view remedy_of(LoginFault fault);

/// The mechanisms by which peers come in, in the order of the best, and of which metrics tell.
inline constexpr std::array<std::string_view, 6> kMechanisms{
    "EXTERNAL", "SCRAM-SHA-512", "SCRAM-SHA-256", "OAUTHBEARER", "PLAIN", "ANONYMOUS"};

/// How many came in, and why others did not, by mechanism. Threading: not shared.
class LoginTally {
public:
    using Faults = std::array<std::uint64_t, kLoginFaults>;

    /// Mechanisms that are none of kMechanisms are not counted.
    void count_in(std::string_view mechanism);
    void count(std::string_view mechanism, LoginFault fault);

    /// By the index of kMechanisms.
    std::uint64_t in(std::size_t mechanism) const { return in_[mechanism]; }
    const Faults& faults(std::size_t mechanism) const { return faults_[mechanism]; }

private:
    std::array<std::uint64_t, kMechanisms.size()> in_{};
    std::array<Faults, kMechanisms.size()> faults_{};
};

}  // namespace weft::security
