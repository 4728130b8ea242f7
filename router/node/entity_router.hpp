#pragma once

#include "common/mgmt/source.hpp"

#include <cstdint>

namespace weft::router {

class Router;

/// The router itself. Threading: loop-confined (loop 0).
class RouterSource final : public mgmt::Source {
public:
    explicit RouterSource(Router& router) : router_{router} {}

    std::size_t size() const override { return 1; }
    void read(std::size_t offset, std::size_t count, const Visit& visit) const override;

private:
    mgmt::Attributes settings() const;
    void add_totals(mgmt::Attributes& row) const;

    Router& router_;
};

/// The routers of the mesh: this one, or none where there is no mesh.
/// Threading: loop-confined (loop 0).
class NodeSource final : public mgmt::Source {
public:
    explicit NodeSource(Router& router);

    std::size_t size() const override;
    void read(std::size_t offset, std::size_t count, const Visit& visit) const override;

private:
    Router& router_;
    std::int64_t instance_;  // when it started, seconds since 1970
};

}  // namespace weft::router
