#include "tools/weft/bench/sender.hpp"

#include "common/wire/delivery_state.hpp"

#include <algorithm>
#include <utility>

namespace weft::tools {

BenchSender::BenchSender(io::Transport& transport,
                         Observer& observer,
                         const BenchCall& call,
                         BenchSending sending,
                         BenchSent& totals)
    : BenchConnection{transport, observer, call},
      sending_{std::move(sending)},
      totals_{totals},
      message_{sending_.run, sending_.size} {
    start(call.id);
}

void BenchSender::on_session(amqp::Session& session) {
    attach(session, /*receiver=*/false, sending_.presettled, sending_.address, 0);
}

void BenchSender::on_attached(amqp::Link& link) {
    const std::uint64_t largest = link.max_message_size();
    if (largest != 0 && message_.stamped(0).size() > largest) {
        fail("the router takes messages of " + std::to_string(largest) +
             " bytes at most on this link; choose a smaller --size");
        return;
    }
    link_ = &link;
    begin_time_ = bench_clock();
    ready();
}

void BenchSender::before_write() {
    pump();
    BenchConnection::before_write();
}

/// Sends what credit, window, schedule and the output's room allow.
void BenchSender::pump() {
    if (link_ == nullptr || (!rest_.empty() && !send_rest())) {
        return;
    }
    const std::uint64_t now = bench_clock();
    while (may_start(now)) {
        const std::uint64_t time = sending_.pace ? begin_time_ + sending_.pace->due(begun_) : now;
        rest_ = message_.stamped(time);
        if (!send_rest()) {
            return;
        }
    }
}

bool BenchSender::may_start(std::uint64_t now) {
    if (stopped_ || begun_ == sending_.limit || link_->unsettled() >= sending_.window ||
        link_->credit() == 0) {
        return false;
    }
    if (sending_.pace) {
        const std::uint64_t due = begin_time_ + sending_.pace->due(begun_);
        if (due > now) {
            wake_at(due, now);
            return false;
        }
    }
    return true;
}

/// True: the message is sent. A message that could not begin is dropped: the next try stamps anew.
bool BenchSender::send_rest() {
    const bool was_begun = link_->in_delivery();
    const amqp::OutgoingDelivery head{.settled = sending_.presettled};
    const amqp::Sent sent = link_->send(head, rest_, /*more=*/false);
    begun_ += !was_begun && sent.started ? 1 : 0;
    rest_ = sent.started ? rest_.subspan(sent.taken) : Bytes{};
    totals_.sent += sent.complete ? 1 : 0;
    if (sent.complete) {
        rest_ = {};
        look_if_done();
    }
    return sent.complete;
}

void BenchSender::wake_at(std::uint64_t time, std::uint64_t now) {
    if (timed_) {
        return;
    }
    timed_ = true;
    timer_ = transport().loop().after(Duration{time - now}, [this] {
        timed_ = false;
        transport().wake();
    });
}

void BenchSender::on_update(amqp::Link& link, const amqp::DeliveryUpdate& update, amqp::Context) {
    const wire::Outcome outcome = wire::outcome_of(update.state);
    if (!update.settled && (outcome == wire::Outcome::none || outcome == wire::Outcome::received)) {
        return;  // it is on its way
    }
    ++counter_of(outcome);
    if (!update.settled) {
        link.update(update.id, {}, /*settled=*/true);
    }
    look_if_done();
}

std::uint64_t& BenchSender::counter_of(wire::Outcome outcome) {
    if (outcome == wire::Outcome::accepted) {
        return totals_.accepted;
    }
    if (outcome == wire::Outcome::rejected) {
        return totals_.rejected;
    }
    if (outcome == wire::Outcome::released) {
        return totals_.released;
    }
    return outcome == wire::Outcome::modified ? totals_.modified : totals_.other;
}

void BenchSender::look_if_done() {
    if (begun_ == sending_.limit && link_ != nullptr && !link_->in_delivery() &&
        link_->unsettled() == 0) {
        done();
    }
}

}  // namespace weft::tools
