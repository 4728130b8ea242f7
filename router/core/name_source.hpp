#pragma once

#include <array>
#include <cstdint>
#include <functional>

namespace weft::router {

/// What names of dynamic addresses are made of: 128 bits a name. Whoever can foretell them can
/// take what is sent to somebody else's, so a router's come from the system; the same ones each
/// time are for tests.
using NameSource = std::function<std::array<std::uint8_t, 16>()>;

}  // namespace weft::router
