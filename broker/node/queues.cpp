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

using broker_config::kQueueModule;

/// The longest that a timer is set for, in milliseconds: the clock of the wall may be set.
constexpr queue::WallTime kAlarmMost = 60'000;

/// Of the names of subscriptions' queues; no other queue has such a name.
constexpr std::string_view kSubscriptionPrefix = "$subscription/";
/// The settings of a queue that is about to be deleted.
constexpr std::string_view kDropped = "";

}  // namespace

Result<std::unique_ptr<Queues>> Queues::open(io::Loop& loop,
                                             const Options& options,
                                             std::function<void(const Error&)> failed,
                                             std::shared_ptr<store::Claim> claim) {
    std::unique_ptr<Queues> queues{new Queues{loop, options}};
    WEFT_TRY(queues->store_,
             store::Store::open(
                 loop, options.store,
                 {.stored =
                      [all = queues.get()](store::QueueNumber number, queue::MessageId through) {
                          all->by_number_.at(number)->on_stored(through);
                      },
                  .failed = std::move(failed),
                  .room = [all = queues.get()](store::Room) { all->intake_->on_room(); }},
                 std::move(claim)));
    queues->intake_->watch(*queues->store_);
    std::size_t taken = 0;
    for (store::KnownQueue& known : queues->store_->take_queues()) {
        if (++taken % kTakenUntilRenewal == 0) {
            queues->store_->renew();
        }
        if (auto done = queues->take_up(std::move(known)); !done) {
            return tl::unexpected(done.error());
        }
    }
    queues->set_alarm();
    queues->set_idle_alarm();
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
        going_names_.insert(known.name);
        store_->drop_queue(known.number, [this, name = known.name] { going_names_.erase(name); });
        return {};
    }
    auto entry = parse_entry(known.settings);
    if (!entry) {
        return tl::unexpected(of_store(known.name, entry.error()));
    }
    QueueNode& queue = add(std::move(known.name), known.number, *std::move(entry), known.stored);
    wake_for(queue);
    note_use(queue);
    if (queue.machine().words().awaits_fences()) {
        stir(queue);  // its producers wait for that
    }
    return {};
}

