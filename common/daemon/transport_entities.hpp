#pragma once

#include "common/daemon/connectors.hpp"
#include "common/daemon/listeners.hpp"
#include "common/daemon/web.hpp"
#include "common/mgmt/source.hpp"

#include <functional>

/// Listeners and connectors, as management shows and changes them.
/// Threading: loop-confined (loop 0).
namespace weft::daemon {

/// How a daemon makes an entity that a request describes, and changes one that stands. The
/// attributes come as mgmt::Source has them. Without these a request is refused.
template <class Open>
struct Changes {
    std::function<Result<const Open*>(std::string_view name, const mgmt::Attributes& attributes)>
        create{};
    std::function<Result<void>(const Open& open, const mgmt::Attributes& changes)> update{};
};

/// The listeners, which can be made and deleted while the daemon runs.
class ListenerSource final : public mgmt::Source {
public:
    /// All must outlive it.
    ListenerSource(Listeners& listeners, const Web& web, Changes<OpenListener> changes)
        : listeners_{listeners}, web_{web}, changes_{std::move(changes)} {}

    std::size_t size() const override;
    void read(std::size_t offset, std::size_t count, const Visit& visit) const override;
    Result<mgmt::Row> create(std::string_view name, mgmt::Attributes attributes) override;
    Result<mgmt::Row> update(const std::string& identity, mgmt::Attributes changes) override;
    Result<void> remove(const std::string& identity) override;

private:
    mgmt::Row row(const OpenListener& open) const;

    Listeners& listeners_;
    const Web& web_;
    Changes<OpenListener> changes_;
};

/// The connectors, likewise.
class ConnectorSource final : public mgmt::Source {
public:
    ConnectorSource(Connectors& connectors, Changes<OpenConnector> changes)
        : connectors_{connectors}, changes_{std::move(changes)} {}

    std::size_t size() const override;
    void read(std::size_t offset, std::size_t count, const Visit& visit) const override;
    Result<mgmt::Row> create(std::string_view name, mgmt::Attributes attributes) override;
    Result<mgmt::Row> update(const std::string& identity, mgmt::Attributes changes) override;
    Result<void> remove(const std::string& identity) override;

private:
    Connectors& connectors_;
    Changes<OpenConnector> changes_;
};

}  // namespace weft::daemon
