#pragma once

#include "common/daemon/ssl_profile.hpp"
#include "common/mgmt/source.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace weft::daemon {

/// The TLS profiles, as management shows, makes and deletes them. Who uses one that is deleted
/// keeps it. Threading: loop-confined (loop 0).
class SslProfileSource final : public mgmt::Source {
public:
    /// What a request describes, read and checked. Without it none can be made.
    using Make = std::function<Result<SslProfilePtr>(std::string_view name,
                                                     const mgmt::Attributes& attributes)>;

    /// `profiles` must outlive it.
    SslProfileSource(SslProfiles& profiles, Make make)
        : profiles_{profiles}, make_{std::move(make)} {}

    std::size_t size() const override { return profiles_.all().size(); }
    void read(std::size_t offset, std::size_t count, const Visit& visit) const override;
    Result<mgmt::Row> create(std::string_view name, mgmt::Attributes attributes) override;
    Result<void> remove(const std::string& identity) override;

private:
    SslProfiles& profiles_;
    Make make_;
};

}  // namespace weft::daemon
