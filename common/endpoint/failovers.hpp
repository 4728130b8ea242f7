#pragma once

#include "common/base/bytes.hpp"
#include "common/io/redial.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace weft::endpoint {

/// The property of an open that tells a client where to go when its peer is gone.
inline constexpr std::string_view kFailovers = "failover-server-list";

/// Where to go, as an open's properties (encoded) say, in order; what is odd is left out. Nothing:
/// they don't say, which is not the same as an empty list.
std::optional<std::vector<io::HostPort>> failovers_in(Bytes properties);

}  // namespace weft::endpoint