Result<QueueNode*> Queues::find(std::string_view name, const std::optional<QueueEntry>& told) {
    if (store_->has_failed()) {
        return fail(kInternalError, "the broker's store failed: see its log");
    }
    if (name.empty() || name.size() > kQueueNameMax) {
        return fail(kInvalidField, "the name of a queue has 1 to " + std::to_string(kQueueNameMax) +
                                       " bytes, not " + std::to_string(name.size()));
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
    if (going_names_.contains(name)) {
        return fail(kResourceLocked,
                    "the queue '" + printable(name) + "' is being deleted: try again in a moment");
    }
    if (!told && !options_.auto_create && name != kDeadLetters) {
        return fail(kNotFound, "there is no queue '" + printable(name) +
                                   "': a router makes it by an entry of its address list, or links "
                                   "do with /broker/autoCreate");
    }
    if (queues_.size() >= kQueuesMax) {
        return fail(kResourceLimitExceeded, "there are " + std::to_string(kQueuesMax) +
                                                " queues, as many as there may be, and no '" +
                                                printable(name) +
                                                "': delete some that nobody needs");
    }
    return &make(name, told.value_or(QueueEntry{}));
}

QueueNode* Queues::find(store::QueueNumber number) const {
    const auto found = by_number_.find(number);
    return found == by_number_.end() || going_.contains(number) ? nullptr : found->second;
}

QueueNode& Queues::make(std::string_view name, const QueueEntry& entry) {
    const store::QueueNumber number = store_->add_queue(std::string{name}, entry_text(entry));
    WEFT_LOG(kQueueModule, io::Level::info, "queue '" + printable(name) + "' is made");
    QueueNode& queue = add(std::string{name}, number, entry, {});
    stir(queue);  // whoever wanted it may not stay
    note(queue, QueueEvent::made);
    return queue;
}

void Queues::note(QueueNode& queue, QueueEvent event) const {
    for (const auto& hear : watchers_) {
        hear(queue, event);
    }
}

QueueNode& Queues::add(std::string name,
                       store::QueueNumber number,
                       QueueEntry entry,
                       const queue::Stored& stored) {
    auto made =
        std::make_unique<QueueNode>(*this, number, name, entries_.share(std::move(entry)), stored);
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
    QueueNode& queue = add(std::move(name), number, std::move(entry), {});
    note(queue, QueueEvent::made);
    return queue;
}

void Queues::drop(QueueNode& queue) {
    const store::QueueNumber number = queue.number();
    some_left_ = true;
    stirred_.erase(&queue);
    idle_.forget(queue);
    if (const auto due = due_of_.find(&queue); due != due_of_.end()) {
        due_.erase({due->second, &queue});
        due_of_.erase(due);
    }
    auto one = of_subscriptions_.extract(number);
    going_.emplace(
        number, one ? std::move(one.mapped()) : std::move(queues_.extract(queue.name()).mapped()));
    going_names_.insert(queue.name());
    queue.let_go();
    note(queue, QueueEvent::gone);
    // A broker that is started before all of it is gone goes on with that.
    store_->set_settings(number, std::string{kDropped});
    store_->drop_queue(number, [this, number] {
        (void)all();  // it is in it no more
        by_number_.erase(number);
        const auto gone = going_.extract(number);
        going_names_.erase(gone.mapped()->name());
    });
}

/// Those that left are taken out together.
const std::vector<QueueNode*>& Queues::all() const {
    if (std::exchange(some_left_, false)) {
        std::erase_if(all_, [this](QueueNode* queue) { return going_.contains(queue->number()); });
    }
    return all_;
}

QueueNode* Queues::known(std::string_view name) const {
    if (const auto found = queues_.find(name); found != queues_.end()) {
        return found->second.get();
    }
    const auto is_it = [name](const auto& each) { return each.second->name() == name; };
    const auto found = name.starts_with(kSubscriptionPrefix)
                           ? std::ranges::find_if(of_subscriptions_, is_it)
                           : of_subscriptions_.end();
    return found == of_subscriptions_.end() ? nullptr : found->second.get();
}

QueueNode& Queues::dead_letters_of(const QueueNode& queue) {
    const std::string& name = queue.entry().dead_letter;
    if (const auto found = queues_.find(name); found != queues_.end()) {
        return *found->second;
    }
    // That of all queues is there even where no more can be made.
    const bool may_be = queues_.size() < kQueuesMax && !name.empty() &&
                        !name.starts_with(kSubscriptionPrefix) && !going_names_.contains(name);
    return may_be ? make(name, {}) : dead_letters_of_all();
}

/// What names itself is idle all the same.
void Queues::change_grave(std::string_view queue, std::string_view before, std::string_view now) {
    if (!now.empty() && now != queue) {
        graves_.add(now);
    }
    if (before.empty() || before == queue || !graves_.remove(before)) {
        return;
    }
    if (const auto found = queues_.find(before); found != queues_.end()) {
        stir(*found->second);  // it may be idle from now on
    }
}

QueueNode& Queues::dead_letters_of_all() {
    const auto found = queues_.find(kDeadLetters);
    return found == queues_.end() ? make(kDeadLetters, {}) : *found->second;
}

void Queues::note_end(const QueueNode& queue, queue::MessageId message, std::string_view how) {
    if (may_log(ends_logged_, " messages more no line tells how they ended")) {
        WEFT_LOG(kQueueModule, io::Level::notice,
                 "message " + std::to_string(message) + " of queue '" + printable(queue.name()) +
                     "' " + std::string{how});
    }
}

void Queues::note_refused(const endpoint::Connection& from,
                          const amqp::Link& link,
                          const Error* unheard) {
    intake_->note_refused();
    if (unheard != nullptr &&
        may_log(refusals_logged_, " messages more no line tells why they were refused")) {
        WEFT_LOG(kQueueModule, io::Level::notice,
                 "[C" + std::to_string(from.id()) + "] a message on link '" +
                     printable(link.name()) + "' is refused: " + unheard->text);
    }
}

/// `of_others`: what a line says of those that had none.
bool Queues::may_log(endpoint::LineBudget& lines, std::string_view of_others) {
    if (!io::log().enabled(kQueueModule, io::Level::notice)) {
        return false;
    }
    if (!lines.take(loop_.now())) {
        io::log().count_dropped(kQueueModule);
        return false;
    }
    if (const std::uint64_t left_out = lines.take_left_out(); left_out > 0) {
        WEFT_LOG(kQueueModule, io::Level::notice,
                 "of " + std::to_string(left_out) + std::string{of_others});
    }
    return true;
}

void Queues::read(store::QueueNumber number,
                  const queue::Range& range,
                  std::uint64_t most,
                  std::function<void(store::Reading)> done) {
    const auto ask = [this, number, range, most, answer = std::move(done)] {
        if (find(number) == nullptr) {
            read_ahead_->answered(most);
            return;  // nothing is asked of a queue that goes
        }
        queue::Range part = range;
        part.bytes = std::min<std::uint64_t>(range.bytes, most);
        store_->read(
            number, part,
            [this, number, range, most, answer](store::Reading reading) {
                if (reading.larger > 0) {  // that needs room of its own
                    read_ahead_->answered(most);
                    read(number, range, reading.larger, answer);
                    return;
                }
                for (queue::Record& record : reading.records) {
                    if (record.payload) {  // of a damaged one there may be nothing
                        record.payload = read_ahead_->count(std::move(record.payload));
                    }
                }
                read_ahead_->answered(most);
                answer(std::move(reading));
            },
            most);
    };
    read_ahead_->ask(most, ask, number);
    set_read_alarm();
}

void Queues::read_later() {
    loop_.post([self = std::weak_ptr{self_}] {
        if (const auto queues = self.lock()) {
            (*queues)->go_on_reading();
        }
    });
}

void Queues::go_on_reading() {
    read_ahead_->go_on();
    set_read_alarm();
}

void Queues::set_read_alarm() {
    const Instant due = read_ahead_->deadline();
    if (due == read_alarm_at_) {
        return;
    }
    read_alarm_at_ = due;
    read_alarm_.cancel();
    if (const Instant now = loop_.now(); due != kNever) {
        read_alarm_ = loop_.after(due > now ? due - now : Duration::zero(), [this] {
            read_alarm_at_ = kNever;
            go_on_reading();
        });
    }
}

std::string problem_of(const Queues& queues) {
    const ReadAhead& all = queues.read_ahead();
    if (!all.is_over()) {
        return {};
    }
    const QueueNode* const first = queues.find(all.first_in_line());
    const Holder* const longest = all.longest_still();
    return std::to_string(all.in_line()) + " reads of queues wait" +
           (first == nullptr ? "" : ", the first of '" + printable(first->name()) + "'") + ": " +
           std::to_string(all.bytes()) + " bytes that were read are with no peer yet, " +
           std::to_string(all.limits().bytes_max) + " may be" +
           (longest == nullptr ? "" : "; for longest " + longest->who());
}

void Queues::stir(QueueNode& queue) {
    if (going_.contains(queue.number())) {
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
        QueueNode* const next = line_.front();
        line_.pop_front();
        if (stirred_.erase(next) == 0) {
            continue;  // it is gone
        }
        QueueNode& queue = *next;
        if (queue.run()) {
            stir(queue);
        }
        if (queue.entry().is_to_leave()) {
            note(queue, QueueEvent::ran);
        }
        wake_for(queue);
        note_use(queue);
    }
    if (!line_.empty()) {
        run_later();
    }
    set_alarm();
    set_idle_alarm();
}

// --- those that nobody uses ------------------------------------------------------------------

bool Queues::is_idle(const QueueNode& queue) const {
    return is_unused(queue) && !graves_.has(queue.name());
}

void Queues::note_use(QueueNode& queue) {
    const QueueEntry& entry = queue.entry();
    if (is_idle(queue) && entry.is_pattern && entry.subscription.empty()) {
        idle_.touch(queue, loop_.now());
    } else {
        idle_.forget(queue);
    }
}

void Queues::set_idle_alarm() {
    const Instant due = idle_.deadline();
    if (due == idle_alarm_at_) {
        return;
    }
    idle_alarm_at_ = due;
    idle_alarm_.cancel();
    if (due != kNever) {
        const Instant now = loop_.now();
        idle_alarm_ =
            loop_.after(due > now ? due - now : Duration::zero(), [this] { drop_idle(); });
    }
}

/// Some of them; a link may have come since.
void Queues::drop_idle() {
    idle_alarm_at_ = kNever;
    for (std::size_t left = kRunAtOnce; left > 0; --left) {
        QueueNode* const queue = idle_.take_due(loop_.now());
        if (queue == nullptr) {
            break;
        }
        if (is_idle(*queue)) {
            ++idle_dropped_;
            WEFT_LOG(kQueueModule, io::Level::info,
                     "queue '" + printable(queue->name()) +
                         "' is deleted: it was empty and without links for deleteIdleSeconds");
            drop(*queue);
        }
    }
    set_idle_alarm();
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
    const queue::WallTime due = queue.machine().due();
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
