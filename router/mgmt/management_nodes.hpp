#pragma once

#include <string>
#include <vector>

namespace weft::router {

class Router;

/// Addresses of the management agents of all routers that can be reached, this one's first, as
/// GET-MGMT-NODES answers them. Threading: loop-confined (home's loop).
std::vector<std::string> management_nodes(const Router& router);

}  // namespace weft::router
