#include "broker/node/producer_link.hpp"

#include "common/amqp/session.hpp"
#include "common/base/conditions.hpp"
#include "common/base/printable.hpp"
#include "common/wire/delivery_state.hpp"
#include "common/wire/sections.hpp"

#include <utility>

namespace weft::broker {

ProducerLink::ProducerLink(endpoint::Connection& connection,
                           amqp::Link& link,
                           Queues& queues,
                           Topics& topics,
                           Address address)
    : connection_{connection},
      link_{&link},
      queues_{queues},
      topics_{topics},
      address_{std::move(address)} {
    if (address_.queue != nullptr) {
        address_.queue->add_producer(*this);
    } else if (!address_.topic.empty()) {
        topics_.add_producer(*this);
    }
}

void ProducerLink::close() {
    if (address_.queue != nullptr) {
        address_.queue->remove_producer(*this);
    } else if (!address_.topic.empty()) {
        topics_.remove_producer(*this);
    }
    forget_incoming();
    queues_.release(waiting_bytes_);
    link_->session().hold(-static_cast<std::ptrdiff_t>(waiting_bytes_));
    link_ = nullptr;
}

bool ProducerLink::may_have_credit() const {
    if (address_.queue != nullptr) {
        return address_.queue->takes_credit();
    }
    return address_.topic.empty() || topics_.takes_credit(address_.topic);
}

void ProducerLink::grant() {
    if (link_ != nullptr && may_have_credit() && waiting_bytes_ < kWaitingBytesMax &&
        waiting_.size() < kCapacity) {
        link_->grant(kCapacity - static_cast<std::uint32_t>(waiting_.size()));
        connection_.wake();
    }
}

void ProducerLink::on_transfer(const amqp::IncomingTransfer& transfer) {
    if (transfer.first) {
        overflowed_ = false;
    }
    if (!overflowed_ && add(transfer)) {
        take(transfer, inbox_.take());
    }
    if (!transfer.more) {
        forget_incoming();
        grant();
    }
}

/// True if it ends a message.
bool ProducerLink::add(const amqp::IncomingTransfer& transfer) {
    const std::size_t size = transfer.payload.size();
    if (!queues_.hold(size)) {
        overflowed_ = true;
        forget_incoming();
        refuse(transfer, {kResourceLimitExceeded,
                          "the broker has as many bytes of messages that are coming in as it can "
                          "hold: send it again later"});
        return false;
    }
    incoming_bytes_ += size;
    return inbox_.add(transfer);
}

void ProducerLink::forget_incoming() {
    queues_.release(std::exchange(incoming_bytes_, 0));
    inbox_ = daemon::Inbox{};
}

void ProducerLink::take(const amqp::IncomingTransfer& last, Buffer message) {
    const auto goal = goal_of(message);
    if (!goal) {
        refuse(last, goal.error());
        return;
    }
    const auto copies = keep(*goal, std::make_shared<const Buffer>(std::move(message)), last.id);
    if (!copies) {
        refuse(last, copies.error());
        return;
    }
    if (*copies == 0) {
        if (!last.settled) {
            link_->update(last.id, wire::kAccepted, /*settled=*/true);
        }
        return;
    }
    const std::size_t size = std::exchange(incoming_bytes_, 0);
    waiting_.emplace(last.id, Waiting{.bytes = size, .settled = last.settled, .copies = *copies});
    waiting_bytes_ += size;
    link_->session().hold(static_cast<std::ptrdiff_t>(size));
}

/// How often it is kept.
Result<std::size_t> ProducerLink::keep(const Goal& goal,
                                       queue::Payload message,
                                       wire::DeliveryId delivery) {
    if (goal.address.queue == nullptr) {
        return topics_.publish(goal.address.topic, message, goal.ttl,
                               connection_.engine().remote_container(), shared_from_this(),
                               delivery);
    }
    if (!goal.address.queue->offer(std::move(message), goal.ttl, shared_from_this(), delivery)) {
        return tl::unexpected(goal.address.queue->full());
    }
    return 1;
}

Result<ProducerLink::Goal> ProducerLink::goal_of(Bytes message) {
    const auto until = has_address() ? wire::Until::bare_message : wire::Until::to;
    const wire::Facts facts = wire::scan(message, /*complete=*/true, until);
    if (facts.status != wire::Facts::Status::complete) {
        return fail(kDecodeError, "this is no message: " + std::string{facts.reason});
    }
    if (has_address()) {
        return Goal{address_, facts.ttl.value_or(0)};
    }
    if (!facts.to) {
        return fail(kInvalidField, "on a link without an address each message needs a 'to'");
    }
    if (topics_.knows(*facts.to)) {
        if (!topics_.takes_credit(*facts.to)) {
            return fail(kResourceLimitExceeded,
                        "a subscription of the topic '" + printable(*facts.to) +
                            "' is full (maxMessages or maxBytes of the topic's entry): receive "
                            "from it, close it, or raise them");
        }
        return Goal{{.topic = std::string{*facts.to}}, facts.ttl.value_or(0)};
    }
    WEFT_TRY(QueueNode* const queue, queues_.find(*facts.to, std::nullopt));
    if (!queue->takes_credit()) {
        return tl::unexpected(queue->full());
    }
    return Goal{{.queue = queue}, facts.ttl.value_or(0)};
}

void ProducerLink::refuse(const amqp::IncomingTransfer& transfer, const Error& error) {
    queues_.note_refused();
    if (!transfer.settled) {
        link_->update(transfer.id, wire::rejected(error.condition, error.text), /*settled=*/true);
    }
}

void ProducerLink::on_stored(wire::DeliveryId delivery) {
    const auto found = waiting_.find(delivery);
    if (link_ == nullptr || found == waiting_.end()) {
        return;  // the link is gone
    }
    if (--found->second.copies > 0) {
        return;
    }
    const Waiting waiting = found->second;
    waiting_.erase(found);
    waiting_bytes_ -= waiting.bytes;
    queues_.release(waiting.bytes);
    link_->session().hold(-static_cast<std::ptrdiff_t>(waiting.bytes));
    if (!waiting.settled) {
        link_->update(delivery, wire::kAccepted, /*settled=*/true);
    }
    connection_.wake();
    grant();
}

}  // namespace weft::broker
