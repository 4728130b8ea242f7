#include "broker/mgmt/topic_entities.hpp"

#include "broker/config/log_modules.hpp"
#include "common/base/conditions.hpp"
#include "common/base/printable.hpp"
#include "common/daemon/rows.hpp"
#include "common/io/log.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <utility>
#include <vector>

namespace weft::broker_mgmt {
namespace {

using broker::Topics;
using mgmt::Kind;
using mgmt::reading;

constexpr std::string_view kSubscriptionIdentity = "subscription/";

mgmt::Row topic_row(const Topics& topics,
                    const std::string& name,
                    const broker::QueueEntry& entry) {
    std::vector<topic::Subscription*> matched;
    topics.subscriptions().match(name, matched);
    std::uint64_t messages = 0;
    for (const topic::Subscription* subscription : matched) {
        messages += topics.find(subscription->id).queue->machine().depth();
    }
    return {.identity = "topic/" + name,
            .name = name,
            .attributes = {{"subscriptions", std::uint64_t{matched.size()}},
                           {"messages", messages},
                           {"maxMessages", entry.settings.messages_max},
                           {"maxBytes", entry.settings.bytes_max},
                           {"overflow", std::string{broker::name_of(entry.settings.overflow)}},
                           {"authority", std::string{broker::name_of(entry.authority)}}}};
}

std::string_view name_of(topic::Life life) {
    switch (life) {
        case topic::Life::attached:
            return "attached";
        case topic::Life::detached:
            return "detached";
        case topic::Life::closed:
            break;
    }
    return "closed";
}

mgmt::Row subscription_row(const Topics::Kept& kept) {
    const topic::Subscription& subscription = *kept.subscription;
    const queue::Queue& machine = kept.queue->machine();
    return {.identity = std::string{kSubscriptionIdentity} +
                        std::to_string(static_cast<std::uint64_t>(subscription.id)),
            .name = subscription.owner.name,
            .attributes = {{"owner", subscription.owner.container},
                           {"subscriptionKind", std::string{topic::name_of(subscription.kind)}},
                           {"filter", subscription.interest.filter.text},
                           {"selector", subscription.interest.selector},
                           {"noLocal", subscription.interest.no_local},
                           {"state", std::string{name_of(subscription.life)}},
                           {"links", std::uint64_t{subscription.links.size()}},
                           {"expirySeconds", subscription.expiry
                                                 ? wire::Value{std::uint64_t{*subscription.expiry}}
                                                 : wire::Value{}},
                           {"queue", kept.queue->name()},
                           {"messages", machine.depth()},
                           {"bytes", machine.stock().bytes()},
                           {"unsettled", machine.unsettled()},
                           {"full", machine.stock().is_full()},
                           {"messagesIn", machine.counters().taken},
                           {"acknowledged", machine.counters().acknowledged}}};
}

/// Null: there is none.
Topics::Kept kept_of(const Topics& topics, std::string_view identity) {
    return topics.find(
        topic::SubscriptionId{daemon::number_of(identity.substr(kSubscriptionIdentity.size()))});
}

}  // namespace

mgmt::EntityType topic_type() {
    return {.short_name = "topic",
            .description = "A topic whose entry this broker knows.",
            .attributes = {
                reading("subscriptions", Kind::integer, "Subscriptions that want its messages."),
                reading("messages", Kind::integer, "Messages that wait for them, all together."),
                reading("maxMessages", Kind::integer,
                        "Messages that each subscription may have; 0: any number."),
                reading("maxBytes", Kind::integer,
                        "Bytes that each subscription may have; 0: any number."),
                reading("overflow", mgmt::one_of({"block", "reject", "drop-oldest", "dead-letter"}),
                        "What becomes of messages while a subscription is full."),
                reading("authority", mgmt::one_of({"links", "routers", "operators"}),
                        "Whose entry it is.")}};
}

mgmt::EntityType subscription_type() {
    return {.short_name = "subscription",
            .description = "A subscription to topics, and what waits for it.",
            .operations = {"DELETE"},
            .attributes = {
                reading("owner", Kind::string, "The container that it belongs to; empty: anybody."),
                reading("subscriptionKind", Kind::string,
                        "passing, shared, durable or shared durable."),
                reading("filter", Kind::string, "The topics that it wants."),
                reading("selector", Kind::string, "Which of their messages; empty: all."),
                reading("noLocal", Kind::boolean, "None that its own connection sent."),
                reading("state", mgmt::one_of({"attached", "detached"}),
                        "Whether it has links, or waits for one."),
                reading("links", Kind::integer, "Links that take its messages."),
                reading("expirySeconds", Kind::integer,
                        "How long it waits for a link; null: for ever."),
                reading("queue", Kind::string, "The queue that holds its messages."),
                reading("messages", Kind::integer, "Messages that wait for it: how far it lags."),
                reading("bytes", Kind::integer, "Bytes of them."),
                reading("unsettled", Kind::integer, "Messages that its links have."),
                reading("full", Kind::boolean, "Whether a limit is reached."),
                reading("messagesIn", Kind::integer, "Messages that came for it."),
                reading("acknowledged", Kind::integer, "Messages that were processed.")}};
}

void TopicSource::read(std::size_t offset, std::size_t count, const Visit& visit) const {
    const auto& all = topics_.entries().all();
    auto at = all.begin();
    std::advance(at, static_cast<std::ptrdiff_t>(std::min(offset, all.size())));
    for (std::size_t left = count; left > 0 && at != all.end(); --left, ++at) {
        const auto topic = at->second.lock();
        if (!visit(topic_row(topics_, topic->address, topic->entry))) {
            return;
        }
    }
}

void SubscriptionSource::read(std::size_t offset, std::size_t count, const Visit& visit) const {
    std::size_t left = count;
    topics_.each_subscription(offset, [&](const Topics::Kept& kept) {
        return left-- > 0 && visit(subscription_row(kept));
    });
}

Result<void> SubscriptionSource::remove(const std::string& identity) {
    const Topics::Kept kept = kept_of(topics_, identity);
    const std::uint64_t messages = kept.queue->machine().depth();
    if (messages > 0 || !kept.subscription->links.empty()) {
        return fail(kNotAllowed, "it has " + std::to_string(messages) + " messages and " +
                                     std::to_string(kept.subscription->links.size()) +
                                     " links: 'force' (true) deletes it with all messages, and its "
                                     "links are detached");
    }
    return remove_by_force(identity);
}

Result<void> SubscriptionSource::remove_by_force(const std::string& identity) {
    const Topics::Kept kept = kept_of(topics_, identity);
    WEFT_LOG(broker_config::kQueueModule, io::Level::notice,
             "DELETE (" + std::to_string(kept.queue->machine().depth()) +
                 " messages) of subscription '" + printable(kept.subscription->owner.name) +
                 "' to '" + printable(kept.subscription->interest.filter.text) + "' by " +
                 printable(agent_.who()));
    topics_.remove(kept.subscription->id);
    return {};
}

}  // namespace weft::broker_mgmt
