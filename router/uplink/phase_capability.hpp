#pragma once

#include "router/core/address_table.hpp"
#include "router/core/link.hpp"

#include <string>

namespace weft::uplink {

/// What the terminus of a link for `key` is to say at the router of the mesh, so that it is of that
/// phase there, however the address is configured there: "qd.waypoint.2", "qd.fallback"; empty: it
/// is as any client's. `in` brings messages from the mesh.
[[nodiscard]] std::string phase_capability(const router::AddressKey& key,
                                           const router::Treatment& treatment,
                                           router::Direction direction);

}  // namespace weft::uplink
