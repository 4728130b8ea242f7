#pragma once

#include "common/mgmt/source.hpp"
#include "router/node/connectors.hpp"
#include "router/node/listeners.hpp"

namespace weft::router {

/// The listeners, which can be made and deleted while the router runs.
/// Threading: loop-confined (loop 0).
class ListenerSource final : public mgmt::Source {
public:
    ListenerSource(Listeners& listeners, const mgmt::EntityType& type)
        : listeners_{listeners}, type_{type} {}

    std::size_t size() const override { return listeners_.all().size(); }
    void read(std::size_t offset, std::size_t count, const Visit& visit) const override;
    Result<mgmt::Row> create(std::string_view name, mgmt::Attributes attributes) override;
    Result<void> remove(const std::string& identity) override;

private:
    Listeners& listeners_;
    const mgmt::EntityType& type_;
};

/// The connectors, likewise. Threading: loop-confined (loop 0).
class ConnectorSource final : public mgmt::Source {
public:
    ConnectorSource(Connectors& connectors, const mgmt::EntityType& type)
        : connectors_{connectors}, type_{type} {}

    std::size_t size() const override { return connectors_.all().size(); }
    void read(std::size_t offset, std::size_t count, const Visit& visit) const override;
    Result<mgmt::Row> create(std::string_view name, mgmt::Attributes attributes) override;
    Result<void> remove(const std::string& identity) override;

private:
    Connectors& connectors_;
    const mgmt::EntityType& type_;
};

}  // namespace weft::router
