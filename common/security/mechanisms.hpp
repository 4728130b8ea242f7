#pragma once

#include "common/security/authenticator.hpp"

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
/// EXTERNAL is offered to peers whose certificate names a user; to others it is where there is
/// nothing else to offer, so that they are refused in good order.
/// Threading: immutable after construction, for any thread.
class Mechanisms final : public Authenticator {
public:
    /// `offered`: the best first, of these two.
    explicit Mechanisms(std::vector<std::string> offered = {std::string{kAnonymous}},
                        Bare bare = Bare::taken);

    const std::vector<std::string>& mechanisms(const Protection& of) const override {
        return of.peer_user.empty() ? uncertified_ : offered_;
    }
    std::unique_ptr<Exchange> begin(std::string_view mechanism,
                                    const Protection& of) const override;
    std::optional<Identity> unauthenticated() const override;

private:
    std::vector<std::string> offered_;
    std::vector<std::string> uncertified_;
    Bare bare_;
};

}  // namespace weft::security
