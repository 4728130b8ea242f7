#include "router/mgmt/management_nodes.hpp"

#include "router/node/router.hpp"

#include <string_view>

namespace weft::router_mgmt {
namespace {

std::string management_address(std::string_view id) {
    // Clients cut this text apart: the scheme away, then the fourth part is the router's name.
    return "amqp:/_topo/0/" + std::string{id} + "/$management";
}

}  // namespace

std::vector<std::string> management_nodes(const node::Router& router) {
    std::vector<std::string> addresses{management_address(router.config().id)};
    if (router.mesh() == nullptr) {
        return addresses;
    }
    for (const linkstate::RouterNode& node : router.mesh()->state().nodes()) {
        if (node.index != kThisRouter && node.path) {
            addresses.push_back(management_address(node.id));
        }
    }
    return addresses;
}

}  // namespace weft::router_mgmt
