#pragma once

#include <cstdint>

namespace weft {

/// A router of the mesh by a small number. Each router gives out its own numbers, and gives those
/// of routers that are gone to others, so a number means nothing to anybody else.
using RouterIndex = std::uint32_t;
/// The router whose numbers they are.
inline constexpr RouterIndex kThisRouter = 0;
/// No router, or one that is not known.
inline constexpr RouterIndex kNoRouter = UINT32_MAX;

}  // namespace weft
