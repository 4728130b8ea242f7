#include "broker/node/consumer_link.hpp"

#include "broker/node/outcome.hpp"
#include "common/base/conditions.hpp"
#include "common/base/printable.hpp"
#include "common/wire/delivery_state.hpp"

#include <algorithm>
#include <utility>

namespace weft::broker {

ConsumerLink::ConsumerLink(endpoint::Connection& connection,
                           amqp::Link& link,
                           const Parts& parts,
                           QueueNode& queue,
                           Settling settling,
                           queue::Joining how,
                           std::function<void(const Error&)> end,
                           Carrier* carrier)
    : connection_{connection},
      link_{link},
      outlet_{parts.outlet},
      read_ahead_{parts.read_ahead},
      queue_{queue},
      coordinator_{parts.coordinator},
      settling_{settling},
      end_{std::move(end)},
      carrier_{carrier},
      id_{queue.add_consumer(*this, std::move(how))} {}

void ConsumerLink::close(bool failed) {
    // What never left counts as no failure.
    for (std::size_t i = started_ ? 1 : 0; i < outgoing_.size(); ++i) {
        queue_.settle(id_, outgoing_[i].id, {.kind = queue::Outcome::Kind::released});
    }
    for (const Outgoing& one : std::exchange(outgoing_, {})) {
        outlet_.remove(one.payload->size());
    }
    outlet_.forget(*this);
    read_ahead_.note_moving(*this);
    queue_.remove_consumer(id_, failed);
}

void ConsumerLink::on_deleted() {
    const auto end = end_;  // which ends this, too
    end({kResourceDeleted, "the queue was deleted"});
}

void ConsumerLink::deliver(const queue::Deliver& deliver) {
    if (std::string why = carrier_ == nullptr ? "" : carrier_->refuses(deliver); !why.empty()) {
        queue_.give_back(id_, deliver.id,
                         {.kind = queue::Outcome::Kind::rejected, .why = std::move(why)},
                         link_.drain());
        return;
    }
    Redelivery redelivered = carrier_ != nullptr ? carrier_->dress(deliver)
                                                 : redelivery(*deliver.payload, deliver.failures);
    const std::uint64_t size =
        redelivered.header.size() + deliver.payload->size() - redelivered.skip;
    if (link_.max_message_size() != 0 && size > link_.max_message_size()) {
        if (carrier_ != nullptr) {
            carrier_->on_too_large(size, link_.max_message_size());
        }
        queue_.give_back(id_, deliver.id,
                         {.kind = queue::Outcome::Kind::modified, .elsewhere = true},
                         link_.drain());
        return;
    }
    if (outgoing_.empty() && outlet_.is_full()) {
        queue_.give_back(id_, deliver.id, {.kind = queue::Outcome::Kind::released}, link_.drain());
        hold(true);
        outlet_.wait_for_bytes(*this);
        return;
    }
    outlet_.add(deliver.payload->size());
    outgoing_.push_back({.id = deliver.id,
                         .payload = deliver.payload,
                         .header = std::move(redelivered.header),
                         .sent = redelivered.skip});
    if (carrier_ != nullptr) {
        carrier_->on_given();
    }
    if (outgoing_.size() == 1) {
        send();
    }
    if (deliver.brought && !outgoing_.empty()) {  // its peer does not take it now
        queue::Payload& waits = outgoing_.back().payload;
        waits = read_ahead_.count(std::move(waits));
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
        taken_ += sent.taken;
        if (!sent.complete) {
            hold(true);
            wait();
            note_still();
            return;
        }
        if (settling_ == Settling::at_once) {
            queue_.settle(id_, first.id, {.kind = queue::Outcome::Kind::accepted});
        }
        outlet_.remove(first.payload->size());
        outgoing_.pop_front();
        started_ = false;
    }
    read_ahead_.note_moving(*this);
    outlet_.forget(*this);
    hold(false);
    answer_drain();
}

/// A peer that takes a little now and then is as still as one that takes nothing.
void ConsumerLink::note_still() {
    const std::size_t least = read_ahead_.moved_least(outgoing_.front().payload->size());
    const bool moved = !is_still() || taken_ >= least;
    read_ahead_.note_still(*this, /*begun=*/started_, moved);
    taken_ = moved ? 0 : taken_;
}

/// In the order in which the engine looks.
void ConsumerLink::wait() {
    if (link_.credit() == 0 && !started_) {
        outlet_.forget(*this);  // on_credit goes on
    } else if (link_.session().remote_window() == 0) {
        outlet_.wait_for_window(&link_.session(), *this);
    } else {
        outlet_.wait_for_room(*this);
    }
}

bool ConsumerLink::go_on() {
    if (outgoing_.empty()) {
        hold(false);
    } else {
        send();
    }
    return !held_;
}

/// What has not begun to leave is the queue's again, and comes anew once the peer takes something:
/// it waits for that still. One that has begun can't be called back, so the link ends.
void ConsumerLink::give_back() {
    if (started_) {
        const auto end = end_;  // which ends this, too
        end({kResourceLimitExceeded,
             "nothing more was taken of a message that has begun, and others need its room"});
        return;
    }
    const auto all = std::exchange(outgoing_, {});
    for (auto one = all.rbegin(); one != all.rend(); ++one) {  // each to the front
        outlet_.remove(one->payload->size());
        queue_.give_back(id_, one->id, {.kind = queue::Outcome::Kind::released}, link_.drain());
    }
    if (link_.credit() == 0) {
        hold(false);  // it waits for credit, and gets nothing without
    }
    tell_credit();
}

std::string ConsumerLink::who() const {
    std::size_t bytes = 0;
    for (const Outgoing& one : outgoing_) {
        bytes += one.payload->size();
    }
    return "[C" + std::to_string(connection_.id()) + "] of '" +
           printable(connection_.engine().remote_container()) + "' takes nothing of " +
           std::to_string(bytes) + " bytes of '" + printable(queue_.name()) + "' that it asked for";
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
    std::uint32_t credit = link_.credit() - std::min(link_.credit(), promised);
    bool rests = false;
    if (carrier_ != nullptr) {
        const std::uint32_t allowed =
            carrier_->allowed(link_.unsettled() + static_cast<std::uint32_t>(outgoing_.size()));
        credit = std::min(credit, allowed);
        rests = allowed == 0;
    }
    if (settling_ == Settling::copies) {  // of others the queue knows what they have
        credit = std::min(credit, kCopiesMax - std::min(link_.unsettled(), kCopiesMax));
    }
    queue_.set_credit(id_, credit, link_.drain());
    if (rests && link_.drain() && outgoing_.empty()) {
        on_drained();  // the queue is asked for nothing, and would answer when it is
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

Result<void> ConsumerLink::on_update(const amqp::DeliveryUpdate& update, amqp::Context context) {
    if (settling_ == Settling::copies) {  // whatever is said of one, it is over
        if (wire::outcome_of(update.state) > wire::Outcome::received) {
            on_settled(update.id, update.state);
        }
        tell_credit();  // it has fewer copies
        return {};
    }
    bool enlisted = false;
    if (carrier_ == nullptr) {  // what leaves by itself is in nobody's transaction
        WEFT_TRY(enlisted, coordinator_.on_update(queue_, id_, context, update));
    }
    auto outcome = outcome_of(update.state);
    if (enlisted || (!outcome && !update.settled)) {
        return {};
    }
    if (carrier_ != nullptr) {
        outcome = carrier_->judge(update.state);
    }
    // One that settles and does not say what became of it has not said that it was processed.
    const bool had = queue_.settle(
        id_, context, outcome.value_or(queue::Outcome{.kind = queue::Outcome::Kind::released}));
    if (had && !update.settled) {
        queue_.confirm(id_, update.id, update.state);
    }
    if (carrier_ != nullptr && had) {
        carrier_->on_settled(update.state);
        tell_credit();  // it may rest from now on
    }
    return {};
}

void ConsumerLink::on_settled(wire::DeliveryId delivery, Bytes state) {
    link_.update(delivery, state, /*settled=*/true);
    connection_.wake();
}

}  // namespace weft::broker
