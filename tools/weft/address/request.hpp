#pragma once

#include "tools/weft/address/options.hpp"
#include "tools/weft/management/client.hpp"

namespace weft::tools {

// The requests of `weft address`. What the router can judge better is left to it.
// Threading: any thread (pure functions).

/// A new entry. Throws Failure if type and distribution can't be.
Request create_request(const AddressArguments& arguments);

/// Changes `entry`. Throws Failure if nothing would change.
Request update_request(const AddressArguments& arguments, const Entity& entry);

Request delete_request(const Entity& entry);

}  // namespace weft::tools
