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
        amqp::Link* link =
            attach(session, /*receiver=*/true, receiving_.presettled, receiving_.addresses[i], i);
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

void BenchReceiver::on_attached(amqp::Link&) {
    if (++attached_ == receiving_.addresses.size()) {
        ready();
    }
}

void BenchReceiver::on_bytes(Bytes in, Instant now) {
    now_ = bench_clock();  // not the turn's: what is read now may have been sent since that began
    BenchConnection::on_bytes(in, now);
}

void BenchReceiver::on_transfer(amqp::Link& link,
                                const amqp::IncomingTransfer& transfer,
                                amqp::Context& time) {
    if (transfer.first) {
        time = finder_.time_of(transfer.payload);
    }
    if (transfer.more) {
        return;
    }
    if (!transfer.aborted) {
        take(time);
    }
    if (!transfer.settled) {
        link.update(transfer.id, wire::kAccepted, /*settled=*/true);
    }
    touch(link);
}

void BenchReceiver::take(std::uint64_t sent_at) {
    if (sent_at == 0) {
        ++totals_.foreign;
        return;
    }
    ++totals_.received;
    totals_.latency.record(now_ > sent_at ? now_ - sent_at : 0);
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
        link->grant(receiving_.credit);
    }
    touched_.clear();
    BenchConnection::before_write();
}

}  // namespace weft::tools
