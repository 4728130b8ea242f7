#pragma once

#include "common/config/keys.hpp"
#include "common/mgmt/catalogue.hpp"

namespace weft::daemon {

/// The entity types that every daemon serves: log, logStats, listener, connector, connection. What
/// is configured of the first, third and fourth comes from the sections of `table`, which lives as
/// long as the program; what is read is told here.
[[nodiscard]] mgmt::Catalogue common_catalogue(const config::KeyTable& table);

}  // namespace weft::daemon
