/// Links of a broker's own, on which messages leave for other brokers.
#include "broker/node/broker_connection.hpp"
#include "broker/node/forwarder.hpp"

#include <utility>

namespace weft::broker {
namespace {

/// Of those that a router names: no other link of the two containers has such a name.
std::string forwarding_name(const QueueNode& queue) {
    return "weft-forward/" + queue.name();
}

}  // namespace

/// What this broker dials is a router.
void BrokerConnection::on_opened(const amqp::Open& open) {
    Connection::on_opened(open);
    if (outgoing()) {
        forwarder_.add_uplink(*this);
    }
}

amqp::Link* BrokerConnection::forward(QueueNode& queue,
                                      const ForwardingWish& wish,
                                      Carrier& carrier) {
    if (!engine().is_open()) {
        return nullptr;
    }
    if (forwarding_session_ == nullptr) {
        forwarding_session_ = machine().begin();
    }
    if (forwarding_session_ == nullptr) {
        return nullptr;
    }
    using Kind = amqp::Terminus::Kind;
    const std::string name = forwarding_name(queue);
    amqp::Link* const link = forwarding_session_->attach(
        {.name = name,
         .receiver = false,
         .sender_settle_mode = amqp::SenderSettleMode::unsettled,
         .source = amqp::Terminus{.kind = Kind::source, .address = queue.name()},
         .target = amqp::Terminus{.kind = Kind::target, .address = wish.to},
         .initial_delivery_count = 0});
    if (link != nullptr) {
        forwardings_.emplace(link,
                             Forwarding{.queue = &queue, .carrier = &carrier, .early = wish.early});
        wake();
    }
    return link;
}

/// One that was refused goes by the detach that follows.
void BrokerConnection::on_answered(amqp::Link& link, const amqp::Attach& answer) {
    const auto found = forwardings_.find(&link);
    if (found == forwardings_.end() || !answer.target) {
        return;
    }
    const auto [queue, carrier, early] = found->second;
    const auto fitting = [carrier = carrier, &link](const queue::Record& record) {
        return carrier->fits(record, link.max_message_size()) ? queue::Choice::wanted
                                                              : queue::Choice::passed_over;
    };
    const auto [consumer, added] = consumers_.emplace(
        &link, std::make_unique<ConsumerLink>(
                   *this, link, parts(), *queue, ConsumerLink::Settling::by_peer,
                   queue::Joining{.choose = fitting, .operates = true, .early = early},
                   [this, &link](const Error& error) { end(link, error); }, carrier));
    carrier->on_attached();
    consumer->second->on_credit();  // it may be there already
}

void BrokerConnection::tell_credit(const amqp::Link& link) {
    if (const auto consumer = consumers_.find(&link); consumer != consumers_.end()) {
        consumer->second->on_credit();
        wake();
    }
}

bool BrokerConnection::is_idle(const amqp::Link& link) const {
    const auto consumer = consumers_.find(&link);
    return consumer == consumers_.end() || consumer->second->is_idle();
}

Carrier* BrokerConnection::forget_forwarding(const amqp::Link& link) {
    const auto forwarding = forwardings_.extract(&link);
    if (!forwarding) {
        return nullptr;
    }
    if (const auto consumer = consumers_.find(&link); consumer != consumers_.end()) {
        consumer->second->close(/*failed=*/false);
        consumers_.erase(consumer);
    }
    return forwarding.mapped().carrier;
}

void BrokerConnection::stop_forwarding(amqp::Link& link) {
    if (forget_forwarding(link) != nullptr) {
        link.detach(/*closed=*/true, std::nullopt);
        wake();
    }
}

/// on_detach tells of each of its links.
bool BrokerConnection::on_over(amqp::Session& session) {
    if (&session == forwarding_session_) {
        forwarding_session_ = nullptr;
    }
    return false;
}

}  // namespace weft::broker
