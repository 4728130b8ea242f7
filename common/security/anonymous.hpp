#pragma once

#include "common/security/authenticator.hpp"

namespace weft::security {

/// The mechanism that asks nothing. Spec: RFC 4505
inline constexpr const char* kAnonymous = "ANONYMOUS";

/// Lets everybody in as "anonymous", at once, by ANONYMOUS or without any SASL.
/// Threading: immutable after construction, for any thread.
class AnonymousAuthenticator final : public Authenticator {
public:
    const std::vector<std::string>& mechanisms() const override { return mechanisms_; }
    std::unique_ptr<Exchange> begin(std::string_view mechanism) const override;
    std::optional<Identity> unauthenticated() const override { return Identity{}; }

private:
    std::vector<std::string> mechanisms_{kAnonymous};
};

}  // namespace weft::security
