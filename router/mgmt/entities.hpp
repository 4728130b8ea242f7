#pragma once

#include "common/daemon/web.hpp"
#include "common/mgmt/agent.hpp"

#include <memory>

namespace weft::node {
class Router;
}

namespace weft::router_mgmt {

class ManagementEndpoint;
class Survey;

/// What management shows of a router: registers a source for each entity type with `agent`.
/// Threading: loop-confined (loop 0).
class Entities {
public:
    /// All must outlive it.
    Entities(node::Router& router,
             mgmt::Agent& agent,
             const daemon::Web& web,
             Survey& survey,
             const ManagementEndpoint& endpoint);
    ~Entities();

private:
    struct Sources;

    std::unique_ptr<Sources> sources_;
};

}  // namespace weft::router_mgmt
