#pragma once

#include "common/base/bytes.hpp"
#include "common/io/redial.hpp"

#include <string_view>
#include <vector>

namespace weft::endpoint {

/// The property of an open that tells a client where to go when its peer is gone.
inline constexpr std::string_view kFailovers = "failover-server-list";

/// Where to go, as an open's properties (encoded) say, in order; what is odd is left out.
std::vector<io::HostPort> failovers_in(Bytes properties);

}  // namespace weft::endpoint
