#pragma once

#include "common/mgmt/source.hpp"
#include "router/core/core.hpp"

namespace weft::router {

/// The links of clients; those of services in process are not shown.
/// Threading: loop-confined (loop 0).
class LinkSource final : public mgmt::Source {
public:
    explicit LinkSource(const Core& core) : core_{core} {}

    std::size_t size() const override { return core_.client_links().size(); }
    void read(std::size_t offset, std::size_t count, const Visit& visit) const override;
    std::optional<mgmt::Row> find(mgmt::Key key, std::string_view value) const override;

private:
    mgmt::Row row(const Link& link) const;

    const Core& core_;
};

/// The addresses that somebody uses, those of services in process included.
/// Threading: loop-confined (loop 0).
class AddressSource final : public mgmt::Source {
public:
    explicit AddressSource(const Core& core) : core_{core} {}

    std::size_t size() const override { return core_.addresses().size(); }
    void read(std::size_t offset, std::size_t count, const Visit& visit) const override;
    std::optional<mgmt::Row> find(mgmt::Key key, std::string_view value) const override;

private:
    const Core& core_;
};

}  // namespace weft::router
