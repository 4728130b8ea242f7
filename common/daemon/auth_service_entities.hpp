#pragma once

#include "common/daemon/auth_service_section.hpp"
#include "common/mgmt/source.hpp"

#include <vector>

namespace weft::daemon {

/// The authentication services, as management shows them. Threading: loop-confined (loop 0).
class AuthServiceSource final : public mgmt::Source {
public:
    /// `services` must outlive it.
    explicit AuthServiceSource(const std::vector<AuthServiceConfig>& services)
        : services_{services} {}

    std::size_t size() const override { return services_.size(); }
    void read(std::size_t offset, std::size_t count, const Visit& visit) const override;

private:
    const std::vector<AuthServiceConfig>& services_;
};

}  // namespace weft::daemon
