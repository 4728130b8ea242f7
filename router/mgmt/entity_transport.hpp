#pragma once

#include "common/mgmt/source.hpp"

namespace weft::router {

class Router;
class Web;

/// The listeners, which can be made and deleted while the router runs.
/// Threading: loop-confined (loop 0).
class ListenerSource final : public mgmt::Source {
public:
    ListenerSource(Router& router, const Web& web, const mgmt::EntityType& type)
        : router_{router}, web_{web}, type_{type} {}

    std::size_t size() const override;
    void read(std::size_t offset, std::size_t count, const Visit& visit) const override;
    Result<mgmt::Row> create(std::string_view name, mgmt::Attributes attributes) override;
    Result<mgmt::Row> update(const std::string& identity, mgmt::Attributes changes) override;
    Result<void> remove(const std::string& identity) override;

private:
    Router& router_;
    const Web& web_;
    const mgmt::EntityType& type_;
};

/// The connectors, likewise. Threading: loop-confined (loop 0).
class ConnectorSource final : public mgmt::Source {
public:
    ConnectorSource(Router& router, const mgmt::EntityType& type) : router_{router}, type_{type} {}

    std::size_t size() const override;
    void read(std::size_t offset, std::size_t count, const Visit& visit) const override;
    Result<mgmt::Row> create(std::string_view name, mgmt::Attributes attributes) override;
    Result<mgmt::Row> update(const std::string& identity, mgmt::Attributes changes) override;
    Result<void> remove(const std::string& identity) override;

private:
    Router& router_;
    const mgmt::EntityType& type_;
};

}  // namespace weft::router
