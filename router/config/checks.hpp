#pragma once

#include "common/config/document.hpp"
#include "common/config/entity.hpp"
#include "common/config/fault.hpp"
#include "router/config/router_config.hpp"

#include <vector>

namespace weft::router_config {

/// What entities must not do to one another: share a name, a port, the addresses they mean, or
/// connect to other routers where the router has no mesh.
/// Each fault is at the later entity and names the earlier.
void check_document(const config::Document& document, config::Faults& faults);

/// Of those: link routes and auto-links that an address with brokers collides with.
void check_storages(const config::Document& document, config::Faults& faults);

/// Of those: exchanges and auto-links at addresses whose links a link route takes.
void check_taken_links(const config::Document& document, config::Faults& faults);

/// The vhosts, in the order in which the router is to know them, and who names one.
void check_policy(const config::Document& document,
                  const std::vector<const config::Entity*>& vhosts,
                  const RouterConfig& config,
                  config::Faults& faults);

}  // namespace weft::router_config
