#pragma once

#include "broker/config/broker_config.hpp"
#include "broker/node/forwarder.hpp"
#include "broker/node/queues.hpp"
#include "broker/node/topics.hpp"
#include "common/base/time.hpp"
#include "common/daemon/metrics_writer.hpp"
#include "common/mgmt/source.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace weft::broker_mgmt {

/// The entity types "broker" and "store": what is configured of each, and how it is.
mgmt::EntityType broker_type();
mgmt::EntityType store_type();

/// The one entity of its type, as `row` makes it. Threading: loop-confined.
class OneSource final : public mgmt::Source {
public:
    explicit OneSource(std::function<mgmt::Row()> row) : row_{std::move(row)} {}

    std::size_t size() const override { return 1; }
    void read(std::size_t offset, std::size_t count, const Visit& visit) const override {
        if (offset == 0 && count > 0) {
            visit(row_());
        }
    }

private:
    std::function<mgmt::Row()> row_;
};

mgmt::Row broker_row(const broker_config::BrokerConfig& config,
                     std::string_view version,
                     const broker::Queues& queues,
                     const broker::Topics& topics,
                     const broker::DrainReport& drain,
                     Duration up);
mgmt::Row store_row(const broker_config::BrokerConfig& config, const broker::Queues& queues);
/// The same of a broker that waits for its store; `why`: who has it.
mgmt::Row standby_row(const broker_config::BrokerConfig& config,
                      std::string_view version,
                      std::string_view why,
                      Duration up);
mgmt::Row standby_store_row(const broker_config::BrokerConfig& config);

/// Whether it has the store, and which one in a row it is that has it; 0: it does not know.
void write_role_metrics(bool active, std::uint64_t epoch, daemon::MetricsWriter& out);

/// The numbers of the store and its disk.
void write_store_metrics(const broker_config::BrokerConfig& config,
                         const broker::Queues& queues,
                         daemon::MetricsWriter& out);

}  // namespace weft::broker_mgmt
