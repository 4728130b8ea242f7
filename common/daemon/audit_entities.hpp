#pragma once

#include "common/daemon/audit.hpp"
#include "common/mgmt/change.hpp"
#include "common/mgmt/source.hpp"

namespace weft::daemon {

/// Who logged in, and who changed what, the last of it. Threading: loop-confined (loop 0).
class AuditSource final : public mgmt::Source {
public:
    std::size_t size() const override;
    void read(std::size_t offset, std::size_t count, const Visit& visit) const override;
};

/// What was asked of management, as the audit has it.
AuditEvent event_of(const mgmt::Change& change);

}  // namespace weft::daemon
