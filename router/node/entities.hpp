#pragma once

#include <memory>

namespace weft::router {

class Router;

/// What management shows of a router: registers a source for each entity type with its agent.
/// Threading: loop-confined (loop 0).
class Entities {
public:
    /// `router` must outlive it.
    explicit Entities(Router& router);
    ~Entities();

private:
    struct Sources;

    std::unique_ptr<Sources> sources_;
};

}  // namespace weft::router
