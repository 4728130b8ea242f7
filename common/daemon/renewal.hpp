#pragma once

#include "common/config/file_reader.hpp"
#include "common/daemon/connectors.hpp"
#include "common/daemon/listeners.hpp"
#include "common/daemon/ssl_profile.hpp"

namespace weft::daemon {

/// Reads the texts of all TLS profiles anew, and gives them to the listeners and connectors that
/// use them, for connections to come; those that stand go on as they are. A profile whose texts
/// can't be read, or don't do, stays as it was. The log tells of each. Threading: on loop 0.
void renew_certificates(SslProfiles& profiles,
                        Listeners& listeners,
                        Connectors& connectors,
                        const config::FileReader& reader = config::read_regular_file);

}  // namespace weft::daemon
