#include "broker/node/consumer_link.hpp"

#include "broker/node/outcome.hpp"
#include "common/wire/delivery_state.hpp"

#include <algorithm>
#include <utility>

namespace weft::broker {

ConsumerLink::ConsumerLink(endpoint::Connection& connection,
                           amqp::Link& link,
                           QueueNode& queue,
                           Settling settling,
                           queue::Choose choose)
    : connection_{connection},
      link_{link},
      queue_{queue},
      settling_{settling},
      id_{queue.add_consumer(
          *this,
          settling == Settling::copies ? QueueNode::Kind::browser : QueueNode::Kind::consumer,
          std::move(choose))} {}

void ConsumerLink::close(bool failed) {
    // What never left counts as no failure.
    for (std::size_t i = started_ ? 1 : 0; i < outgoing_.size(); ++i) {
        queue_.settle(id_, outgoing_[i].id, {.kind = queue::Outcome::Kind::released});
    }
    outgoing_.clear();
    queue_.remove_consumer(id_, failed);
}

void ConsumerLink::deliver(const queue::Deliver& deliver) {
    Redelivery redelivered = redelivery(*deliver.payload, deliver.failures);
    const std::uint64_t size =
        redelivered.header.size() + deliver.payload->size() - redelivered.skip;
    if (link_.max_message_size() != 0 && size > link_.max_message_size()) {
        queue_.settle(id_, deliver.id, {.kind = queue::Outcome::Kind::modified, .elsewhere = true});
        tell_credit();  // it was not used
        return;
    }
    outgoing_.push_back({.id = deliver.id,
                         .payload = deliver.payload,
                         .header = std::move(redelivered.header),
                         .sent = redelivered.skip});
    if (outgoing_.size() == 1) {
        send();
    }
}

void ConsumerLink::send() {
    const bool settled = settling_ == Settling::at_once ||
                         (settling_ == Settling::copies &&
                          link_.sender_settle_mode() != amqp::SenderSettleMode::unsettled);
    while (!outgoing_.empty()) {
        Outgoing& first = outgoing_.front();
        const amqp::Sent sent =
            link_.send({.context = first.id, .settled = settled, .prefix = first.header},
                       Bytes{*first.payload}.subspan(first.sent), /*more=*/false);
        connection_.wake();
        started_ = started_ || sent.started;
        first.sent += sent.taken;
        if (!sent.complete) {
            hold(true);
            return;  // on_writable or on_credit goes on
        }
        if (settling_ == Settling::at_once) {
            queue_.settle(id_, first.id, {.kind = queue::Outcome::Kind::accepted});
        }
        outgoing_.pop_front();
        started_ = false;
    }
    hold(false);
    answer_drain();
}

void ConsumerLink::hold(bool held) {
    if (held_ != held) {
        held_ = held;
        queue_.hold(id_, held);
    }
}

void ConsumerLink::on_credit() {
    if (!outgoing_.empty()) {
        send();
    }
    tell_credit();
    drain_due_ = drain_due_ && link_.drain();
    answer_drain();
}

void ConsumerLink::tell_credit() {
    // What was given out and has not begun to leave has its credit already.
    const auto promised =
        static_cast<std::uint32_t>(outgoing_.size() - (started_ && !outgoing_.empty() ? 1 : 0));
    queue_.set_credit(id_, link_.credit() - std::min(link_.credit(), promised), link_.drain());
}

void ConsumerLink::on_writable() {
    if (held_) {
        send();
    }
}

void ConsumerLink::on_drained() {
    drain_due_ = true;
    answer_drain();
}

void ConsumerLink::answer_drain() {
    const bool used_up = link_.drain() && link_.credit() == 0;
    if ((drain_due_ || used_up) && outgoing_.empty()) {
        drain_due_ = false;
        link_.drained();
        connection_.wake();
    }
}

void ConsumerLink::on_update(const amqp::DeliveryUpdate& update, amqp::Context context) {
    const auto outcome = outcome_of(update.state);
    if (!outcome && !update.settled) {
        return;
    }
    // One that settles and does not say what became of it has not said that it was processed.
    const bool had = queue_.settle(
        id_, context, outcome.value_or(queue::Outcome{.kind = queue::Outcome::Kind::released}));
    if (had && !update.settled) {
        queue_.confirm(id_, update.id, update.state);
    } else if (settling_ == Settling::copies) {
        on_settled(update.id, update.state);
    }
}

void ConsumerLink::on_settled(wire::DeliveryId delivery, Bytes state) {
    link_.update(delivery, state, /*settled=*/true);
    connection_.wake();
}

}  // namespace weft::broker
