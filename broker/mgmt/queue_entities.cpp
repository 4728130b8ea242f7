#include "broker/mgmt/queue_entities.hpp"

#include "broker/config/log_modules.hpp"
#include "broker/node/subscription_entry.hpp"
#include "common/base/conditions.hpp"
#include "common/base/printable.hpp"
#include "common/daemon/rows.hpp"
#include "common/io/log.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace weft::broker_mgmt {
namespace {

using broker::QueueNode;
using mgmt::Kind;
using mgmt::reading;
using mgmt::setting;
using mgmt::updatable;
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
    CounterColumn{"replaced", "replaced",
                  "Messages dropped because a younger one has the same key (lastValueKey).",
                  [](const Counters& c) { return c.replaced; }},
    CounterColumn{"duplicates", "duplicates",
                  "Messages accepted and not kept: their message-id (duplicateWindow) or their "
                  "fence was known.",
                  [](const Counters& c) { return c.duplicates; }},
    CounterColumn{"fencedOff", "fenced-off",
                  "Messages refused because the fence of their key bars them (fenced).",
                  [](const Counters& c) { return c.fenced; }},
    CounterColumn{"keyless", "keyless",
                  "Messages kept as if they had no key: there was no room for another one, or the "
                  "fence of the key bars what was moved here.",
                  [](const Counters& c) { return c.keyless; }},
    CounterColumn{"scheduled", "scheduled", "Messages taken to be delivered later.",
                  [](const Counters& c) { return c.scheduled; }},
    CounterColumn{"purged", "purged", "Messages that operators removed.",
                  [](const Counters& c) { return c.purged; }},
    CounterColumn{"moved", "moved", "Messages that operators moved to another queue.",
                  [](const Counters& c) { return c.moved; }},
    CounterColumn{"forwarded", "forwarded",
                  "Messages that were accepted where they went: at the address of its forward, or "
                  "by other brokers (weft broker drain).",
                  [](const Counters& c) { return c.forwarded; }},
    CounterColumn{"deadRejected", "dead-rejected", "Messages dead because they were rejected.",
                  [](const Counters& c) { return c.buried_by(Death::rejected); }},
    CounterColumn{"deadFailed", "dead-failed",
                  "Messages dead because maxDeliveries of them failed.",
                  [](const Counters& c) { return c.buried_by(Death::deliveries_spent); }},
    CounterColumn{"deadExpired", "dead-expired", "Messages dead because their time was over.",
                  [](const Counters& c) { return c.buried_by(Death::expired); }},
    CounterColumn{"deadUndeliverable", "dead-undeliverable",
                  "Messages dead because too many wait that consumers can't process.",
                  [](const Counters& c) { return c.buried_by(Death::undeliverable); }},
    CounterColumn{"deadDamaged", "dead-damaged",
                  "Messages set aside because the disk gave back other bytes than it was given.",
                  [](const Counters& c) { return c.buried_by(Death::damaged); }}};

constexpr std::string_view kIdentity = "queue/";

/// What the entry of a subscription's queue says of it; empty: it is no such queue.
std::string word_of(const QueueNode& queue, std::string_view key) {
    const wire::Value* value = wire::find(queue.entry().subscription, key);
    return value == nullptr || value->text() == nullptr ? std::string{} : *value->text();
}

/// Producers that get no credit because the queue is full.
std::uint64_t blocked_producers(const QueueNode& queue) {
    return queue.credit_share() > 0 ? 0 : queue.producers();
}

/// Whether it is emptied into other brokers.
std::string_view drain_of(const QueueNode& queue) {
    const broker::QueueEntry& entry = queue.entry();
    if (!entry.is_to_drain()) {
        return "none";
    }
    return entry.draining->stays ? "stays" : "draining";
}

