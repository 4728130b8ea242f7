#pragma once

#include "common/daemon/web.hpp"
#include "common/mgmt/agent.hpp"
#include "router/mgmt/management_endpoint.hpp"
#include "router/mgmt/other_loops.hpp"
#include "router/mgmt/scraper.hpp"
#include "router/mgmt/survey.hpp"

#include <memory>
#include <string>
#include <vector>

namespace weft::node {
class Router;
}

namespace weft::router_mgmt {

class Entities;

/// All that shows and changes a router from outside: the management agent and its entities, reached
/// by `$management`, and the web.
/// Threading: loop-confined (home's loop).
class Management final {
public:
    /// `router`, not started yet, must outlive it.
    explicit Management(node::Router& router);
    ~Management();

    /// The numbers, and the page /metrics.
    Scraper& scraper() { return scraper_; }
    mgmt::Agent& agent() { return agent_; }
    ManagementEndpoint& endpoint() { return endpoint_; }
    const daemon::Web& web() const { return web_; }
    /// What /healthz calls degraded, each in words; empty: nothing is.
    std::vector<std::string> problems() const;

private:
    node::Router& router_;
    OtherLoops loops_;
    Survey survey_;
    mgmt::Agent agent_;
    ManagementEndpoint endpoint_;
    daemon::Web web_;
    Scraper scraper_;
    std::unique_ptr<Entities> entities_;
};

}  // namespace weft::router_mgmt
