#pragma once

#include "common/mgmt/source.hpp"

namespace weft::daemon {

/// What was refused of peers, the last of it (io::refusals). Threading: loop-confined (loop 0).
class RefusalSource final : public mgmt::Source {
public:
    std::size_t size() const override;
    void read(std::size_t offset, std::size_t count, const Visit& visit) const override;
};

}  // namespace weft::daemon
