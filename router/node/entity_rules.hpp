#pragma once

#include "common/mgmt/source.hpp"
#include "router/core/core.hpp"

namespace weft::router {

/// The configured addresses, most specific first. Those of the configuration file stay; others can
/// be made and deleted while the router runs. Threading: loop-confined (loop 0).
class AddressRuleSource final : public mgmt::Source {
public:
    AddressRuleSource(Core& core, const mgmt::EntityType& type) : core_{core}, type_{type} {}

    std::size_t size() const override { return core_.rules().all().size(); }
    void read(std::size_t offset, std::size_t count, const Visit& visit) const override;
    Result<mgmt::Row> create(std::string_view name, mgmt::Attributes attributes) override;
    Result<void> remove(const std::string& identity) override;

private:
    const AddressRule* rule(std::uint64_t id) const;

    Core& core_;
    const mgmt::EntityType& type_;
};

}  // namespace weft::router