/// What CREATE and UPDATE may set, in the keys of the configuration.
constexpr std::array<std::string_view, 14> kSettings{
    "maxMessages",   "maxBytes",     "overflow",        "maxDeliveries",
    "deadLetter",    "ttlSeconds",   "redelivery",      "exclusiveConsumer",
    "messageGroups", "lastValueKey", "duplicateWindow", "maxKeys",
    "fenced",        "forward"};

mgmt::Row queue_row(const QueueNode& queue) {
    const queue::Queue& machine = queue.machine();
    const queue::Settings& settings = machine.settings();
    mgmt::Row row{.identity = "queue/" + queue.name(),
                  .name = queue.name(),
                  .attributes = {{"messages", machine.depth()},
                                 {"bytes", machine.stock().bytes()},
                                 {"unsettled", machine.unsettled()},
                                 {"consumers", std::uint64_t{machine.attached().all()}},
                                 {"producers", std::uint64_t{queue.producers()}},
                                 {"blockedProducers", blocked_producers(queue)},
                                 {"full", machine.stock().is_full()},
                                 {"authority", std::string{name_of(queue.entry().authority)}},
                                 {"drain", std::string{drain_of(queue)}},
                                 {"ttlDefaultMilliseconds", settings.ttl_default},
                                 {"ttlMaxMilliseconds", settings.ttl_max},
                                 {"redeliveryDelayMilliseconds", settings.redelivery.delay},
                                 {"subscription", word_of(queue, "name")},
                                 {"topicFilter", word_of(queue, "filter")}}};
    const wire::Map words = broker::entry_words(queue.entry());
    for (const std::string_view key : kSettings) {
        if (const wire::Value* value = wire::find(words, key)) {
            row.attributes.set(key, *value);
        }
    }
    for (const CounterColumn& column : kColumns) {
        row.attributes.set(column.attribute, column.read(machine.counters()));
    }
    return row;
}

/// `entry` with what a request says; an operator's from now on.
Result<broker::QueueEntry> changed(std::string_view name,
                                   const broker::QueueEntry& entry,
                                   const mgmt::Attributes& attributes) {
    wire::Map words = broker::entry_words(entry);
    for (const auto& [key, value] : attributes) {
        std::erase_if(words, [&key](const auto& each) {
            return each.first.text() != nullptr && *each.first.text() == key;
        });
        if (!value.is_null()) {
            words.emplace_back(std::string{key}, value);
        }
    }
    WEFT_TRY(broker::QueueEntry read, broker::read_entry(words));
    if (read.forward) {
        if (const std::string why = forwarding::why_no_rule(name, *read.forward); !why.empty()) {
            return fail(kInvalidField, why);
        }
    }
    read.authority = broker::Authority::operators;
    return read;
}

}  // namespace

