#include "broker/node/topics.hpp"

#include "broker/config/log_modules.hpp"
#include "broker/node/producer_link.hpp"
#include "common/base/assert.hpp"
#include "common/base/conditions.hpp"
#include "common/base/printable.hpp"
#include "common/io/log.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace weft::broker {
namespace {

/// Of the queue of a subscription to it, of which `words` say what it is. One that does not outlive
/// its links has a bound: nothing was promised beyond them.
QueueEntry entry_for(const TopicEntries::Topic& topic, wire::Map words) {
    QueueEntry entry = topic.entry;
    entry.subscription = std::move(words);
    queue::Settings& settings = entry.settings;
    if (is_passing(entry.subscription) && settings.messages_max == 0 && settings.bytes_max == 0) {
        settings.messages_max = Topics::kPassingMessages;
        settings.bytes_max = Topics::kPassingBytes;
        settings.overflow = queue::Overflow::drop_oldest;
    }
    return entry;
}

}  // namespace

Topics::Topics(io::Loop& loop, Queues& queues)
    : loop_{loop},
      queues_{queues},
      publications_{
          loop,
          queues,
          {.match = [this](const Publications::Publication& one) { return match(one.topic); },
           .look =
               [this](Choosing& choosing, const Publications::Publication& one) {
                   return look(choosing, one.payload, one.container);
               },
           .give = [this](QueueNode& queue,
                          const Publications::Publication& one) { return give_one(queue, one); },
           .given = [this](std::size_t goals) { note_given(goals); }}} {
    queues_.watch([this](QueueNode& queue, QueueEvent event) {
        if (event == QueueEvent::room) {
            on_room(queue);
        }
    });
}

void Topics::restore() {
    std::uint64_t id = 0;
    for (QueueNode* const queue : std::vector{queues_.all()}) {
        if (queue->entry().subscription.empty()) {
            continue;
        }
        if (++id % Queues::kTakenUntilRenewal == 0) {
            queues_.store().renew();
        }
        restore(*queue, topic::SubscriptionId{id});
    }
    set_alarm();
}

void Topics::restore(QueueNode& queue, topic::SubscriptionId id) {
    auto read = read_subscription(queue.entry().subscription);
    if (!read) {
        note_problem(queue, read.error());
        return;
    }
    StoredSubscription stored = *std::move(read);
    if (!stored.is_durable()) {
        queues_.drop(queue);
        return;
    }
    Held held{.queue = &queue, .container = std::move(stored.container)};
    const topic::Interest& interest = stored.subscription.interest;
    if (!interest.selector.empty()) {
        auto selector = selectors_.read(interest.selector);
        held.blind = !selector;
        if (selector) {
            held.selector = *std::move(selector);
        } else {
            note_problem(queue, selector.error());
        }
    }
    if (auto known = entries_.hold(topic::written(interest.filter))) {
        held.topic = *std::move(known);
        held.topic->entry = queue.entry();
        held.topic->entry.subscription = {};
        held.topic->entry.is_topic = true;
        held.topic->queues.insert(&queue);
    }
    stored.subscription.id = id;
    held_.emplace(id, std::move(held));
    // A broker that was killed may have left two: they stand in the order in which they were made.
    if (const auto replaced = subscriptions_.restore(std::move(stored.subscription), loop_.now())) {
        WEFT_LOG(broker_config::kQueueModule, io::Level::notice,
                 "'" + printable(held_.at(*replaced).queue->name()) +
                     "' is dropped: a subscription of the same name took its place");
        drop(*replaced);
    }
}

/// It is no subscription, or gets no messages; what it holds stays.
void Topics::note_problem(const QueueNode& queue, const Error& error) {
    problems_.push_back(
        of_store(queue.name(), error).text +
        "; its subscription gets no messages: let its client close it, or subscribe "
        "anew");
    WEFT_LOG(broker_config::kQueueModule, io::Level::error, problems_.back());
}

Result<TopicEntries::Hold> Topics::learn(std::string_view address, const QueueEntry* told) {
    WEFT_TRY(TopicEntries::Hold topic, entries_.hold(address));
    if (told != nullptr && (!topic->told || topic->entry != *told)) {
        topic->told = true;
        topic->entry = *told;
        for (QueueNode* const queue : topic->queues) {
            queue->change(entry_for(*topic, queue->entry().subscription));
        }
    }
    return topic;
}

// --- subscriptions ---------------------------------------------------------------------------

