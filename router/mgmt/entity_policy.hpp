#pragma once

#include "common/daemon/listeners.hpp"
#include "common/mgmt/source.hpp"

namespace weft::node {
class PolicyDesk;
}

namespace weft::router_mgmt {

class Survey;

/// The policy: its limits, and what was refused.
/// Threading: loop-confined (loop 0).
class PolicySource final : public mgmt::Source {
public:
    /// All must outlive it.
    PolicySource(Survey& survey, const daemon::Listeners& listeners, node::PolicyDesk& desk)
        : survey_{survey}, listeners_{listeners}, desk_{desk} {}

    std::size_t size() const override { return 1; }
    void read(std::size_t offset, std::size_t count, const Visit& visit) const override;

private:
    Survey& survey_;
    const daemon::Listeners& listeners_;
    node::PolicyDesk& desk_;
};

}  // namespace weft::router_mgmt
