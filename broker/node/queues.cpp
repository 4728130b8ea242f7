#include "broker/node/queues.hpp"

#include "broker/config/log_modules.hpp"
#include "common/base/conditions.hpp"
#include "common/base/printable.hpp"
#include "common/io/log.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <utility>

namespace weft::broker {
namespace {

/// The longest that a timer is set for, in milliseconds: the clock of the wall may be set.
constexpr queue::WallTime kAlarmMost = 60'000;

/// Of the names of subscriptions' queues; no other queue has such a name.
constexpr std::string_view kSubscriptionPrefix = "$subscription/";
/// The settings of a queue that is about to be deleted.
constexpr std::string_view kDropped = "";

}  // namespace

Result<std::unique_ptr<Queues>> Queues::open(io::Loop& loop,
                                             const Options& options,
                                             std::function<void(const Error&)> failed) {
    std::unique_ptr<Queues> queues{new Queues{loop, options}};
    WEFT_TRY(queues->store_,
             store::Store::open(
                 loop, options.store,
                 {.stored =
                      [all = queues.get()](store::QueueNumber number, queue::MessageId through) {
                          all->by_number_.at(number)->on_stored(through);
                      },
                  .failed = std::move(failed)}));
    for (store::KnownQueue& known : queues->store_->take_queues()) {
        if (auto done = queues->take_up(std::move(known)); !done) {
            return tl::unexpected(done.error());
        }
    }
    queues->set_alarm();
    return queues;
}

Error of_store(std::string_view queue, const Error& error) {
    return {error.condition, "queue '" + printable(queue) + "' of the store: " + error.text};
}

Result<void> Queues::take_up(store::KnownQueue known) {
    if (known.name.starts_with(kSubscriptionPrefix)) {
        std::uint64_t number = 0;
        const char* const end = known.name.data() + known.name.size();
        (void)std::from_chars(known.name.data() + kSubscriptionPrefix.size(), end, number);
        subscriptions_made_ = std::max(subscriptions_made_, number);
    }
    if (known.settings == kDropped) {
        store_->drop_queue(known.number, [] {});
        return {};
    }
    auto entry = parse_entry(known.settings);
    if (!entry) {
        return tl::unexpected(of_store(known.name, entry.error()));
    }
    wake_for(add(std::move(known.name), known.number, *std::move(entry), known.stored));
    return {};
}

Result<QueueNode*> Queues::find(std::string_view name, const std::optional<QueueEntry>& told) {
    if (store_->has_failed()) {
        return fail(kInternalError, "the broker's store failed: see its log");
    }
    if (name.empty() || name.size() > kQueueNameMax) {
        return fail(kInvalidField, "the name of a queue has 1 to 1024 bytes");
    }
    if (name.starts_with(kSubscriptionPrefix)) {
        return fail(kNotAllowed, "names that begin with '" + std::string{kSubscriptionPrefix} +
                                     "' are of subscriptions: attach to the topic");
    }
    if (const auto found = queues_.find(name); found != queues_.end()) {
        if (told) {
            found->second->change(*told);
        }
        return found->second.get();
    }
    if (!told && !options_.auto_create && name != kDeadLetters) {
        return fail(kNotFound, "there is no queue '" + printable(name) +
                                   "': a router makes it by an entry of its address list, or links "
                                   "do with /broker/autoCreate");
    }
    if (queues_.size() >= kQueuesMax) {
        return fail(kResourceLimitExceeded, "the broker has 100000 queues, and makes no more");
    }
    return &make(name, told.value_or(QueueEntry{}));
}

QueueNode& Queues::make(std::string_view name, const QueueEntry& entry) {
    const store::QueueNumber number = store_->add_queue(std::string{name}, entry_text(entry));
    WEFT_LOG(broker_config::kQueueModule, io::Level::info,
             "queue '" + printable(name) + "' is made");
    return add(std::string{name}, number, entry, {});
}

QueueNode& Queues::add(std::string name,
                       store::QueueNumber number,
                       QueueEntry entry,
                       const queue::Stored& stored) {
    auto made = std::make_unique<QueueNode>(*this, number, name, std::move(entry), stored);
    QueueNode& queue = *made;
    by_number_.emplace(number, &queue);
    all_.push_back(&queue);
    if (queue.entry().subscription.empty()) {
        queues_.emplace(std::move(name), std::move(made));
    } else {
        of_subscriptions_.emplace(number, std::move(made));
    }
    return queue;
}

QueueNode& Queues::add_subscription(QueueEntry entry) {
    std::string name = std::string{kSubscriptionPrefix} + std::to_string(++subscriptions_made_);
    const store::QueueNumber number = store_->add_queue(name, entry_text(entry));
    return add(std::move(name), number, std::move(entry), {});
}

std::vector<QueueNode*> Queues::subscriptions() const {
    std::vector<QueueNode*> all;
    for (const auto& [number, queue] : of_subscriptions_) {
        all.push_back(queue.get());
    }
    return all;
}

void Queues::drop(QueueNode& queue) {
    dropped_.insert(&queue);
    std::erase(all_, &queue);
    if (stirred_.erase(&queue) > 0) {
        std::erase(line_, &queue);
    }
    if (const auto due = due_of_.find(&queue); due != due_of_.end()) {
        due_.erase({due->second, &queue});
        due_of_.erase(due);
    }
    // A broker that is started before all of it is gone goes on with that.
    store_->set_settings(queue.number(), std::string{kDropped});
    store_->drop_queue(queue.number(), [this, &queue] {
        const store::QueueNumber number = queue.number();
        dropped_.erase(&queue);
        by_number_.erase(number);
        of_subscriptions_.erase(number);
    });
}

QueueNode& Queues::dead_letters_of(const QueueNode& queue) {
    const std::string& name = queue.entry().dead_letter;
    if (const auto found = queues_.find(name); found != queues_.end()) {
        return *found->second;
    }
    // That of all queues is there even where no more can be made.
    const bool may_be = queues_.size() < kQueuesMax && !name.starts_with(kSubscriptionPrefix);
    return may_be ? make(name, {}) : dead_letters_of_all();
}

QueueNode& Queues::dead_letters_of_all() {
    const auto found = queues_.find(kDeadLetters);
    return found == queues_.end() ? make(kDeadLetters, {}) : *found->second;
}

void Queues::note_end(const QueueNode& queue, queue::MessageId message, std::string_view how) {
    using broker_config::kQueueModule;
    if (!io::log().enabled(kQueueModule, io::Level::notice)) {
        return;
    }
    if (!ends_logged_.take(loop_.now())) {
        io::log().count_dropped(kQueueModule);
        return;
    }
    if (const std::uint64_t left_out = ends_logged_.take_left_out(); left_out > 0) {
        WEFT_LOG(kQueueModule, io::Level::notice,
                 "of " + std::to_string(left_out) + " messages more no line tells how they ended");
    }
    WEFT_LOG(kQueueModule, io::Level::notice,
             "message " + std::to_string(message) + " of queue '" + printable(queue.name()) + "' " +
                 std::string{how});
}

bool Queues::hold(std::size_t bytes) {
    if (bytes > kHeldMax - held_) {
        return false;
    }
    held_ += bytes;
    return true;
}

void Queues::stir(QueueNode& queue) {
    if (dropped_.contains(&queue)) {
        return;
    }
    if (stirred_.insert(&queue).second) {
        line_.push_back(&queue);
        run_later();
    }
}

void Queues::run_later() {
    if (!std::exchange(run_due_, true)) {
        loop_.post([self = std::weak_ptr{self_}] {
            if (const auto queues = self.lock()) {
                (*queues)->run();
            }
        });
    }
}

void Queues::run() {
    run_due_ = false;
    for (std::size_t left = std::min(line_.size(), kRunAtOnce); left > 0; --left) {
        QueueNode& queue = *line_.front();
        line_.pop_front();
        stirred_.erase(&queue);
        if (queue.run()) {
            stir(queue);
        }
        wake_for(queue);
    }
    if (!line_.empty()) {
        run_later();
    }
    set_alarm();
}

void Queues::finish(std::function<void()> done) {
    while (!line_.empty()) {
        run();
    }
    store_->when_idle(std::move(done));
}

queue::WallTime Queues::now() const {
    using std::chrono::duration_cast;
    using std::chrono::milliseconds;
    const auto since_1970 = std::chrono::system_clock::now().time_since_epoch();
    return static_cast<queue::WallTime>(duration_cast<milliseconds>(since_1970).count());
}

/// Notes when time alone gives the queue something to do.
void Queues::wake_for(QueueNode& queue) {
    const queue::WallTime due = queue.due();
    const auto known = due_of_.find(&queue);
    if (known != due_of_.end()) {
        if (known->second == due) {
            return;
        }
        due_.erase({known->second, &queue});
        due_of_.erase(known);
    }
    if (due != queue::kForever) {
        due_.emplace(due, &queue);
        due_of_.emplace(&queue, due);
    }
}

void Queues::set_alarm() {
    const queue::WallTime due = due_.empty() ? queue::kForever : due_.begin()->first;
    if (due == alarm_at_) {
        return;
    }
    alarm_at_ = due;
    alarm_.cancel();
    if (due != queue::kForever) {
        const queue::WallTime now = this->now();
        const queue::WallTime wait = std::min(due > now ? due - now : 0, kAlarmMost);
        alarm_ = loop_.after(std::chrono::milliseconds{wait}, [this] { stir_due(); });
    }
}

void Queues::stir_due() {
    alarm_at_ = queue::kForever;
    const queue::WallTime now = this->now();
    for (auto next = due_.begin(); next != due_.end() && next->first <= now; ++next) {
        stir(*next->second);
    }
    if (stirred_.empty()) {
        set_alarm();  // the clock was set back, or it was far away
    }
}

}  // namespace weft::broker
