#include "broker/node/topics.hpp"

#include "broker/node/filters.hpp"
#include "broker/node/producer_link.hpp"
#include "common/base/assert.hpp"
#include "common/base/conditions.hpp"

#include <algorithm>
#include <utility>

namespace weft::broker {

Topics::Topics(io::Loop& loop, Queues& queues) : loop_{loop}, queues_{queues} {
    queues_.when_room([this](QueueNode& queue) { on_room(queue); });
}

Result<void> Topics::restore() {
    std::uint64_t id = 0;
    for (QueueNode* const queue : queues_.subscriptions()) {
        auto read = read_subscription(queue->entry().subscription);
        if (!read) {
            return tl::unexpected(of_store(queue->name(), read.error()));
        }
        StoredSubscription stored = *std::move(read);
        if (!stored.is_durable()) {
            queues_.drop(*queue);
            continue;
        }
        Held held{.queue = queue, .choose = {}, .container = std::move(stored.container)};
        if (!stored.subscription.interest.selector.empty()) {
            WEFT_TRY(held.choose, read_selector(stored.subscription.interest.selector));
        }
        stored.subscription.id = topic::SubscriptionId{++id};
        held_.emplace(stored.subscription.id, std::move(held));
        subscriptions_.restore(std::move(stored.subscription), loop_.now());
    }
    set_alarm();
    return {};
}

Result<void> Topics::learn(std::string_view address, const QueueEntry& entry) {
    const auto known = entries_.find(address);
    if (known == entries_.end() && entries_.size() >= kTopicsMax) {
        return fail(kResourceLimitExceeded, "the broker knows 100000 topics, and takes no more");
    }
    if (known == entries_.end()) {
        entries_.emplace(address, entry);
    } else {
        known->second = entry;
    }
    return {};
}

void Topics::unlearn(std::string_view address) {
    if (const auto known = entries_.find(address); known != entries_.end()) {
        entries_.erase(known);
    }
}

/// `otherwise`: where none was told.
QueueEntry Topics::entry_for(std::string_view address, const QueueEntry& otherwise) const {
    const auto known = entries_.find(address);
    return known == entries_.end() ? otherwise : known->second;
}

// --- subscriptions ---------------------------------------------------------------------------

Result<Topics::Joined> Topics::attach(Wish wish) {
    const topic::LinkId link{++links_made_};
    WEFT_TRY(const topic::Subscriptions::Attached attached,
             subscriptions_.attach(wish.request, link));
    if (attached.stolen) {
        if (const auto lost = links_.extract(*attached.stolen)) {
            lost.mapped()();
        }
    }
    const topic::Subscription& subscription = *attached.subscription;
    if (attached.made) {
        hold(subscription, wish);
    }
    if (attached.replaced) {
        drop(*attached.replaced);
    }
    links_.emplace(link, std::move(wish.lost));
    Held& held = held_.at(subscription.id);
    if (!wish.request.resumes) {  // it may wait otherwise than before, and its topic's entry hold
        QueueEntry entry = entry_for(wish.address, held.queue->entry());
        entry.subscription = subscription_words(subscription, held.container);
        held.queue->change(entry);
    }
    set_alarm();
    return Joined{
        .link = link, .subscription = &subscription, .queue = held.queue, .made = attached.made};
}

void Topics::hold(const topic::Subscription& subscription, Wish& wish) {
    QueueEntry entry = entry_for(wish.address, QueueEntry{});
    entry.subscription = subscription_words(subscription, wish.container);
    held_.emplace(subscription.id, Held{.queue = &queues_.add_subscription(std::move(entry)),
                                        .choose = std::move(wish.choose),
                                        .container = std::move(wish.container)});
}

void Topics::leave(topic::LinkId link, topic::Leaving leaving) {
    links_.erase(link);
    const auto left = subscriptions_.leave(link, leaving, loop_.now());
    if (left && left->life == topic::Life::closed) {
        drop(left->id);
    }
    set_alarm();
}

/// It is gone, and what it held.
void Topics::drop(topic::SubscriptionId id) {
    const auto held = held_.extract(id);
    QueueNode& queue = *held.mapped().queue;
    on_room(queue);
    queues_.drop(queue);
}

void Topics::set_alarm() {
    const Instant due = subscriptions_.deadline();
    if (due == alarm_at_) {
        return;
    }
    alarm_at_ = due;
    alarm_.cancel();
    if (due != kNever) {
        const Instant now = loop_.now();
        alarm_ =
            loop_.after(due > now ? due - now : Instant::duration::zero(), [this] { expire(); });
    }
}

void Topics::expire() {
    alarm_at_ = kNever;
    std::vector<topic::SubscriptionId> gone;
    subscriptions_.expire(loop_.now(), gone);
    for (const topic::SubscriptionId id : gone) {
        drop(id);
    }
    set_alarm();
}

// --- messages --------------------------------------------------------------------------------

Result<std::size_t> Topics::publish(std::string_view name,
                                    const queue::Payload& payload,
                                    std::uint64_t ttl,
                                    std::string_view container,
                                    const std::shared_ptr<ProducerLink>& producer,
                                    wire::DeliveryId delivery) {
    if (auto fits = topic::check_name(name); !fits) {
        return tl::unexpected(fits.error());
    }
    std::vector<topic::Subscription*> matched;
    subscriptions_.match(name, matched);
    std::vector<QueueNode*> goals;
    for (const topic::Subscription* subscription : matched) {
        const Held& held = held_.at(subscription->id);
        if (wants(*subscription, held, payload, container)) {
            goals.push_back(held.queue);
        }
    }
    const auto full = std::ranges::find_if(goals, &QueueNode::rejects);
    if (full != goals.end()) {
        return tl::unexpected((*full)->full());
    }
    for (QueueNode* const goal : goals) {
        const bool taken = goal->offer(payload, ttl, producer, delivery);
        WEFT_CHECK(taken);  // it does not reject
        if (!goal->takes_credit()) {
            full_.insert(goal);
        }
    }
    ++counters_.published;
    counters_.copies += goals.size();
    counters_.unwanted += goals.empty() ? 1U : 0U;
    return goals.size();
}

bool Topics::wants(const topic::Subscription& subscription,
                   const Held& held,
                   const queue::Payload& payload,
                   std::string_view container) {
    if (subscription.interest.no_local && held.container == container) {
        return false;
    }
    if (!held.choose) {
        return true;
    }
    const queue::Choice choice = held.choose({.payload = payload});
    counters_.gave_up += choice == queue::Choice::gave_up ? 1U : 0U;
    return choice == queue::Choice::wanted;
}

bool Topics::takes_credit(std::string_view name) const {
    if (full_.empty()) {
        return true;
    }
    std::vector<topic::Subscription*> matched;
    subscriptions_.match(name, matched);
    return std::none_of(matched.begin(), matched.end(), [this](const topic::Subscription* one) {
        return full_.contains(held_.at(one->id).queue);
    });
}

void Topics::on_room(QueueNode& queue) {
    if (full_.erase(&queue) > 0) {
        for (ProducerLink* const producer : producers_) {
            producer->grant();
        }
    }
}

}  // namespace weft::broker
