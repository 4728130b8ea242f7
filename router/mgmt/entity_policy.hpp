#pragma once

#include "common/mgmt/source.hpp"

namespace weft::router {

class Router;

/// The policy: that there is none, and how many connections it was asked about.
/// Threading: loop-confined (loop 0).
class PolicySource final : public mgmt::Source {
public:
    explicit PolicySource(Router& router) : router_{router} {}

    std::size_t size() const override { return 1; }
    void read(std::size_t offset, std::size_t count, const Visit& visit) const override;

private:
    Router& router_;
};

}  // namespace weft::router
