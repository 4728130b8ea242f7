#include "broker/node/queue_node.hpp"

#include "broker/node/producer_link.hpp"
#include "broker/node/queues.hpp"
#include "broker/node/taker.hpp"
#include "common/base/conditions.hpp"
#include "common/base/printable.hpp"
#include "common/wire/delivery_state.hpp"

#include <algorithm>
#include <limits>
#include <string_view>
#include <utility>
#include <variant>

namespace weft::broker {
namespace {

/// As much as a message has that came before this process was started.
constexpr std::uint64_t kLargestMax = std::uint64_t{64} * 1024 * 1024;

/// What is behind a queue that is its own dead letter queue: nothing. That of all queues ends
/// somewhere in any case: what is too much for it, or too old, nobody needs.
queue::Settings machine_settings(const std::string& name, const QueueEntry& entry) {
    queue::Settings settings = entry.settings;
    settings.last_resort = entry.dead_letter == name;
    if (name == kDeadLetters) {
        settings.overflow = queue::Overflow::drop_oldest;
        if (settings.messages_max == 0 && settings.bytes_max == 0) {
            settings.bytes_max = kDeadLetterBytes;
        }
        if (settings.ttl_default == 0 && settings.ttl_max == 0) {
            settings.ttl_default = kDeadLetterMilliseconds;
        }
    }
    return settings;
}

std::string_view words_of(queue::Death death) {
    switch (death) {
        case queue::Death::rejected:
            return "rejected";
        case queue::Death::deliveries_spent:
            return "maxDeliveries failed";
        case queue::Death::expired:
            return "expired";
        case queue::Death::undeliverable:
            return "undeliverable";
        case queue::Death::damaged:
            return "damaged";
    }
    return "";
}

}  // namespace

QueueNode::QueueNode(Queues& queues,
                     store::QueueNumber number,
                     std::string name,
                     QueueEntry entry,
                     const queue::Stored& stored)
    : queues_{queues},
      number_{number},
      name_{std::move(name)},
      entry_{std::move(entry)},
      machine_{machine_settings(name_, entry_), stored},
      largest_{std::min(stored.bytes, kLargestMax)} {}

void QueueNode::change(const QueueEntry& entry) {
    if (entry == entry_) {
        return;
    }
    const bool took_credit = credit_share() > 0;
    entry_ = entry;
    queues_.store().set_settings(number_, entry_text(entry_));
    machine_.change(machine_settings(name_, entry_), actions_);
    if (!took_credit && credit_share() > 0) {  // it may be full as ever, and block no more
        actions_.push_back(queue::Room{});
    }
    stir();
}

void QueueNode::add_to(std::uint64_t* bytes) {
    if (bytes_ != nullptr) {
        *bytes_ -= std::exchange(bytes_counted_, 0);
    }
    bytes_ = bytes;
    note_bytes();
}

void QueueNode::note_bytes() {
    if (bytes_ != nullptr) {
        *bytes_ += machine_.bytes();
        *bytes_ -= std::exchange(bytes_counted_, machine_.bytes());
    }
}

void QueueNode::stir() {
    queues_.stir(*this);
}

// --- producers -------------------------------------------------------------------------------

std::uint64_t QueueNode::credit_share() const {
    const queue::Settings& settings = machine_.settings();
    if (machine_.is_full() && settings.overflow == queue::Overflow::block) {
        return 0;
    }
    if (settings.overflow != queue::Overflow::block || settings.messages_max == 0) {
        return std::numeric_limits<std::uint64_t>::max();
    }
    const std::uint64_t free = settings.messages_max - machine_.depth();
    return std::max<std::uint64_t>(1, free / std::max<std::size_t>(1, producers_.size()));
}

Error QueueNode::full() const {
    return {kResourceLimitExceeded,
            "'" + printable(name_) +
                "' is full (maxMessages or maxBytes of its entry): receive from it, or raise them"};
}

bool QueueNode::offer(queue::Payload payload, std::uint64_t ttl, const Origin& origin) {
    const queue::WallTime now = queues_.now();
    if (const auto id = machine_.offer(payload, ttl, now, appends_)) {
        append(*id, origin);
        return true;
    }
    if (machine_.settings().overflow != queue::Overflow::dead_letter) {
        return false;
    }
    QueueNode& grave = queues_.dead_letters_of(*this);
    grave.append(grave.machine_.take(std::move(payload), 0, now, grave.appends_), origin);
    return true;
}

/// A message's number is the next one, so it goes to the store before another's dead one can.
void QueueNode::append(queue::MessageId id, const Origin& origin) {
    for (const queue::Action& one : std::exchange(appends_, {})) {
        carry_out(std::get<queue::Append>(one));
    }
    arrivals_.note(id, queues_.now());
    waiting_.push_back({id, origin.producer, origin.delivery, origin.message});
    note_bytes();
    stir();
}

queue::Queue::Taken QueueNode::take_moved(std::uint64_t size) {
    largest_ = std::max(largest_, size);
    const queue::WallTime now = queues_.now();
    const queue::Queue::Taken taken = machine_.take_dead(size, now);
    arrivals_.note(taken.id, now);
    return taken;
}

void QueueNode::on_stored(queue::MessageId through) {
    machine_.on_stored(through);
    while (!waiting_.empty() && waiting_.front().id <= through) {
        const Waiting one = std::move(waiting_.front());
        waiting_.pop_front();
        if (const auto producer = one.producer.lock()) {
            producer->on_stored(one.delivery);
        }
    }
    stir();
}

// --- consumers -------------------------------------------------------------------------------

queue::ConsumerId QueueNode::add_consumer(Taker& taker,
                                          Kind kind,
                                          queue::Choose choose,
                                          queue::MessageId from) {
    const queue::ConsumerId id{++consumers_made_};
    consumers_.emplace(id, &taker);
    if (kind == Kind::browser) {
        machine_.attach_browser(id, std::move(choose));
    } else {
        machine_.attach(id, std::move(choose), from);
    }
    return id;
}

void QueueNode::remove_consumer(queue::ConsumerId id, bool failed) {
    consumers_.erase(id);
    machine_.detach(id, failed, queues_.now(), actions_);
    stir();
}

void QueueNode::set_credit(queue::ConsumerId id, std::uint32_t credit, bool drain) {
    machine_.set_credit(id, credit, drain);
    stir();
}

void QueueNode::hold(queue::ConsumerId id, bool held) {
    machine_.hold(id, held);
    stir();
}

bool QueueNode::settle(queue::ConsumerId id,
                       queue::MessageId message,
                       const queue::Outcome& outcome) {
    const bool had = machine_.settle(id, message, outcome, queues_.now(), actions_);
    if (had) {
        stir();
    }
    return had;
}

void QueueNode::give_back(queue::ConsumerId id,
                          queue::MessageId message,
                          const queue::Outcome& outcome,
                          bool drain) {
    machine_.give_back(id, message, outcome, drain, queues_.now(), actions_);
    stir();
}

void QueueNode::confirm(queue::ConsumerId id, wire::DeliveryId delivery, Bytes state) {
    confirmations_.push_back({id, delivery, wire::bare(state)});
    stir();
}

void QueueNode::confirm_all() {
    if (confirmations_.empty()) {
        return;
    }
    queues_.store().wait([this, all = std::exchange(confirmations_, {})] {
        for (const Confirmation& one : all) {
            if (const auto link = consumers_.find(one.consumer); link != consumers_.end()) {
                link->second->on_settled(one.delivery, one.state);
            }
        }
    });
}

// --- operators -------------------------------------------------------------------------------

bool QueueNode::move(queue::ConsumerId id,
                     queue::MessageId message,
                     std::uint64_t size,
                     QueueNode& to) {
    const bool had = settle(id, message, {.kind = queue::Outcome::Kind::moved});
    if (had) {
        const queue::Queue::Taken taken = to.take_moved(size);
        queues_.store().move(number_, message, to.number_, taken.id, taken.expires);
    }
    return had;
}

void QueueNode::let_go() {
    for (const auto& [id, taker] : std::map{consumers_}) {
        taker->on_deleted();
    }
    for (ProducerLink* producer : std::set{producers_}) {
        producer->on_deleted();
    }
}

// --- what the machine asks for ---------------------------------------------------------------

bool QueueNode::run() {
    const bool looks = take_browsed();
    const bool more = machine_.dispatch(queues_.now(), actions_);
    carry_out_all();
    note_bytes();
    return more || looks;
}

/// What was read for browsers and pickers is asked their selectors in turns of the queue, so that
/// others have theirs. True: there is more.
bool QueueNode::take_browsed() {
    if (!browsed_.empty()) {
        const Browsed one = std::move(browsed_.front());
        browsed_.pop_front();
        machine_.on_browsed(one.consumer, one.reading.records, one.reading.through, actions_);
    }
    return !browsed_.empty();
}

void QueueNode::carry_out_all() {
    for (const queue::Action& action : std::exchange(actions_, {})) {
        std::visit([this](const auto& one) { carry_out(one); }, action);
    }
    confirm_all();
}

void QueueNode::carry_out(const queue::Append& append) {
    largest_ = std::max<std::uint64_t>(largest_, append.payload->size());
    queues_.store().append(number_, append.id, append.expires, append.payload);
}

void QueueNode::carry_out(const queue::Remove& remove) {
    queues_.store().remove(number_, remove.id, remove.size);
}

void QueueNode::carry_out(const queue::Drop& drop) {
    const bool expired = drop.cause == queue::Drop::Cause::expired;
    queues_.note_end(*this, drop.id,
                     "is dropped: reason=" + std::string{expired ? "expired" : "overflow"});
    queues_.store().remove(number_, drop.id, drop.size);
}

void QueueNode::carry_out(const queue::Recount& recount) {
    queues_.store().recount(number_, recount.id, recount.failures);
}

void QueueNode::carry_out(const queue::Bury& bury) {
    if (bury.death == queue::Death::damaged) {
        queues_.note_end(*this, bury.id,
                         "is set aside: reason=damaged; the disk gave back other bytes than it "
                         "was given ('weft broker verify' lists such messages)");
        queues_.store().set_aside(number_, bury.id, bury.size);
        return;
    }
    QueueNode& grave = queues_.dead_letters_of(*this);
    queues_.note_end(*this, bury.id,
                     "goes to '" + printable(grave.name()) +
                         "': reason=" + std::string{words_of(bury.death)} +
                         " failures=" + std::to_string(bury.failures));
    const queue::Queue::Taken taken = grave.take_moved(bury.size);
    queues_.store().move(number_, bury.id, grave.number(), taken.id, taken.expires);
}

void QueueNode::carry_out(const queue::Load& load) {
    read(load.range, [this, from = load.range.from](store::Reading reading) {
        machine_.on_loaded(from, std::move(reading.records), reading.through);
        stir();
    });
}

void QueueNode::carry_out(const queue::Browse& browse) {
    read(browse.range, [this, id = browse.consumer](store::Reading reading) {
        browsed_.push_back({id, std::move(reading)});
        stir();
    });
}

void QueueNode::read(const queue::Range& range, std::function<void(store::Reading)> done) {
    queues_.read(number_, range, read_at_most(range), std::move(done));
}

std::size_t QueueNode::read_at_most(const queue::Range& range) {
    if (machine_.depth() == 0) {
        largest_ = 0;
    }
    const std::uint64_t most = std::max<std::uint64_t>(largest_, range.bytes);
    return static_cast<std::size_t>(std::min(machine_.bytes(), most));
}

void QueueNode::carry_out(const queue::Sweep& sweep) {
    queues_.store().sweep(number_, sweep, [this](const queue::Swept& swept) {
        machine_.on_swept(swept, actions_);
        stir();
    });
}

void QueueNode::carry_out(const queue::Deliver& deliver) {
    if (const auto consumer = consumers_.find(deliver.consumer); consumer != consumers_.end()) {
        consumer->second->deliver(deliver);
    }
}

void QueueNode::carry_out(const queue::Drained& drained) {
    if (const auto consumer = consumers_.find(drained.consumer); consumer != consumers_.end()) {
        consumer->second->on_drained();
    }
}

void QueueNode::carry_out(const queue::Room&) {
    for (ProducerLink* producer : producers_) {
        producer->grant();
    }
    queues_.note_room(*this);
}

}  // namespace weft::broker
