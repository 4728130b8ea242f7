#pragma once

#include "broker/node/queues.hpp"
#include "broker/node/topics.hpp"
#include "common/daemon/metrics_writer.hpp"
#include "common/mgmt/source.hpp"

namespace weft::broker_mgmt {

/// The entity type "queue".
mgmt::EntityType queue_type();

/// The queues, as management shows them. Threading: loop-confined.
class QueueSource final : public mgmt::Source {
public:
    /// `queues` must outlive it.
    explicit QueueSource(const broker::Queues& queues) : queues_{queues} {}

    std::size_t size() const override { return queues_.all().size(); }
    void read(std::size_t offset, std::size_t count, const Visit& visit) const override;

private:
    const broker::Queues& queues_;
};

/// Queues that metrics name; the others are summed.
inline constexpr std::size_t kNamedMax = 1000;

/// The numbers of topics and subscriptions.
void write_topic_metrics(const broker::Topics& topics, daemon::MetricsWriter& out);

/// The numbers of all queues, and of the store.
void write_queue_metrics(const broker::Queues& queues, daemon::MetricsWriter& out);

}  // namespace weft::broker_mgmt
