#pragma once

#include "tools/weft/connection/options.hpp"
#include "tools/weft/management/client.hpp"

#include <memory>
#include <string>
#include <vector>

namespace weft::tools {

/// The broker of `addresses` (a router's entities) whose queue is meant: the one that keeps the
/// address, or else the only one that there is. Throws Failure, which says how to name one.
std::string broker_of(const std::vector<Entity>& addresses, const std::string& queue);

/// A client of the broker that keeps a queue: of `management` itself if that is a broker's, else
/// of the one to which the router leads. Throws Failure.
std::unique_ptr<ManagementClient> find_broker(const ConnectionOptions& options,
                                              const std::string& management,
                                              const std::string& queue);

}  // namespace weft::tools
