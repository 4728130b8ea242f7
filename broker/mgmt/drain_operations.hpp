#pragma once

#include "broker/node/forwarder.hpp"
#include "common/base/result.hpp"
#include "common/daemon/metrics_writer.hpp"
#include "common/mgmt/agent.hpp"
#include "common/wire/value.hpp"

#include <cstddef>

namespace weft::broker_mgmt {

/// What operators do to a whole broker: DRAIN (of the queues that the property `queues` names, one
/// a line; without it of all), CANCEL-DRAIN and SHOW-DRAIN, on the entity type "broker". Each
/// answers how far it is. Threading: loop-confined (the agent's loop).
class DrainOperations {
public:
    static constexpr std::size_t kNamesMax = 1000;  // of one request

    /// Both must outlive it. The catalogue of `agent` has broker_type.
    DrainOperations(broker::Forwarder& forwarder, mgmt::Agent& agent);
    DrainOperations(const DrainOperations&) = delete;
    DrainOperations& operator=(const DrainOperations&) = delete;

private:
    Result<wire::Value> drain(const wire::Map& properties);
    Result<wire::Value> cancel();

    broker::Forwarder& forwarder_;
    mgmt::Agent& agent_;
};

/// {state, all, messages, …, left: [{queue, messages, …}], stays: […]}
wire::Value words_of(const broker::DrainReport& report);

void write_drain_metrics(const broker::DrainReport& report, daemon::MetricsWriter& out);
void write_forward_metrics(const broker::ForwardTotals& totals, daemon::MetricsWriter& out);

}  // namespace weft::broker_mgmt
