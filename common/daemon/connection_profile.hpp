#pragma once

#include "common/daemon/connection_config.hpp"
#include "common/endpoint/connection_profile.hpp"
#include "common/wire/value.hpp"

#include <string>
#include <string_view>

namespace weft::daemon {

/// What a daemon's open tells of it.
struct Product {
    std::string container;     // unique in the mesh
    std::string_view name;     // "weft-router"
    std::string_view version;  // "0.1.0"
};

/// What the connections of a configured listener or connector have in common: sizes, times,
/// ANONYMOUS. `more` are properties of its open besides product, version and what is configured.
endpoint::ConnectionProfile listener_profile(const ListenerConfig& config,
                                             const Product& product,
                                             const wire::Map& more = {});
endpoint::ConnectionProfile connector_profile(const ConnectionConfig& config,
                                              const Product& product,
                                              const wire::Map& more = {});

/// Says in the log if peers that take only small frames don't hear all that its opens would say.
void warn_of_long_open(const endpoint::ConnectionProfile& profile);

}  // namespace weft::daemon
