#include "broker/node/queue_node.hpp"

#include "broker/node/consumer_link.hpp"
#include "broker/node/producer_link.hpp"
#include "broker/node/queues.hpp"
#include "common/base/conditions.hpp"
#include "common/base/printable.hpp"

#include <string_view>
#include <utility>
#include <variant>

namespace weft::broker {
namespace {

/// What is behind a queue that is its own dead letter queue: nothing.
queue::Settings machine_settings(const std::string& name, const QueueEntry& entry) {
    queue::Settings settings = entry.settings;
    settings.last_resort = entry.dead_letter == name;
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
      machine_{machine_settings(name_, entry_), stored} {}

void QueueNode::change(const QueueEntry& entry) {
    if (entry == entry_) {
        return;
    }
    entry_ = entry;
    queues_.store().set_settings(number_, entry_text(entry_));
    machine_.change(machine_settings(name_, entry_), actions_);
    stir();
}

void QueueNode::stir() {
    queues_.stir(*this);
}

// --- producers -------------------------------------------------------------------------------

Error QueueNode::full() const {
    return {kResourceLimitExceeded,
            "'" + printable(name_) +
                "' is full (maxMessages or maxBytes of its entry): receive from it, or raise them"};
}

bool QueueNode::offer(queue::Payload payload,
                      std::uint64_t ttl,
                      const std::shared_ptr<ProducerLink>& producer,
                      wire::DeliveryId delivery) {
    const queue::WallTime now = queues_.now();
    if (const auto id = machine_.offer(payload, ttl, now, appends_)) {
        append(*id, producer, delivery);
        return true;
    }
    if (entry_.settings.overflow != queue::Overflow::dead_letter) {
        return false;
    }
    QueueNode& grave = queues_.dead_letters_of(*this);
    grave.append(grave.machine_.take(std::move(payload), 0, now, grave.appends_), producer,
                 delivery);
    return true;
}

/// A message's number is the next one, so it goes to the store before another's dead one can.
void QueueNode::append(queue::MessageId id,
                       const std::shared_ptr<ProducerLink>& producer,
                       wire::DeliveryId delivery) {
    for (const queue::Action& one : std::exchange(appends_, {})) {
        carry_out(std::get<queue::Append>(one));
    }
    waiting_.push_back({id, producer, delivery});
    stir();
}

void QueueNode::on_stored(queue::MessageId through) {
    machine_.on_stored(through);
    for (; !waiting_.empty() && waiting_.front().id <= through; waiting_.pop_front()) {
        if (const auto producer = waiting_.front().producer.lock()) {
            producer->on_stored(waiting_.front().delivery);
        }
    }
    stir();
}

// --- consumers -------------------------------------------------------------------------------

queue::ConsumerId QueueNode::add_consumer(ConsumerLink& consumer, Kind kind, queue::Choose choose) {
    const queue::ConsumerId id{++consumers_made_};
    consumers_.emplace(id, &consumer);
    if (kind == Kind::browser) {
        machine_.attach_browser(id, std::move(choose));
    } else {
        machine_.attach(id, std::move(choose));
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

void QueueNode::confirm(queue::ConsumerId id, wire::DeliveryId delivery, Bytes state) {
    confirmations_.push_back({id, delivery, Buffer{state.begin(), state.end()}});
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

// --- what the machine asks for ---------------------------------------------------------------

bool QueueNode::run() {
    const bool more = machine_.dispatch(queues_.now(), actions_);
    for (const queue::Action& action : std::exchange(actions_, {})) {
        std::visit([this](const auto& one) { carry_out(one); }, action);
    }
    confirm_all();
    return more;
}

void QueueNode::carry_out(const queue::Append& append) {
    queues_.store().append(number_, append.id, append.expires, append.payload);
}

void QueueNode::carry_out(const queue::Remove& remove) {
    queues_.store().remove(number_, remove.id, remove.size);
}

void QueueNode::carry_out(const queue::Drop& drop) {
    queues_.note_end(*this, drop.id, "is dropped: reason=overflow");
    queues_.store().remove(number_, drop.id, drop.size);
}

void QueueNode::carry_out(const queue::Recount& recount) {
    queues_.store().recount(number_, recount.id, recount.failures);
}

void QueueNode::carry_out(const queue::Bury& bury) {
    QueueNode& grave = queues_.dead_letters_of(*this);
    queues_.note_end(*this, bury.id,
                     "goes to '" + printable(grave.name()) +
                         "': reason=" + std::string{words_of(bury.death)} +
                         " failures=" + std::to_string(bury.failures));
    const queue::MessageId id = grave.take_dead(bury.size);
    queues_.store().move(number_, bury.id, grave.number(), id);
}

void QueueNode::carry_out(const queue::Load& load) {
    queues_.store().read(number_, load.range,
                         [this, from = load.range.from](store::Reading reading) {
                             machine_.on_loaded(from, std::move(reading.records), reading.through);
                             stir();
                         });
}

void QueueNode::carry_out(const queue::Browse& browse) {
    queues_.store().read(number_, browse.range,
                         [this, id = browse.consumer](const store::Reading& reading) {
                             machine_.on_browsed(id, reading.records, reading.through, actions_);
                             stir();
                         });
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
