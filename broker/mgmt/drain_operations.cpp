#include "broker/mgmt/drain_operations.hpp"

#include "broker/config/log_modules.hpp"
#include "broker/mgmt/arguments.hpp"
#include "common/base/conditions.hpp"
#include "common/base/printable.hpp"
#include "common/io/log.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <string_view>

namespace weft::broker_mgmt {
namespace {

using broker::DrainReport;
using wire::Value;

/// Of `queues`: one a line; none where it is not there.
Result<std::set<std::string>> names_in(const wire::Map& properties) {
    std::set<std::string> names;
    const Value* const given = wire::find(properties, "queues");
    if (given == nullptr || given->is_null()) {
        return names;
    }
    WEFT_TRY(const std::string text, text_in(properties, "queues"));
    for (std::size_t at = 0; at <= text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        if (end > at) {
            names.insert(text.substr(at, end - at));
        }
        at = end + 1;
    }
    if (names.empty() || names.size() > DrainOperations::kNamesMax) {
        return fail(kInvalidField, "'queues' must name 1 to " +
                                       std::to_string(DrainOperations::kNamesMax) +
                                       " queues, one a line");
    }
    return names;
}

wire::List lines_of(const std::vector<DrainReport::Line>& lines, std::string_view trouble) {
    wire::List list;
    for (const DrainReport::Line& line : lines) {
        wire::Map map{{"queue", line.queue}, {"messages", line.messages}};
        if (line.forwarded > 0) {
            map.emplace_back("forwarded", line.forwarded);
            map.emplace_back("perSecond", std::round(line.rate));
        }
        if (!line.trouble.empty()) {
            map.emplace_back(std::string{trouble}, line.trouble);
        }
        list.emplace_back(std::move(map));
    }
    return list;
}

}  // namespace

DrainOperations::DrainOperations(broker::Forwarder& forwarder, mgmt::Agent& agent)
    : forwarder_{forwarder}, agent_{agent} {
    agent.serve_operation("broker", "DRAIN",
                          [this](const wire::Map& properties) { return drain(properties); });
    agent.serve_operation("broker", "CANCEL-DRAIN", [this](const wire::Map&) { return cancel(); });
    agent.serve_operation("broker", "SHOW-DRAIN", [this](const wire::Map&) -> Result<Value> {
        return words_of(forwarder_.report());
    });
}

Result<Value> DrainOperations::drain(const wire::Map& properties) {
    WEFT_TRY(const std::set<std::string> names, names_in(properties));
    if (auto begun = forwarder_.drain(names); !begun) {
        return tl::unexpected(begun.error());
    }
    std::string which = names.empty() ? " of all queues" : " of queues";
    for (const std::string& name : names) {
        which += " '" + printable(name) + "'";
    }
    WEFT_LOG(broker_config::kQueueModule, io::Level::notice,
             "DRAIN" + which + " by " + printable(agent_.who()));
    return words_of(forwarder_.report());
}

Result<Value> DrainOperations::cancel() {
    forwarder_.cancel();
    WEFT_LOG(broker_config::kQueueModule, io::Level::notice,
             "CANCEL-DRAIN by " + printable(agent_.who()));
    return words_of(forwarder_.report());
}

Value words_of(const DrainReport& report) {
    wire::Map map{{"state", std::string{name_of(report.state)}},
                  {"all", report.all},
                  {"queues", report.queues},
                  {"empty", report.empty},
                  {"messages", report.messages},
                  {"forwarded", report.forwarded},
                  {"returned", report.returned},
                  {"rejected", report.rejected},
                  {"perSecond", std::round(report.rate)},
                  {"staying", report.staying},
                  {"stayingMessages", report.staying_messages}};
    map.emplace_back("left", lines_of(report.left, "trouble"));
    map.emplace_back("stays", lines_of(report.stays, "reason"));
    return Value{std::move(map)};
}

void write_drain_metrics(const DrainReport& report, daemon::MetricsWriter& out) {
    out.gauge("weft_broker_drain",
              "Whether queues are emptied into other brokers: 0 no, 1 they are, 2 the store has no "
              "message of them.",
              static_cast<std::uint64_t>(report.state));
    out.gauge("weft_broker_drain_messages", "Messages left in the queues that are drained.",
              report.messages);
    out.gauge("weft_broker_drain_staying_messages",
              "Messages in queues that are to be drained, and that no other broker keeps.",
              report.staying_messages);
}

void write_forward_metrics(const broker::ForwardTotals& totals, daemon::MetricsWriter& out) {
    constexpr std::string_view kRules = "weft_broker_forward_queues";
    out.family(kRules, "gauge", "Queues that a rule forwards (forward of their entry), by state.");
    for (const auto& [state, queues] : totals.queues) {
        out.sample(kRules, {{"state", name_of(state)}}, queues);
    }
    out.counter("weft_broker_forwarded_total",
                "Messages that left for other addresses or brokers, and were accepted there.",
                totals.messages.accepted);
    out.counter("weft_broker_forwards_returned_total",
                "Messages that nobody took when they were sent: they are sent again.",
                totals.messages.returned);
    out.counter("weft_broker_forwards_rejected_total",
                "Messages that were rejected there, or may go no further: they are dead letters.",
                totals.messages.rejected);
}

}  // namespace weft::broker_mgmt
