#pragma once

#include "broker/tenure/record.hpp"

#include <string>

namespace weft::store {

/// This process, as one that may have a store; `broker`: its name in the mesh. Threading: any
/// thread.
[[nodiscard]] tenure::Holder own_process(const std::string& broker);

/// Ends the process that `holder` is, as a crash would (SIGKILL). False: it is none that this one
/// sees, or may end, or that is still there. Threading: any thread.
bool end_process(const tenure::Holder& holder);

}  // namespace weft::store
