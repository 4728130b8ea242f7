#include "tools/weft/bench/receiver.hpp"

#include "common/wire/delivery_state.hpp"
#include "tools/weft/bench/schedule.hpp"

#include <utility>

namespace weft::tools {

BenchReceiver::BenchReceiver(io::Transport& transport,
                             Observer& observer,
                             const BenchCall& call,
                             BenchReceiving receiving,
                             BenchReceived& totals)
    : BenchConnection{transport, observer, call},
      receiving_{std::move(receiving)},
      totals_{totals},
      finder_{receiving_.run} {
    start(call.id);
}

void BenchReceiver::on_session(amqp::Session& session) {
    for (std::size_t i = 0; i < receiving_.addresses.size(); ++i) {
        const BenchNode node{receiving_.addresses[i], receiving_.kind};
        amqp::Link* link = attach(session, /*receiver=*/true, receiving_.presettled, node, i);
        if (link == nullptr) {
            fail("the router allows no more than " + std::to_string(i) +
                 " links in a session; hold more connections with fewer links");
            return;
        }
        link->grant(receiving_.credit);
    }
    if (receiving_.addresses.empty()) {
        ready();
    }
}

void BenchReceiver::on_attached(amqp::Link& link) {
    if (receiving_.kind == BenchNode::Kind::durable_topic) {
        subscriptions_.push_back(&link);
    }
    if (++attached_ == receiving_.addresses.size()) {
        ready();
    }
}

void BenchReceiver::on_links_gone() {
    subscriptions_.clear();
    touched_.clear();
    parts_.clear();
}

/// They would be kept, and filled, for ever.
void BenchReceiver::on_leaving() {
    touched_.clear();
    for (amqp::Link* link : std::exchange(subscriptions_, {})) {
        link->detach(/*closed=*/true, {});
    }
}

void BenchReceiver::on_bytes(Bytes in, Instant now) {
    now_ = bench_clock();  // not the turn's: what is read now may have been sent since that began
    BenchConnection::on_bytes(in, now);
}

void BenchReceiver::on_transfer(amqp::Link& link,
                                const amqp::IncomingTransfer& transfer,
                                amqp::Context& part) {
    if (transfer.first && !transfer.more) {
        end(link, transfer, finder_.stamp_of(transfer.payload));
        return;
    }
    if (transfer.first) {
        part = parts_.put(finder_.stamp_of(transfer.payload));
    }
    if (!transfer.more) {
        end(link, transfer, parts_.take(part));
    }
}

/// All of a message came, or it was aborted.
void BenchReceiver::end(amqp::Link& link,
                        const amqp::IncomingTransfer& transfer,
                        const Stamp& stamp) {
    const bool taken = !is_full();
    if (!transfer.aborted && taken) {
        count(stamp);
    }
    if (!transfer.settled) {
        link.update(transfer.id, taken ? wire::kAccepted : wire::kReleased, /*settled=*/true);
    }
    touch(link);
}

void BenchReceiver::count(const Stamp& stamp) {
    const auto arrival = !stamp                           ? BenchArrivals::Arrival::stranger
                         : receiving_.arrivals == nullptr ? BenchArrivals::Arrival::once
                                                          : receiving_.arrivals->take(*stamp);
    if (arrival == BenchArrivals::Arrival::stranger) {
        ++totals_.foreign;
        return;
    }
    ++totals_.received;
    totals_.doubled += arrival == BenchArrivals::Arrival::again ? 1 : 0;
    totals_.first_at = totals_.first_at == 0 ? now_ : totals_.first_at;
    totals_.last_at = now_;
    totals_.latency.record(now_ > stamp->time ? now_ - stamp->time : 0);
}

void BenchReceiver::touch(amqp::Link& link) {
    if (link.user == 0) {
        link.user = 1;
        touched_.push_back(&link);
    }
}

void BenchReceiver::before_write() {
    for (amqp::Link* link : touched_) {
        link->user = 0;
        link->grant(is_full() ? 0 : receiving_.credit);
    }
    touched_.clear();
    BenchConnection::before_write();
}

}  // namespace weft::tools
