#pragma once

#include <string>
#include <vector>

namespace weft::node {
class Router;
}

namespace weft::router_mgmt {

/// Addresses of the management agents of all routers that can be reached, this one's first, as
/// GET-MGMT-NODES answers them. Threading: loop-confined (home's loop).
std::vector<std::string> management_nodes(const node::Router& router);

}  // namespace weft::router_mgmt
