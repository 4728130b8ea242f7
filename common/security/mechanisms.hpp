#pragma once

#include "common/security/authenticator.hpp"
#include "common/security/offer.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weft::security {

/// The mechanism that asks nothing: everybody is "anonymous". Spec: RFC 4505
inline constexpr std::string_view kAnonymous = "ANONYMOUS";
/// The peer's certificate has said who it is. Spec: RFC 4422 §A
inline constexpr std::string_view kExternal = "EXTERNAL";

/// Whether a peer may come in without any SASL, as "anonymous".
enum class Bare : std::uint8_t { refused, taken };

/// Lets peers in by mechanisms that need nothing but the connection: ANONYMOUS, EXTERNAL.
///
/// Threading: immutable after construction, for any thread.
class Mechanisms final : public Authenticator {
public:
    /// `offered`: the best first, of these two.
    explicit Mechanisms(std::vector<std::string> offered = {std::string{kAnonymous}},
                        Bare bare = Bare::taken);

    const std::vector<std::string>& mechanisms(const Protection& of) const override {
        return offer_.to(of);
    }
    std::unique_ptr<Exchange> begin(std::string_view mechanism, const Peer& peer) const override;
    std::optional<Identity> unauthenticated() const override;

private:
    Offer offer_;
    Bare bare_;
};

}  // namespace weft::security
