#pragma once

#include "common/config/entity.hpp"
#include "common/config/fault.hpp"
#include "common/daemon/connection_config.hpp"

#include <string_view>

/// Listeners that other machines can reach: nobody opens one to strangers without saying so.
/// Threading: any thread (pure functions).
namespace weft::daemon {

/// Whether a listener on `host` is for this machine alone. By its text: a name other than
/// `localhost` is taken for another interface, whatever it resolves to.
bool is_loopback(std::string_view host);

/// Reports a listener that other machines can reach without TLS, or without proving who they are,
/// unless it says `insecure`. Of a qdrouterd.conf, which never had to say so, it is a warning.
/// `listener`: all its keys were read.
void check_exposure(const config::Entity& entity,
                    const ListenerConfig& listener,
                    config::Faults& faults);

}  // namespace weft::daemon