mgmt::EntityType queue_type() {
    std::vector<mgmt::Attribute> attributes{
        reading("messages", Kind::integer, "Messages stored, those that consumers have included."),
        reading("bytes", Kind::integer, "Bytes of them."),
        reading("unsettled", Kind::integer, "Messages that consumers have and did not settle."),
        reading("consumers", Kind::integer, "Links that take messages out, browsers included."),
        reading("producers", Kind::integer, "Links that bring messages in."),
        reading("blockedProducers", Kind::integer,
                "Links that may bring none, because it is full and its overflow is block."),
        reading("full", Kind::boolean, "Whether a limit is reached."),
        reading("authority", mgmt::one_of({"links", "routers", "operators"}),
                "Whose entry it is: nobody's (a link made it), that of routers, which tell it "
                "again from their address list, or made or changed by management."),
        reading("drain", mgmt::one_of({"none", "draining", "stays"}),
                "Whether it is emptied into other brokers (weft broker drain); stays: no other "
                "broker keeps it."),
        updatable(setting("maxMessages", Kind::integer, "Messages that it may have; 0: any number.",
                          std::int64_t{0})),
        updatable(setting("maxBytes", Kind::integer, "Bytes that it may have; 0: any number.",
                          std::int64_t{0})),
        updatable(setting("overflow",
                          mgmt::one_of({"block", "reject", "drop-oldest", "dead-letter"}),
                          "What becomes of messages while it is full.", "block")),
        updatable(setting("maxDeliveries", Kind::integer,
                          "Deliveries that may fail before a message is dead; 0: any number.",
                          std::int64_t{10})),
        updatable(setting("ttlSeconds", Kind::map,
                          "How long messages live: 'default' of those that do not say it, 'max' of "
                          "any; 0: for ever.")),
        updatable(setting("redelivery", Kind::map,
                          "How long a message waits after a delivery that failed: 'delaySeconds', "
                          "'multiplier', 'maxDelaySeconds'.")),
        reading("ttlDefaultMilliseconds", Kind::integer,
                "How long messages live that do not say it; 0: for ever."),
        reading("ttlMaxMilliseconds", Kind::integer, "How long any lives at most; 0: for ever."),
        reading("redeliveryDelayMilliseconds", Kind::integer,
                "How long a message waits after its first delivery that failed."),
        updatable(setting("deadLetter", Kind::string,
                          "The queue that dead messages go to; empty: none, they stay here.",
                          std::string{broker::kDeadLetters})),
        updatable(setting("exclusiveConsumer", Kind::boolean,
                          "Whether one consumer alone gets messages.", false)),
        updatable(setting("messageGroups", Kind::boolean,
                          "Whether messages of one group go to one consumer.", true)),
        updatable(setting("lastValueKey", Kind::string,
                          "Of messages with the same value of it the youngest is kept; empty: all "
                          "are.",
                          "")),
        updatable(setting("maxKeys", Kind::integer,
                          "How many different values of lastValueKey it may have.",
                          std::int64_t{100'000})),
        updatable(setting("fenced", Kind::boolean,
                          "Whether it takes of a key only what passes its fence (the annotation "
                          "x-opt-fence).",
                          false)),
        updatable(setting("duplicateWindow", Kind::integer,
                          "How many message-ids are remembered to find duplicates; 0: none.",
                          std::int64_t{0})),
        updatable(setting("forward", Kind::map,
                          "Where its messages go on to: 'to' (an address), 'messagesPerSecond' "
                          "(0: any number), 'window' (messages under way), 'delaySeconds' and "
                          "'maxDelaySeconds' (pauses after one that came back); none: nowhere.")),
        reading("forwardState",
                mgmt::one_of({"none", "impossible", "idle", "no-router", "attaching", "forwarding",
                              "waiting-for-credit", "waiting-for-outcome", "backing-off"}),
                "How far its forward is; none: it has none; impossible: see forwardReason."),
        reading("forwardRate", Kind::integer, "Messages a second that leave by it."),
        reading("forwardReturned", Kind::integer,
                "Messages that came back, and are sent again, since it began."),
        reading("forwardRejected", Kind::integer,
                "Messages that were rejected there, or go in a circle: dead letters."),
        reading("forwardReason", Kind::string,
                "What it waits for, or what went wrong last; empty: nothing."),
        reading("subscription", Kind::string,
                "Of the queue of a subscription: its name; empty: it has none, or it is none."),
        reading("topicFilter", Kind::string,
                "Of the queue of a subscription: the topics that it wants.")};
    for (const CounterColumn& column : kColumns) {
        attributes.push_back(reading(column.attribute, Kind::integer, std::string{column.meaning}));
    }
    return {.short_name = "queue",
            .description = "A queue that this broker keeps.",
            .operations = {"CREATE", "UPDATE", "DELETE", "PEEK", "PURGE", "MOVE", "REPLAY"},
            .attributes = std::move(attributes)};
}

/// With how far its messages leave for where its entry forwards them.
mgmt::Row QueueSource::row_of(const QueueNode& queue) const {
    mgmt::Row row = queue_row(queue);
    const broker::Forward* const forward = forwarder_.of(queue);
    const bool has_rule = forward != nullptr && queue.entry().forward.has_value();
    const broker::ForwardState state = has_rule ? forward->state() : broker::ForwardState::none;
    row.attributes.set("forwardState", std::string{name_of(state)});
    if (has_rule) {
        const forwarding::Course& course = forward->course();
        row.attributes.set("forwardRate", forward->per_second());
        row.attributes.set("forwardReturned", course.counters().returned);
        row.attributes.set("forwardRejected", course.counters().rejected);
        row.attributes.set("forwardReason", forward->trouble());
    }
    return row;
}

void QueueSource::read(std::size_t offset, std::size_t count, const Visit& visit) const {
    daemon::show_page(queues_.all(), offset, count, visit,
                      [this](const QueueNode* queue) { return row_of(*queue); });
}

std::optional<mgmt::Row> QueueSource::find(mgmt::FindBy by, std::string_view value) const {
    if (by == mgmt::FindBy::identity && !value.starts_with(kIdentity)) {
        return std::nullopt;
    }
    const QueueNode* const queue =
        queues_.known(by == mgmt::FindBy::name ? value : value.substr(kIdentity.size()));
    return queue == nullptr ? std::nullopt : std::optional{row_of(*queue)};
}

void QueueSource::audit(const std::string& what, const QueueNode& queue) const {
    WEFT_LOG(broker_config::kQueueModule, io::Level::notice,
             what + " of queue '" + printable(queue.name()) + "' by " + printable(agent_.who()));
}

Result<mgmt::Row> QueueSource::create(std::string_view name, mgmt::Attributes attributes) {
    WEFT_TRY(const broker::QueueEntry entry, changed(name, {}, attributes));
    WEFT_TRY(const QueueNode* const queue, queues_.find(name, entry));
    audit("CREATE", *queue);
    return row_of(*queue);
}

Result<mgmt::Row> QueueSource::update(const std::string& identity, mgmt::Attributes changes) {
    QueueNode& queue = *queues_.known(identity.substr(kIdentity.size()));
    if (!queue.entry().subscription.empty()) {
        return fail(kNotAllowed,
                    "the queue of a subscription is as the entry of its topic says: change that");
    }
    if (queue.entry().authority == broker::Authority::routers) {
        return fail(kNotAllowed,
                    "the entry of '" + printable(queue.name()) +
                        "' is of the address list of routers, which tell it again: change it "
                        "there (weft address update, or their files)");
    }
    WEFT_TRY(const broker::QueueEntry entry, changed(queue.name(), queue.entry(), changes));
    queue.change(entry);
    audit("UPDATE", queue);
    return row_of(queue);
}

Result<void> QueueSource::remove(const std::string& identity) {
    const QueueNode& queue = *queues_.known(identity.substr(kIdentity.size()));
    const queue::Queue& machine = queue.machine();
    if (machine.depth() > 0 || machine.attached().all() > 0 || queue.producers() > 0) {
        return fail(kNotAllowed,
                    "'" + printable(queue.name()) + "' has " + std::to_string(machine.depth()) +
                        " messages, " + std::to_string(machine.attached().all()) +
                        " consumers and " + std::to_string(queue.producers()) +
                        " producers: 'force' (true) deletes it with all messages, and its links "
                        "are detached");
    }
    return remove_by_force(identity);
}

Result<void> QueueSource::remove_by_force(const std::string& identity) {
    QueueNode& queue = *queues_.known(identity.substr(kIdentity.size()));
    if (!queue.entry().subscription.empty()) {
        return fail(kNotAllowed, "this queue is a subscription's: delete that");
    }
    if (queue.name() == broker::kDeadLetters) {
        return fail(kNotAllowed, "'$dlq' is where dead messages go, and stays: PURGE empties it");
    }
    audit("DELETE (" + std::to_string(queue.machine().depth()) + " messages, " +
              std::to_string(queue.machine().stock().bytes()) + " bytes)",
          queue);
    queues_.drop(queue);
    return {};
}

namespace {

/// A number that goes up and down, in the metrics.
struct GaugeColumn {
    std::string_view metric;
    std::string_view help;
    std::uint64_t (*read)(const QueueNode& queue);
};

constexpr std::array kGauges{
    GaugeColumn{"weft_queue_messages", "Messages stored, by queue.",
                [](const QueueNode& queue) { return queue.machine().depth(); }},
    GaugeColumn{"weft_queue_bytes", "Bytes of them, by queue.",
                [](const QueueNode& queue) { return queue.machine().stock().bytes(); }},
    GaugeColumn{"weft_queue_unsettled", "Messages that consumers have, by queue.",
                [](const QueueNode& queue) { return queue.machine().unsettled(); }},
    GaugeColumn{
        "weft_queue_consumers", "Consumers, by queue.",
        [](const QueueNode& queue) { return std::uint64_t{queue.machine().attached().all()}; }},
    GaugeColumn{"weft_queue_producers", "Producers, by queue.",
                [](const QueueNode& queue) { return std::uint64_t{queue.producers()}; }},
    GaugeColumn{"weft_queue_blocked_producers",
                "Producers that may send nothing because the queue is full, by queue.",
                blocked_producers}};

/// Of many queues the numbers that metrics tell, by column: of each that is named, and of all
/// others the sum.
struct Samples {
    std::vector<const QueueNode*> named;
    std::array<std::uint64_t, kGauges.size()> others{};
    queue::Counters others_counted;
};

/// One walk over all queues. Those of passing subscriptions have a name for a short time.
Samples take_samples(const broker::Queues& queues, const broker::Topics& topics) {
    Samples samples{.named = {}, .others_counted = topics.counters().gone};
    for (const QueueNode* queue : queues.all()) {
        if (samples.named.size() < kNamedMax && !broker::is_passing(queue->entry().subscription)) {
            samples.named.push_back(queue);
            continue;
        }
        for (std::size_t i = 0; i < kGauges.size(); ++i) {
            samples.others[i] += kGauges[i].read(*queue);
        }
        samples.others_counted += queue->machine().counters();
    }
    return samples;
}

}  // namespace

void write_topic_metrics(const broker::Topics& topics, daemon::MetricsWriter& out) {
    const broker::TopicCounters& messages = topics.counters();
    const topic::SubscriptionCounters& ends = topics.subscriptions().counters();
    out.gauge("weft_topic_subscriptions", "Subscriptions that there are.",
              topics.subscriptions().size());
    out.gauge("weft_topic_filter_shapes",
              "Ways in which filters have wildcards before their last level.",
              topics.subscriptions().index().shapes().size() +
                  topics.subscriptions().index().floating_shapes().size());
    out.counter("weft_topic_published_total", "Messages taken for topics.", messages.published);
    out.counter("weft_topic_copies_total", "Copies of them, for subscriptions.", messages.copies);
    out.counter("weft_topic_unwanted_total", "Messages that no subscription wanted.",
                messages.unwanted);
    out.gauge("weft_topic_waiting_messages",
              "Messages of topics that are not with all their subscriptions yet.",
              topics.publications().waiting());
    out.gauge("weft_topic_underway_messages",
              "Those of them of which it is known which subscriptions get them.",
              topics.publications().underway());
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
    out.counter("weft_topic_subscriptions_removed_total", "Subscriptions ended by operators.",
                ends.removed);
    out.counter("weft_topic_subscriptions_stolen_total",
                "Links whose subscription another link of its name took.", ends.stolen);
    out.counter("weft_topic_left_out_total",
                "Copies for which there was no room, of subscriptions that do not outlive their "
                "links.",
                messages.left_out);
    out.gauge("weft_topic_passing_bytes",
              "Bytes that subscriptions hold which do not outlive their links.",
              topics.passing_bytes());
    out.gauge("weft_topic_selectors", "Different selectors of links and subscriptions.",
              topics.selectors().size());
    out.counter("weft_topic_attaches_refused_total", "Attaches that a limit refused.",
                ends.refused);
}

void write_transaction_metrics(const transaction::Pool& pool, daemon::MetricsWriter& out) {
    const transaction::Counters& counters = pool.counters;
    out.gauge("weft_transactions_open", "Transactions that are not over.", pool.open);
    out.gauge("weft_transactions_bytes", "Bytes of messages and outcomes that transactions hold.",
              pool.bytes);
    out.counter("weft_transactions_declared_total", "Transactions that began.", counters.declared);
    out.counter("weft_transactions_committed_total", "Transactions that were committed.",
                counters.committed);
    out.counter("weft_transactions_rolled_back_total",
                "Transactions that their clients rolled back.", counters.rolled_back);
    out.counter("weft_transactions_failed_total",
                "Transactions that were to be committed and could not be: rolled back.",
                counters.failed);
    out.counter("weft_transactions_timed_out_total",
                "Transactions rolled back because they were open for too long.",
                counters.timed_out);
    out.counter("weft_transactions_abandoned_total",
                "Transactions rolled back because their link or connection was gone.",
                counters.abandoned);
    out.counter("weft_transactions_refused_total", "Transactions that a limit refused.",
                counters.refused);
    out.counter("weft_transactions_over_limit_total",
                "Messages and outcomes that were too many for their transaction.",
                counters.over_limit);
}

void write_queue_metrics(const broker::Queues& queues,
                         const broker::Topics& topics,
                         daemon::MetricsWriter& out) {
    const Samples samples = take_samples(queues, topics);
    for (std::size_t i = 0; i < kGauges.size(); ++i) {
        const GaugeColumn& column = kGauges[i];
        out.family(column.metric, "gauge", column.help);
        for (const QueueNode* queue : samples.named) {
            out.sample(column.metric, {{"queue", queue->name()}}, column.read(*queue));
        }
        out.sample(column.metric, {{"queue", "other"}}, samples.others[i]);
    }
    constexpr std::string_view kEvents = "weft_queue_events_total";
    out.family(kEvents, "counter", "What happened to messages, by queue and event.");
    for (const CounterColumn& column : kColumns) {
        const auto sample = [&](std::string_view queue, const Counters& counters) {
            out.sample(kEvents, {{"queue", queue}, {"event", column.metric}},
                       column.read(counters));
        };
        for (const QueueNode* queue : samples.named) {
            sample(queue->name(), queue->machine().counters());
        }
        sample("other", samples.others_counted);
    }
    out.gauge("weft_broker_incoming_bytes",
              "Bytes of messages that are coming in or wait to be durable.",
              queues.incoming().bytes());
    out.counter("weft_broker_given_up_total",
                "Messages refused because no more of them came and others needed their room.",
                queues.incoming().given_up());
    out.gauge("weft_broker_words_bytes",
              "Bytes of what queues remember of messages: keys (lastValueKey) and message-ids "
              "(duplicateWindow).",
              queues.words().bytes);
    out.counter("weft_broker_words_refused_total",
                "Messages refused because there was no room for their key or message-id.",
                queues.words().refused);
    out.counter("weft_broker_idle_queues_deleted_total",
                "Queues of entries that mean many addresses, deleted because nobody used them.",
                queues.idle_dropped());
    out.gauge("weft_broker_outgoing_bytes",
              "Bytes of messages that were read from the store and are with no peer yet.",
              queues.read_ahead().bytes());
    out.gauge("weft_broker_reads_in_line", "Reads of the store that wait for room in memory.",
              queues.read_ahead().in_line());
    out.counter("weft_broker_reads_given_back_total",
                "Queues and links that gave back what was read for them, for nobody took it.",
                queues.read_ahead().given_back());
    out.counter("weft_broker_reads_waited_total",
                "Reads of the store for which there was no room in memory at once.",
                queues.read_ahead().waited());
    out.counter("weft_broker_refused_total", "Messages refused to their producers.",
                queues.intake().refused());
}

}  // namespace weft::broker_mgmt
