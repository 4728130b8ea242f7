#pragma once

#include "common/daemon/connection_config.hpp"
#include "common/daemon/gate.hpp"
#include "common/security/authenticator.hpp"
#include "common/security/mechanisms.hpp"
#include "common/security/offer.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weft::daemon {

/// Decides of the peers of one listener, on any loop, by asking the gate. What needs nothing but
/// the connection is decided at once, and the gate hears of it.
/// Threading: immutable after construction, for any thread.
class GateAuthenticator final : public security::Authenticator {
public:
    /// `home`: the gate's loop, which outlives all connections.
    /// `service`: who decides instead, if not null.
    GateAuthenticator(io::Loop& home,
                      std::weak_ptr<Gate> gate,
                      const ListenerConfig& listener,
                      const std::shared_ptr<AuthService>& service);

    const std::vector<std::string>& mechanisms(const security::Protection& of) const override {
        return service_offer_ ? service_offer_->to(of) : offer_.to(of);
    }
    std::unique_ptr<security::Exchange> begin(std::string_view mechanism,
                                              const security::Peer& peer) const override;
    std::optional<security::Identity> unauthenticated() const override {
        return simple_.unauthenticated();
    }

private:
    io::Loop& home_;
    std::weak_ptr<Gate> gate_;
    std::string listener_;
    std::string plugin_;
    bool takes_certificates_ = false;  // though a service is asked of others
    std::shared_ptr<ServiceOffer> service_offer_;  // null: no service is asked
    security::Offer offer_;
    security::Mechanisms simple_;
};

}  // namespace weft::daemon
