#pragma once

#include "common/mgmt/source.hpp"

namespace weft::router_mgmt {

class ManagementEndpoint;
class Survey;

/// The AMQP connections, in and out. Threading: loop-confined (home's loop).
class ConnectionSource final : public mgmt::Source {
public:
    /// Both must outlive it.
    ConnectionSource(const ManagementEndpoint& endpoint, Survey& survey)
        : endpoint_{endpoint}, survey_{survey} {}

    std::size_t size() const override;
    void read(std::size_t offset, std::size_t count, const Visit& visit) const override;
    std::optional<mgmt::Row> find(mgmt::FindBy by, std::string_view value) const override;
    /// adminStatus "deleted" expels its peer, enableProtocolTrace logs its frames.
    Result<mgmt::Row> update(const std::string& identity, mgmt::Attributes changes) override;

private:
    Result<void> check_requester() const;

    const ManagementEndpoint& endpoint_;
    Survey& survey_;
};

}  // namespace weft::router_mgmt
