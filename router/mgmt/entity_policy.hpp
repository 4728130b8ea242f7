#pragma once

#include "common/daemon/listeners.hpp"
#include "common/mgmt/source.hpp"

namespace weft::router_mgmt {

class Survey;

/// The policy: that there is none, and how many connections it was asked about.
/// Threading: loop-confined (loop 0).
class PolicySource final : public mgmt::Source {
public:
    /// Both must outlive it.
    PolicySource(Survey& survey, const daemon::Listeners& listeners)
        : survey_{survey}, listeners_{listeners} {}

    std::size_t size() const override { return 1; }
    void read(std::size_t offset, std::size_t count, const Visit& visit) const override;

private:
    Survey& survey_;
    const daemon::Listeners& listeners_;
};

}  // namespace weft::router_mgmt
