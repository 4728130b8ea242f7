#include "mqtt-gateway/node/uplink_connection.hpp"

#include "common/amqp/capabilities.hpp"
#include "common/base/conditions.hpp"
#include "common/io/log.hpp"
#include "common/wire/delivery_state.hpp"

#include <string>

namespace weft::gateway {
namespace {

constexpr std::string_view kSenderName = "publications";
/// A router offers it for a receiver whose address is a subscription with wildcards.
constexpr std::string_view kWildcardsCapability = "weft.wildcards";

/// terminus-durability. Spec: AMQP 1.0 §3.5.5
constexpr std::uint32_t kUnsettledState = 2;

std::string receiver_name(ReceptionId id) {
    return "reception-" + std::to_string(id);
}

Error refusal_of(const amqp::ErrorView* error) {
    if (error == nullptr) {
        return {kInternalError, "the router gave no reason"};
    }
    // What is decided by it is spelled as ours.
    for (const std::string_view known :
         {kNotFound, kUnauthorizedAccess, kNotAllowed, kResourceLimitExceeded, kInvalidField,
          kNotImplemented, kPreconditionFailed, kMessageSizeExceeded}) {
        if (error->condition == known) {
            return {known, std::string{error->description}};
        }
    }
    return {kInternalError, std::string{error->condition} + " " + std::string{error->description}};
}

}  // namespace

UplinkConnection::UplinkConnection(io::Transport& transport,
                                   std::shared_ptr<const endpoint::ConnectionProfile> profile,
                                   daemon::Connections& connections,
                                   Uplink& uplink)
    : Connection{transport, std::move(profile)}, connections_{connections}, uplink_{uplink} {
    start(connections_.add(*this));
}

void UplinkConnection::on_opened(const amqp::Open& open) {
    Connection::on_opened(open);
    session_ = machine().begin();
    uplink_.opened(*this);
}

void UplinkConnection::begin_publishing() {
    if (session_ == nullptr) {
        return;
    }
    using Kind = amqp::Terminus::Kind;
    session_->attach({.name = kSenderName,
                      .receiver = false,
                      .source = amqp::Terminus{.kind = Kind::source},
                      .target = amqp::Terminus{.kind = Kind::target}});
}

void UplinkConnection::give_up(PublicationId id, wire::DeliveryId delivery) {
    if (sender_ != nullptr && sending_ != id) {  // else it is aborted
        sender_->update(delivery, {}, /*settled=*/true, /*batchable=*/true);
        wake();
    }
}

amqp::Link* UplinkConnection::attach(const Uplink::Reception& reception, std::size_t message_max) {
    if (session_ == nullptr) {
        return nullptr;
    }
    using Kind = amqp::Terminus::Kind;
    const Interest& interest = reception.interest;
    const bool lasts = !interest.subscription.empty();
    const std::string name = lasts ? interest.subscription : receiver_name(reception.id);
    amqp::Terminus source{.kind = Kind::source,
                          .address = interest.address,
                          .distribution_mode = interest.copies ? "copy" : "",
                          .filter = interest.filter};
    const Buffer capabilities = amqp::capabilities({"shared", "global", "exclusive"});
    if (lasts) {
        source.durable = kUnsettledState;
        source.expiry_policy = interest.seconds ? "link-detach" : "never";
        source.timeout_seconds = interest.seconds.value_or(0);
        source.capabilities = capabilities;
    }
    amqp::Link* link = session_->attach({.name = name,
                                         .receiver = true,
                                         .sender_settle_mode = amqp::SenderSettleMode::mixed,
                                         .source = source,
                                         .target = amqp::Terminus{.kind = Kind::target},
                                         .max_message_size = message_max});
    if (link != nullptr) {
        link->user = reception.id;
    }
    return link;
}

/// All that the uplink has on this connection is lost: told once.
void UplinkConnection::leave() {
    session_ = nullptr;
    sender_ = nullptr;
    sending_ = 0;
    uplink_.gone(*this);
}

/// Its links are lost with it: none was refused.
bool UplinkConnection::on_over(amqp::Session&) {
    leave();
    return true;
}

void UplinkConnection::on_gone(std::string_view) {
    connections_.forget(*this);
}

void UplinkConnection::on_end(amqp::Session& session, const amqp::ErrorView* error) {
    Connection::on_end(session, error);
    if (machine().is_open()) {
        close(kInternalError, "nothing can be done without the session");
    }
}

void UplinkConnection::on_attach(amqp::Link& link, const amqp::Attach& attach) {
    if (link.awaits_answer()) {
        link.refuse(
            {.condition = kNotAllowed,
             .description = "an MQTT gateway takes no links on its connections to routers"});
    } else if (!link.is_receiver()) {
        if (attach.target) {
            sender_ = &link;
        }  // else refused: a detach follows
    } else if (Uplink::Reception* reception = uplink_.find(link.user);
               reception != nullptr && attach.source) {
        if (reception->interest.wildcards &&
            !amqp::has_capability(attach.offered_capabilities, kWildcardsCapability)) {
            link.detach(true, {});
            uplink_.detached(*reception,
                             {kNotImplemented, "the router knows no subscriptions with wildcards"});
            return;
        }
        if (!reception->interest.subscription.empty() && attach.source->durable == 0) {
            link.detach(true, {});
            uplink_.detached(*reception, {kNotImplemented,
                                          "nobody keeps subscriptions to this topic: its entry "
                                          "names no broker that does"});
            return;
        }
        const bool asks_for_keys =
            reception->interest.copies && !reception->interest.filter.empty();
        if (asks_for_keys && attach.source->filter.empty()) {
            link.detach(true, {});
            uplink_.detached(*reception, {kNotImplemented,
                                          "the address is no queue of a broker that knows the "
                                          "filter weft:last-value:list"});
            return;
        }
        uplink_.attached(*reception);
    }
}

void UplinkConnection::on_detach(amqp::Link& link, bool, const amqp::ErrorView* error) {
    if (session_ == nullptr) {
        return;  // told already
    }
    if (!link.is_receiver()) {
        log_error("the router takes no messages from the gateway", error);
        leave();
        close(kInternalError, "the gateway can't do without its sender");
    } else if (Uplink::Reception* reception = uplink_.find(link.user); reception != nullptr) {
        uplink_.detached(*reception, refusal_of(error));
    }
}

void UplinkConnection::on_transfer(amqp::Link& link,
                                   const amqp::IncomingTransfer& transfer,
                                   amqp::Context&) {
    if (Uplink::Reception* reception = uplink_.find(link.user);
        reception != nullptr && reception->link == &link) {
        machine().spend(uplink_.arrived(*reception, id(), transfer));
    }
}

void UplinkConnection::on_update(amqp::Link& link,
                                 const amqp::DeliveryUpdate& update,
                                 amqp::Context context) {
    if (link.is_receiver() || (!update.settled && !wire::is_terminal(update.state))) {
        return;
    }
    if (sending_ == context) {
        sending_ = 0;  // decided before it was whole
        if (link.in_delivery()) {
            link.abort();
        }
    }
    if (!update.settled) {
        link.update(update.id, {}, /*settled=*/true);
    }
    uplink_.decided(context, update.state);
    wake();
}

void UplinkConnection::on_drained(amqp::Link& link) {
    if (Uplink::Reception* reception = uplink_.find(link.user);
        reception != nullptr && reception->link == &link && reception->draining) {
        uplink_.drained(*reception);
        wake();
    }
}

void UplinkConnection::before_write() {
    publish_waiting();
    Connection::before_write();
}

/// As much as credit, window and the output's room allow.
void UplinkConnection::publish_waiting() {
    if (sender_ == nullptr || !uplink_.may_publish() || (sending_ != 0 && !publish_rest())) {
        return;
    }
    while (const PublicationId id = uplink_.queue().next(sender_->credit())) {
        sending_ = id;
        sent_ = 0;
        if (!publish_rest()) {
            return;
        }
    }
}

/// True: no more of it is to be sent.
bool UplinkConnection::publish_rest() {
    const PublicationId id = sending_;
    const Publication* publication = uplink_.queue().find(id);
    if (publication == nullptr) {  // given up meanwhile
        sending_ = 0;
        if (sender_->in_delivery()) {
            sender_->abort();
        }
        return true;
    }
    const bool begun = sender_->in_delivery();
    const bool settled = publication->settled;
    const amqp::Sent sent = sender_->send({.context = id, .settled = settled},
                                          Bytes{publication->message}.subspan(sent_),
                                          /*more=*/false);
    sent_ += sent.taken;
    if (!begun && sent.started) {
        uplink_.started(id, sent.id);
    }
    if (!sent.started && !begun) {
        sending_ = 0;  // the next one may be another
        return false;
    }
    if (sent.complete) {
        sending_ = 0;
        if (settled) {
            uplink_.forget(id);
        }
    }
    return sent.complete;
}

}  // namespace weft::gateway
