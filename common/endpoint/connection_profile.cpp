#include "common/endpoint/connection_profile.hpp"

#include <utility>

namespace weft::endpoint {

void ConnectionProfile::authenticate_by(std::shared_ptr<const security::Authenticator> decides) {
    authenticator = std::move(decides);
    engine.sasl_mechanisms = authenticator->mechanisms({});
    engine.require_sasl = !authenticator->unauthenticated();
}

}  // namespace weft::endpoint
