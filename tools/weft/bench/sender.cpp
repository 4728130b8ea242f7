#include "tools/weft/bench/sender.hpp"

#include "common/wire/delivery_state.hpp"

#include <utility>

namespace weft::tools {
namespace {

std::uint64_t& counter_of(BenchSent& sent, wire::Outcome outcome) {
    if (outcome == wire::Outcome::accepted) {
        return sent.accepted;
    }
    if (outcome == wire::Outcome::rejected) {
        return sent.rejected;
    }
    if (outcome == wire::Outcome::released) {
        return sent.released;
    }
    return outcome == wire::Outcome::modified ? sent.modified : sent.other;
}

}  // namespace

BenchSender::BenchSender(io::Transport& transport,
                         Observer& observer,
                         const BenchCall& call,
                         BenchSending sending,
                         BenchSendTotals& totals)
    : BenchConnection{transport, observer, call},
      sending_{std::move(sending)},
      totals_{totals},
      message_{sending_.run, sending_.size, sending_.durable} {
    start(call.id);
}

void BenchSender::on_session(amqp::Session& session) {
    attach(session, /*receiver=*/false, sending_.presettled, sending_.node, 0);
}

void BenchSender::on_attached(amqp::Link& link) {
    const std::uint64_t largest = link.max_message_size();
    if (largest != 0 && message_.size() > largest) {
        fail("the router takes messages of " + std::to_string(largest) +
             " bytes at most on this link; choose a smaller --size");
        return;
    }
    link_ = &link;
    begin_time_ = bench_clock();
    ready();
}

void BenchSender::begin() {
    sending_.waits = false;
    begin_time_ = bench_clock();
    transport().wake();
}

void BenchSender::on_bytes(Bytes in, Instant now) {
    now_ = bench_clock();  // not the turn's, which began before
    BenchConnection::on_bytes(in, now);
}

void BenchSender::before_write() {
    const std::uint64_t sent = totals_.sent.sent;
    pump();
    if (sending_.presettled && totals_.sent.sent != sent) {
        totals_.last_at = bench_clock();
    }
    BenchConnection::before_write();
}

/// Sends what credit, window, schedule and the output's room allow.
void BenchSender::pump() {
    if (link_ == nullptr || sending_.waits) {
        return;
    }
    if (link_->in_delivery() && !took(link_->send({}, rest_, /*more=*/false))) {
        return;
    }
    const std::uint64_t now = bench_clock();
    while (may_start(now)) {
        if (!start_message(sending_.pace ? begin_time_ + sending_.pace->due(begun_) : now)) {
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

/// True: the message is sent. One that could not begin is dropped: the next try stamps anew.
bool BenchSender::start_message(std::uint64_t time) {
    rest_ = message_.stamped(time, bench_number(sending_.sender, begun_));
    const std::uint64_t pending = sending_.presettled ? 0 : pending_.put({begun_, time});
    const amqp::OutgoingDelivery head{.context = pending, .settled = sending_.presettled};
    const amqp::Sent sent = link_->send(head, rest_, /*more=*/false);
    if (!sent.started) {
        if (!sending_.presettled) {
            (void)pending_.take(pending);
        }
        return false;
    }
    ++begun_;
    return took(sent);
}

/// True: the message that has begun is complete.
bool BenchSender::took(const amqp::Sent& sent) {
    rest_ = rest_.subspan(sent.taken);
    if (!sent.complete) {
        return false;
    }
    ++totals_.sent.sent;
    look_if_done();
    return true;
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

void BenchSender::on_update(amqp::Link& link,
                            const amqp::DeliveryUpdate& update,
                            amqp::Context pending) {
    const wire::Outcome outcome = wire::outcome_of(update.state);
    if (!update.settled && (outcome == wire::Outcome::none || outcome == wire::Outcome::received)) {
        return;  // it is on its way
    }
    count(outcome, pending_.take(pending));
    if (!update.settled) {
        link.update(update.id, {}, /*settled=*/true);
    }
    look_if_done();
}

void BenchSender::count(wire::Outcome outcome, const Pending& message) {
    ++counter_of(totals_.sent, outcome);
    totals_.last_at = now_;
    if (outcome != wire::Outcome::accepted) {
        return;
    }
    totals_.latency.record(now_ > message.time ? now_ - message.time : 0);
    if (sending_.accepted != nullptr) {
        (void)sending_.accepted->add(message.sequence);
    }
}

void BenchSender::look_if_done() {
    if (begun_ == sending_.limit && link_ != nullptr && !link_->in_delivery() &&
        link_->unsettled() == 0) {
        done();
    }
}

}  // namespace weft::tools