Result<Topics::Joined> Topics::attach(Wish wish) {
    TopicEntries::Hold topic;
    if (!wish.request.resumes) {
        WEFT_TRY(topic, entries_.hold(wish.address));
    }
    const topic::LinkId link{++links_made_};
    WEFT_TRY(const topic::Subscriptions::Attached attached,
             subscriptions_.attach(wish.request, link));
    if (attached.stolen) {
        lose(*attached.stolen, {kStolen, "another link has taken the subscription"});
    }
    const topic::Subscription& subscription = *attached.subscription;
    if (attached.replaced) {
        drop(*attached.replaced);  // first: who is killed between has none of that name, not two
    }
    if (attached.made) {
        hold(subscription, wish, topic);
    }
    links_.emplace(link, std::move(wish.lost));
    Held& held = held_.at(subscription.id);
    if (topic) {  // it may wait otherwise than before, and its topic's entry hold
        if (held.topic && held.topic != topic) {  // the same one, written otherwise
            held.topic->queues.erase(held.queue);
            topic->entry = topic->told ? topic->entry : held.topic->entry;
        }
        held.topic = std::move(topic);
        held.topic->queues.insert(held.queue);
        held.queue->change(
            entry_for(*held.topic, subscription_words(subscription, held.container)));
    }
    set_alarm();
    return Joined{
        .link = link, .subscription = &subscription, .queue = held.queue, .made = attached.made};
}

