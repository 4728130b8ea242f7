#pragma once

#include "common/daemon/listeners.hpp"
#include "common/mgmt/source.hpp"

namespace weft::node {
class Shards;
}

namespace weft::router_mgmt {

/// The policy: that there is none, and how many connections it was asked about.
/// Threading: loop-confined (loop 0).
class PolicySource final : public mgmt::Source {
public:
    /// Both must outlive it.
    PolicySource(node::Shards& shards, const daemon::Listeners& listeners)
        : shards_{shards}, listeners_{listeners} {}

    std::size_t size() const override { return 1; }
    void read(std::size_t offset, std::size_t count, const Visit& visit) const override;

private:
    node::Shards& shards_;
    const daemon::Listeners& listeners_;
};

}  // namespace weft::router_mgmt
