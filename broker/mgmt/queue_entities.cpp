#include "broker/mgmt/queue_entities.hpp"

#include "common/daemon/rows.hpp"

#include <array>
#include <cstdint>
#include <string_view>

namespace weft::broker_mgmt {
namespace {

using broker::QueueNode;
using mgmt::Kind;
using mgmt::reading;
using queue::Counters;
using queue::Death;

/// A number that counts up, in management and in the metrics.
struct CounterColumn {
    std::string_view attribute;
    std::string_view metric;
    std::string_view meaning;
    std::uint64_t (*read)(const Counters& counters);
};

constexpr std::array kColumns{
    CounterColumn{"messagesIn", "in", "Messages taken from producers, and dead ones of others.",
                  [](const Counters& c) { return c.taken; }},
    CounterColumn{"messagesOut", "out", "Deliveries to consumers, each time.",
                  [](const Counters& c) { return c.delivered; }},
    CounterColumn{"browsed", "browsed", "Copies for browsers.",
                  [](const Counters& c) { return c.browsed; }},
    CounterColumn{"acknowledged", "acknowledged", "Messages that were processed.",
                  [](const Counters& c) { return c.acknowledged; }},
    CounterColumn{"released", "released", "Deliveries that came back, and count as nothing.",
                  [](const Counters& c) { return c.released; }},
    CounterColumn{"failed", "failed", "Deliveries that failed.",
                  [](const Counters& c) { return c.failed; }},
    CounterColumn{"undeliverableHere", "undeliverable-here",
                  "Deliveries of which a consumer said that it can't process them.",
                  [](const Counters& c) { return c.refused; }},
    CounterColumn{"selectorsGaveUp", "selectors-gave-up",
                  "Messages of which a selector could not say in bounded time whether it wants "
                  "them: passed over.",
                  [](const Counters& c) { return c.gave_up; }},
    CounterColumn{
        "overflowed", "overflowed",
        "Messages refused because the queue was full: rejected, or sent to the dead letters.",
        [](const Counters& c) { return c.overflowed; }},
    CounterColumn{"dropped", "dropped", "Messages dropped, the oldest first: the queue was full.",
                  [](const Counters& c) { return c.dropped; }},
    CounterColumn{"deadRejected", "dead-rejected", "Messages dead because they were rejected.",
                  [](const Counters& c) { return c.buried_by(Death::rejected); }},
    CounterColumn{"deadFailed", "dead-failed",
                  "Messages dead because maxDeliveries of them failed.",
                  [](const Counters& c) { return c.buried_by(Death::deliveries_spent); }},
    CounterColumn{"deadExpired", "dead-expired", "Messages dead because their time was over.",
                  [](const Counters& c) { return c.buried_by(Death::expired); }},
    CounterColumn{"deadUndeliverable", "dead-undeliverable",
                  "Messages dead because too many wait that consumers can't process.",
                  [](const Counters& c) { return c.buried_by(Death::undeliverable); }}};

/// What the entry of a subscription's queue says of it; empty: it is no such queue.
std::string word_of(const QueueNode& queue, std::string_view key) {
    const wire::Value* value = wire::find(queue.entry().subscription, key);
    return value == nullptr || value->text() == nullptr ? std::string{} : *value->text();
}

mgmt::Row queue_row(const QueueNode& queue) {
    const queue::Queue& machine = queue.machine();
    const queue::Settings& settings = machine.settings();
    mgmt::Row row{.identity = "queue/" + queue.name(),
                  .name = queue.name(),
                  .attributes = {{"messages", machine.depth()},
                                 {"bytes", machine.bytes()},
                                 {"unsettled", machine.unsettled()},
                                 {"consumers", std::uint64_t{machine.consumers()}},
                                 {"producers", std::uint64_t{queue.producers()}},
                                 {"full", machine.is_full()},
                                 {"maxMessages", settings.messages_max},
                                 {"maxBytes", settings.bytes_max},
                                 {"overflow", std::string{broker::name_of(settings.overflow)}},
                                 {"maxDeliveries", std::uint64_t{settings.deliveries_max}},
                                 {"ttlDefaultMilliseconds", settings.ttl_default},
                                 {"ttlMaxMilliseconds", settings.ttl_max},
                                 {"redeliveryDelayMilliseconds", settings.redelivery.delay},
                                 {"deadLetter", queue.entry().dead_letter},
                                 {"subscription", word_of(queue, "name")},
                                 {"topicFilter", word_of(queue, "filter")}}};
    for (const CounterColumn& column : kColumns) {
        row.attributes.set(column.attribute, column.read(machine.counters()));
    }
    return row;
}

}  // namespace

mgmt::EntityType queue_type() {
    std::vector<mgmt::Attribute> attributes{
        reading("messages", Kind::integer, "Messages stored, those that consumers have included."),
        reading("bytes", Kind::integer, "Bytes of them."),
        reading("unsettled", Kind::integer, "Messages that consumers have and did not settle."),
        reading("consumers", Kind::integer, "Links that take messages out, browsers included."),
        reading("producers", Kind::integer, "Links that bring messages in."),
        reading("full", Kind::boolean, "Whether a limit is reached."),
        reading("maxMessages", Kind::integer, "Messages that it may have; 0: any number."),
        reading("maxBytes", Kind::integer, "Bytes that it may have; 0: any number."),
        reading("overflow", mgmt::one_of({"block", "reject", "drop-oldest", "dead-letter"}),
                "What becomes of messages while it is full."),
        reading("maxDeliveries", Kind::integer,
                "Deliveries that may fail before a message is dead; 0: any number."),
        reading("ttlDefaultMilliseconds", Kind::integer,
                "How long messages live that do not say it; 0: for ever."),
        reading("ttlMaxMilliseconds", Kind::integer, "How long any lives at most; 0: for ever."),
        reading("redeliveryDelayMilliseconds", Kind::integer,
                "How long a message waits after its first delivery that failed."),
        reading("deadLetter", Kind::string, "The queue that dead messages go to."),
        reading("subscription", Kind::string,
                "Of the queue of a subscription: its name; empty: it has none, or it is none."),
        reading("topicFilter", Kind::string,
                "Of the queue of a subscription: the topics that it wants.")};
    for (const CounterColumn& column : kColumns) {
        attributes.push_back(reading(column.attribute, Kind::integer, std::string{column.meaning}));
    }
    return {.short_name = "queue",
            .description = "A queue that this broker keeps.",
            .attributes = std::move(attributes)};
}

void QueueSource::read(std::size_t offset, std::size_t count, const Visit& visit) const {
    daemon::show_page(queues_.all(), offset, count, visit,
                      [](const QueueNode* queue) { return queue_row(*queue); });
}

namespace {

/// A number of each queue as a family; of those behind kNamedMax, the sum.
template <class Read>
void write_samples(const broker::Queues& queues,
                   std::string_view name,
                   std::string_view event,
                   daemon::MetricsWriter& out,
                   Read read) {
    const auto sample = [&](std::string_view queue, std::uint64_t value) {
        if (event.empty()) {
            out.sample(name, {{"queue", queue}}, value);
        } else {
            out.sample(name, {{"queue", queue}, {"event", event}}, value);
        }
    };
    std::uint64_t others = 0;
    std::size_t named = 0;
    for (const QueueNode* queue : queues.all()) {
        if (named++ < kNamedMax) {
            sample(queue->name(), read(*queue));
        } else {
            others += read(*queue);
        }
    }
    if (named > kNamedMax) {
        sample("other", others);
    }
}

}  // namespace

void write_topic_metrics(const broker::Topics& topics, daemon::MetricsWriter& out) {
    const broker::TopicCounters& messages = topics.counters();
    const topic::SubscriptionCounters& ends = topics.subscriptions().counters();
    out.gauge("weft_topic_subscriptions", "Subscriptions that there are.",
              topics.subscriptions().size());
    out.counter("weft_topic_published_total", "Messages taken for topics.", messages.published);
    out.counter("weft_topic_copies_total", "Copies of them, for subscriptions.", messages.copies);
    out.counter("weft_topic_unwanted_total", "Messages that no subscription wanted.",
                messages.unwanted);
    out.counter("weft_topic_selectors_gave_up_total",
                "Messages of which a subscription's selector could not say in bounded time whether "
                "it wants them.",
                messages.gave_up);
    out.counter("weft_topic_subscriptions_closed_total", "Subscriptions closed by their clients.",
                ends.closed);
    out.counter("weft_topic_subscriptions_expired_total",
                "Subscriptions that nobody came for in time.", ends.expired);
    out.counter("weft_topic_subscriptions_replaced_total",
                "Subscriptions replaced by one of the same name with another interest.",
                ends.replaced);
    out.counter("weft_topic_attaches_refused_total", "Attaches that a limit refused.",
                ends.refused);
}

void write_queue_metrics(const broker::Queues& queues, daemon::MetricsWriter& out) {
    const auto gauge = [&](std::string_view name, std::string_view help, auto read) {
        out.family(name, "gauge", help);
        write_samples(queues, name, {}, out, read);
    };
    gauge("weft_queue_messages", "Messages stored, by queue.",
          [](const QueueNode& queue) { return queue.machine().depth(); });
    gauge("weft_queue_bytes", "Bytes of them, by queue.",
          [](const QueueNode& queue) { return queue.machine().bytes(); });
    gauge("weft_queue_unsettled", "Messages that consumers have, by queue.",
          [](const QueueNode& queue) { return queue.machine().unsettled(); });
    gauge("weft_queue_consumers", "Consumers, by queue.",
          [](const QueueNode& queue) { return std::uint64_t{queue.machine().consumers()}; });
    constexpr std::string_view kEvents = "weft_queue_events_total";
    out.family(kEvents, "counter", "What happened to messages, by queue and event.");
    for (const CounterColumn& column : kColumns) {
        write_samples(queues, kEvents, column.metric, out, [&](const QueueNode& queue) {
            return column.read(queue.machine().counters());
        });
    }
    out.counter("weft_store_commits_total", "Commits of the store.", queues.store().commits());
    out.gauge("weft_store_waiting_bytes", "Bytes that wait to be written.",
              queues.store().waiting_bytes());
    out.gauge("weft_broker_incoming_bytes",
              "Bytes of messages that are coming in or wait to be durable.", queues.held());
    out.counter("weft_broker_refused_total", "Messages refused to their producers.",
                queues.refused());
}

}  // namespace weft::broker_mgmt
