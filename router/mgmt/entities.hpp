#pragma once

#include "common/mgmt/agent.hpp"

#include <memory>

namespace weft::router {

class Router;
class Web;

/// What management shows of a router: registers a source for each entity type with `agent`.
/// Threading: loop-confined (loop 0).
class Entities {
public:
    /// All must outlive it.
    Entities(Router& router, mgmt::Agent& agent, const Web& web);
    ~Entities();

private:
    struct Sources;

    std::unique_ptr<Sources> sources_;
};

}  // namespace weft::router
