#include "broker/node/producer_link.hpp"

#include "broker/node/arrival.hpp"
#include "common/amqp/session.hpp"
#include "common/base/conditions.hpp"
#include "common/base/printable.hpp"
#include "common/wire/delivery_state.hpp"

#include <utility>

namespace weft::broker {

ProducerLink::ProducerLink(endpoint::Connection& connection,
                           amqp::Link& link,
                           const Parts& parts,
                           std::shared_ptr<Incoming::Account> account,
                           Address address,
                           std::function<void(const Error&)> end)
    : connection_{connection},
      link_{&link},
      queues_{parts.queues},
      topics_{parts.topics},
      coordinator_{parts.coordinator},
      account_{std::move(account)},
      address_{std::move(address)},
      end_{std::move(end)} {
    queues_.intake().add(*this);
    if (address_.queue != nullptr) {
        address_.queue->add_producer(*this);
    }
}

void ProducerLink::close() {
    queues_.intake().remove(*this);
    if (address_.queue != nullptr) {
        address_.queue->remove_producer(*this);
    } else {
        topics_.remove_producer(*this);
    }
    forget_incoming();
    link_->session().hold(-static_cast<std::ptrdiff_t>(waiting_bytes_));
    link_ = nullptr;
}

void ProducerLink::on_deleted() {
    const auto end = end_;  // which ends this, too
    end({kResourceDeleted, "the queue was deleted"});
}

/// Of a queue that blocks it is its part of what is free there.
std::uint32_t ProducerLink::credit_wanted() {
    if (waiting_bytes_ >= kWaitingBytesMax || waiting_.size() >= kCapacity) {
        return 0;
    }
    const auto free = kCapacity - static_cast<std::uint32_t>(waiting_.size());
    if (address_.queue != nullptr) {
        const std::uint64_t share = address_.queue->credit_share();
        return share < free ? static_cast<std::uint32_t>(share) : free;
    }
    const bool takes_it = address_.topic.empty() || topics_.takes_credit(address_.topic, this);
    return takes_it ? free : 0;
}

/// Otherwise what it has is taken back.
bool ProducerLink::may_have_credit() const {
    const bool drains = address_.queue != nullptr && address_.queue->entry().is_draining();
    return queues_.intake().takes_credit() && !drains;
}

void ProducerLink::grant() {
    if (link_ == nullptr) {
        return;
    }
    if (!may_have_credit()) {
        link_->grant(0);
        connection_.wake();
    } else if (const std::uint32_t credit = credit_wanted(); credit > 0) {
        link_->grant(credit);
        connection_.wake();
    }
}

/// What it cost to find who wants a topic's messages is its connection's.
Result<void> ProducerLink::on_transfer(const amqp::IncomingTransfer& transfer) {
    amqp::Engine& engine = link_->session().engine();
    const std::uint64_t before = topics_.subscriptions().index().steps();
    auto heard = receive(transfer);
    const std::uint64_t looks = topics_.subscriptions().index().steps() - before;
    engine.spend(static_cast<std::size_t>(looks) / Choosing::kLooksInStep);
    return heard;
}

Result<void> ProducerLink::receive(const amqp::IncomingTransfer& transfer) {
    if (transfer.first) {
        overflowed_ = false;
        transaction_.reset();
    }
    if (const auto state = transaction::read_state(transfer.state)) {
        transaction_ = state->id;
    }
    if (!overflowed_ && add(transfer)) {
        take({.id = transfer.id, .settled = transfer.settled}, inbox_.take());
    }
    if (!transfer.more) {
        forget_incoming();
        grant();
    }
    if (unheard_) {
        return tl::unexpected(*std::exchange(unheard_, std::nullopt));
    }
    return {};
}

/// True if it ends a message.
bool ProducerLink::add(const amqp::IncomingTransfer& transfer) {
    if (!incoming_) {
        incoming_ = std::make_shared<Incoming::Message>(queues_.incoming(), account_,
                                                        [this] { give_up(); });
        delivery_ = {.id = transfer.id, .settled = transfer.settled};
    }
    if (!incoming_->add(transfer.payload.size())) {
        end_incoming({kResourceLimitExceeded,
                      "the broker has as many bytes of messages that come in, of this connection "
                      "or of all, as it can hold: send it again later"});
        return false;
    }
    return inbox_.add(transfer);
}

/// The message that is coming in got no frame for long, and others need its room.
void ProducerLink::give_up() {
    end_incoming({kResourceLimitExceeded,
                  "no more of the message came for 10 seconds, and others needed its room"});
}

/// The engine drops what comes of it yet, or `overflowed_` does; its credit is given anew.
void ProducerLink::end_incoming(const Error& error) {
    overflowed_ = true;
    const Delivery delivery = delivery_;
    forget_incoming();
    refuse(delivery, error);
    grant();
    connection_.wake();
}

void ProducerLink::forget_incoming() {
    incoming_.reset();
    inbox_ = daemon::Inbox{};
}

void ProducerLink::take(const Delivery& last, Buffer message) {
    if (const auto admitted = queues_.intake().admit(message.size()); !admitted) {
        refuse(last, admitted.error());
        return;
    }
    incoming_->end();
    const auto payload = std::make_shared<const Buffer>(std::move(message));
    const auto copies = transaction_ ? enlist(payload, last) : keep(payload, last);
    if (!copies) {
        refuse(last, copies.error());
        return;
    }
    if (*copies == 0U) {
        if (!last.settled) {
            accept(last.id);
        }
        return;
    }
    const std::size_t size = incoming_->bytes();
    waiting_.emplace(last.id, Waiting{.bytes = size,
                                      .settled = last.settled,
                                      .published = copies->has_value(),
                                      .copies = static_cast<std::ptrdiff_t>(copies->value_or(0))});
    waiting_bytes_ += size;
    link_->session().hold(static_cast<std::ptrdiff_t>(size));
}

/// It is kept, or its transaction's.
void ProducerLink::accept(wire::DeliveryId delivery) {
    if (transaction_) {
        link_->update(delivery, transaction::state_of(*transaction_, wire::kAccepted),
                      /*settled=*/true);
    } else {
        link_->update(delivery, wire::kAccepted, /*settled=*/true);
    }
}

/// It is the transaction's: 0 copies.
ProducerLink::Kept ProducerLink::enlist(const queue::Payload& message, const Delivery& delivery) {
    WEFT_TRY(const Sections sections, read_sections(*message));
    WEFT_TRY(const Address goal, goal_of(sections, delivery.settled));
    const store::QueueNumber queue =
        goal.queue == nullptr ? store::QueueNumber{} : goal.queue->number();
    if (auto taken = coordinator_.send(*transaction_, {.queue = queue,
                                                       .topic = goal.topic,
                                                       .sections = sections,
                                                       .held = incoming_,
                                                       .payload = message});
        !taken) {
        return tl::unexpected(taken.error());
    }
    return 0;
}

ProducerLink::Kept ProducerLink::keep(const queue::Payload& message, const Delivery& delivery) {
    WEFT_TRY(const Sections sections, read_sections(*message));
    WEFT_TRY(Address goal, goal_of(sections, delivery.settled));
    Origin origin{shared_from_this(), delivery.id, incoming_};
    if (goal.queue != nullptr) {
        return goal.queue->offer(message, sections, origin);
    }
    return topics_.publish({.topic = std::move(goal.topic),
                            .payload = message,
                            .sections = sections,
                            .container = connection_.engine().remote_container(),
                            .origin = std::move(origin)});
}

/// Where a message goes; a `settled` one is ours, and taken by what is closed, too.
Result<ProducerLink::Address> ProducerLink::goal_of(const Sections& sections, bool settled) {
    if (address_.queue != nullptr && address_.queue->entry().is_closed() && !settled) {
        return tl::unexpected(queue_draining(address_.queue->name()));
    }
    if (has_address()) {
        return address_;
    }
    if (!sections.to) {
        return fail(kInvalidField, "on a link without an address each message needs a 'to'");
    }
    if (topics_.knows(*sections.to)) {
        if (!topics_.takes_credit(*sections.to, /*waits=*/nullptr)) {
            return fail(kResourceLimitExceeded,
                        "a subscription of the topic '" + printable(*sections.to) +
                            "' is full (maxMessages or maxBytes of the topic's entry): receive "
                            "from it, close it, or raise them");
        }
        return Address{.topic = std::string{*sections.to}};
    }
    WEFT_TRY(QueueNode* const queue, queues_.find(*sections.to, std::nullopt));
    if (queue->credit_share() == 0) {
        return tl::unexpected(no_credit(*queue));
    }
    return Address{.queue = queue};
}

void ProducerLink::refuse(const Delivery& delivery, const Refusal& refusal) {
    const Error& error = refusal.error;
    queues_.note_refused(connection_, *link_, delivery.settled ? &error : nullptr);
    if (transaction_) {
        coordinator_.spoil(*transaction_, error);
    }
    if (!delivery.settled) {
        link_->update(delivery.id, state_of(refusal), /*settled=*/true);
        return;
    }
    if (error.condition == kTransactionUnknownId) {
        unheard_ = error;  // nor does a discharge tell it
    }
}

void ProducerLink::on_stored(wire::DeliveryId delivery) {
    const auto found = waiting_.find(delivery);
    if (link_ == nullptr || found == waiting_.end()) {
        return;  // the link is gone
    }
    Waiting& waiting = found->second;
    --waiting.copies;
    if (waiting.published && waiting.copies == 0) {
        conclude(found, /*refusal=*/nullptr);
    }
}

void ProducerLink::on_published(wire::DeliveryId delivery, const Result<std::size_t>& copies) {
    const auto found = waiting_.find(delivery);
    if (link_ == nullptr || found == waiting_.end()) {
        return;  // the link is gone
    }
    if (!copies) {
        conclude(found, &copies.error());
        return;
    }
    Waiting& waiting = found->second;
    waiting.published = true;
    waiting.copies += static_cast<std::ptrdiff_t>(*copies);
    if (waiting.copies == 0) {
        conclude(found, /*refusal=*/nullptr);
    }
}

/// It waits no more, and its producer hears what became of it.
void ProducerLink::conclude(Waitings::iterator waiting, const Error* refusal) {
    const auto [delivery, one] = *waiting;
    waiting_.erase(waiting);
    waiting_bytes_ -= one.bytes;
    link_->session().hold(-static_cast<std::ptrdiff_t>(one.bytes));
    if (refusal != nullptr) {
        queues_.note_refused(connection_, *link_, one.settled ? refusal : nullptr);
    }
    if (!one.settled && refusal != nullptr) {
        link_->update(delivery, wire::rejected(refusal->condition, refusal->text),
                      /*settled=*/true);
    } else if (!one.settled) {
        link_->update(delivery, wire::kAccepted, /*settled=*/true);
    }
    connection_.wake();
    grant();
}

}  // namespace weft::broker
