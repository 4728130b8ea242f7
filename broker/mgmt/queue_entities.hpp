#pragma once

#include "broker/node/forwarder.hpp"
#include "broker/node/queues.hpp"
#include "broker/node/topics.hpp"
#include "common/daemon/metrics_writer.hpp"
#include "common/mgmt/agent.hpp"
#include "common/mgmt/source.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace weft::broker_mgmt {

/// The entity type "queue".
mgmt::EntityType queue_type();

/// The queues, as management shows, makes, changes and deletes them: each change is told in the
/// log. Threading: loop-confined.
class QueueSource final : public mgmt::Source {
public:
    /// All must outlive it.
    QueueSource(broker::Queues& queues,
                const broker::Forwarder& forwarder,
                const mgmt::Agent& agent)
        : queues_{queues}, forwarder_{forwarder}, agent_{agent} {}

    std::size_t size() const override { return queues_.all().size(); }
    void read(std::size_t offset, std::size_t count, const Visit& visit) const override;
    std::optional<mgmt::Row> find(mgmt::FindBy by, std::string_view value) const override;
    Result<mgmt::Row> create(std::string_view name, mgmt::Attributes attributes) override;
    /// Refused where the entry is of routers: they tell it again.
    Result<mgmt::Row> update(const std::string& identity, mgmt::Attributes changes) override;
    /// Refused where it has messages or links.
    Result<void> remove(const std::string& identity) override;
    Result<void> remove_by_force(const std::string& identity) override;

private:
    void audit(const std::string& what, const broker::QueueNode& queue) const;

    mgmt::Row row_of(const broker::QueueNode& queue) const;

    broker::Queues& queues_;
    const broker::Forwarder& forwarder_;
    const mgmt::Agent& agent_;
};

/// Queues that metrics name; the others are summed, and so are those of passing subscriptions.
inline constexpr std::size_t kNamedMax = 1000;

/// The numbers of topics and subscriptions.
void write_topic_metrics(const broker::Topics& topics, daemon::MetricsWriter& out);

/// The numbers of transactions.
void write_transaction_metrics(const transaction::Pool& pool, daemon::MetricsWriter& out);

/// The numbers of all queues, those of the subscriptions of `topics` included.
void write_queue_metrics(const broker::Queues& queues,
                         const broker::Topics& topics,
                         daemon::MetricsWriter& out);

}  // namespace weft::broker_mgmt