void Topics::hold(const topic::Subscription& subscription,
                  Wish& wish,
                  const TopicEntries::Hold& topic) {
    QueueNode& queue = queues_.add_subscription(
        entry_for(*topic, subscription_words(subscription, wish.container)));
    if (!topic::is_durable(subscription.kind)) {
        queue.add_to(&passing_bytes_);
    }
    held_.emplace(subscription.id, Held{.queue = &queue,
                                        .selector = std::move(wish.selector),
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

/// The link is told that it has its subscription no more.
void Topics::lose(topic::LinkId link, const Error& error) {
    if (const auto lost = links_.extract(link)) {
        lost.mapped()(error);
    }
}

bool Topics::remove(topic::SubscriptionId id) {
    const topic::Subscription* const known = subscriptions_.find(id);
    if (known == nullptr) {
        return false;
    }
    const std::vector<topic::LinkId> links = known->links;
    subscriptions_.remove(id);
    for (const topic::LinkId link : links) {
        lose(link, {kResourceDeleted, "the subscription was deleted by an operator"});
    }
    drop(id);
    set_alarm();
    return true;
}

void Topics::each_subscription(std::size_t offset,
                               const std::function<bool(const Kept&)>& visit) const {
    auto at = held_.begin();
    std::advance(at, static_cast<std::ptrdiff_t>(std::min(offset, held_.size())));
    for (; at != held_.end() && visit(find(at->first)); ++at) {
    }
}

Topics::Kept Topics::find(topic::SubscriptionId id) const {
    const auto held = held_.find(id);
    if (held == held_.end()) {
        return {};
    }
    return {.subscription = subscriptions_.find(id),
            .queue = held->second.queue,
            .container = held->second.container};
}

/// It is gone, and what it held.
void Topics::drop(topic::SubscriptionId id) {
    const auto held = held_.extract(id);
    QueueNode& queue = *held.mapped().queue;
    if (held.mapped().topic) {
        held.mapped().topic->queues.erase(&queue);
    }
    if (is_passing(queue.entry().subscription)) {
        counters_.gone += queue.machine().counters();
    }
    queue.add_to(nullptr);
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

Result<Topics::Chosen> Topics::choose(std::string_view name,
                                      const queue::Payload& payload,
                                      std::string_view container) {
    WEFT_TRY(Choosing choosing, match(name));
    Chosen chosen{.matched = choosing.matched.size()};
    while (!choosing.done()) {
        if (QueueNode* const goal = look(choosing, payload, container)) {
            chosen.goals.push_back(goal);
        }
    }
    chosen.looks = choosing.looks;
    return chosen;
}

Result<Choosing> Topics::match(std::string_view name) {
    if (auto fits = topic::check_name(name); !fits) {
        return tl::unexpected(fits.error());
    }
    const std::uint64_t before = subscriptions_.index().steps();
    std::vector<topic::Subscription*> matched;
    subscriptions_.match(name, matched);
    Choosing choosing;
    choosing.matched.reserve(matched.size());
    for (const topic::Subscription* const one : matched) {
        choosing.matched.push_back(one->id);
    }
    choosing.looks = static_cast<std::size_t>(subscriptions_.index().steps() - before) +
                     matched.size() / Choosing::kPartsOfLook;
    return choosing;
}

QueueNode* Topics::look(Choosing& choosing,
                        const queue::Payload& payload,
                        std::string_view container) {
    const topic::SubscriptionId id = choosing.matched[choosing.next++];
    ++choosing.looks;
    const auto held = held_.find(id);
    if (held == held_.end()) {
        return nullptr;  // it is gone since
    }
    const topic::Subscription& subscription = *subscriptions_.find(id);
    if (!wants(subscription, held->second, payload, container, choosing)) {
        return nullptr;
    }
    if (!has_room(subscription, held->second, payload->size())) {
        ++counters_.left_out;
        return nullptr;
    }
    return held->second.queue;
}

void Topics::give(const std::vector<QueueNode*>& goals,
                  const Publications::Publication& publication) {
    for (QueueNode* const goal : goals) {
        give_one(*goal, publication);
    }
    note_given(goals.size());
}

bool Topics::give_one(QueueNode& queue, const Publications::Publication& publication) {
    const auto kept = queue.offer(publication.payload, publication.sections, publication.origin,
                                  /*weighed=*/true);
    WEFT_CHECK(kept);  // it does not refuse
    if (queue.credit_share() == 0) {
        full_.try_emplace(&queue);
    }
    return *kept > 0;
}

void Topics::note_given(std::size_t goals) {
    ++counters_.published;
    counters_.copies += goals;
    counters_.unwanted += goals == 0 ? 1U : 0U;
}

bool Topics::wants(const topic::Subscription& subscription,
                   const Held& held,
                   const queue::Payload& payload,
                   std::string_view container,
                   Choosing& choosing) {
    if (held.blind || (subscription.interest.no_local && held.container == container)) {
        return false;
    }
    if (!held.selector) {
        return true;
    }
    const queue::Choice verdict = verdict_of(held.selector, payload, choosing);
    counters_.gave_up += verdict == queue::Choice::gave_up ? 1U : 0U;
    return verdict == queue::Choice::wanted;
}

queue::Choice Topics::verdict_of(const SharedSelector& selector,
                                 const queue::Payload& payload,
                                 Choosing& choosing) {
    if (const auto known = choosing.verdicts.find(selector); known != choosing.verdicts.end()) {
        return known->second;
    }
    ++counters_.judged;
    const queue::Judged judged = judge(*selector, {.payload = payload});
    choosing.looks += judged.steps / Choosing::kPartsOfLook;
    if (choosing.verdicts.size() < Choosing::kVerdictsMax) {
        choosing.verdicts.emplace(selector, judged.choice);
    }
    return judged.choice;
}

/// Of what is durable each copy is kept.
bool Topics::has_room(const topic::Subscription& subscription,
                      const Held& held,
                      std::size_t bytes) const {
    if (topic::is_durable(subscription.kind)) {
        return true;
    }
    const std::uint64_t free = kPassingBytesMax - std::min(passing_bytes_, kPassingBytesMax);
    return held.queue->machine().stock().bytes() + bytes <= free / kPassingShares;
}

bool Topics::takes_credit(std::string_view name, ProducerLink* waits) {
    if (full_.empty()) {
        return true;
    }
    if (waits != nullptr && waiting_.contains(waits)) {
        return false;
    }
    if (waits != nullptr && !asks_ && !publications_.has_steps()) {
        ask_later(*waits);
        return false;
    }
    const std::uint64_t before = subscriptions_.index().steps();
    std::vector<topic::Subscription*> matched;
    subscriptions_.match(name, matched);
    publications_.charge(static_cast<std::size_t>(subscriptions_.index().steps() - before) +
                         matched.size());
    for (const topic::Subscription* const one : matched) {
        const auto held = held_.find(one->id);  // none of one that is being made
        const auto full = held == held_.end() ? full_.end() : full_.find(held->second.queue);
        if (full != full_.end()) {
            if (waits != nullptr) {
                full->second.insert(waits);
                waiting_.emplace(waits, full->first);
            }
            return false;
        }
    }
    return true;
}

void Topics::remove_producer(ProducerLink& producer) {
    if (const auto waits = waiting_.find(&producer); waits != waiting_.end()) {
        full_.at(waits->second).erase(&producer);
        waiting_.erase(waits);
    }
    unasked_.erase(&producer);
}

/// Whether it may have credit.
void Topics::ask_later(ProducerLink& producer) {
    if (unasked_.insert(&producer).second && unasked_.size() == 1) {
        asking_ = loop_.after(Duration::zero(), [this] { ask(); });
    }
}

/// One of them at least, so that all have their turn.
void Topics::ask() {
    asks_ = true;
    for (std::size_t left = unasked_.size(); left > 0 && !unasked_.empty(); --left) {
        if (!asks_ && !publications_.has_steps()) {
            break;
        }
        unasked_.extract(unasked_.begin()).value()->grant();
        asks_ = false;
    }
    asks_ = false;
    if (!unasked_.empty()) {
        asking_ = loop_.after(Duration::zero(), [this] { ask(); });
    }
}

/// Those that it stopped ask again, and may find another one full.
void Topics::on_room(QueueNode& queue) {
    auto full = full_.extract(&queue);
    if (!full) {
        return;
    }
    for (ProducerLink* const producer : full.mapped()) {
        waiting_.erase(producer);
    }
    for (ProducerLink* const producer : full.mapped()) {
        producer->grant();
    }
}

}  // namespace weft::broker
