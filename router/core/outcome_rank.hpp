#pragma once

#include "common/base/bytes.hpp"

namespace weft::router {

/// Which of several consumers' outcomes a producer hears, the highest: rejected before accepted
/// before modified before released before that it is too large for all. 0: no outcome.
[[nodiscard]] int rank_of(Bytes outcome);

}  // namespace weft::router
