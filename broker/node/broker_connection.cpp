#include "broker/node/broker_connection.hpp"

#include "broker/node/filters.hpp"
#include "common/amqp/capabilities.hpp"
#include "common/base/conditions.hpp"

#include <algorithm>
#include <utility>

namespace weft::broker {
namespace {

/// Why this version serves no such terminus; empty: it does.
std::string_view unsupported(const amqp::Terminus& terminus) {
    using Kind = amqp::Terminus::Kind;
    if (terminus.kind == Kind::coordinator) {
        return "this broker has no transactions yet";
    }
    if (terminus.kind == Kind::other) {
        return "this broker knows no such source or target";
    }
    if (terminus.dynamic) {
        return "this broker makes no temporary queues yet";
    }
    if (amqp::has_capability(terminus.capabilities, "topic")) {
        return "this broker has no topics yet";
    }
    return "";
}

/// What the terminus is, of that which was asked for: it ends with its link.
std::optional<amqp::Terminus> granted(std::optional<amqp::Terminus> asked, Bytes filter) {
    if (asked) {
        asked->filter = filter;
        asked->durable = 0;
        asked->expiry_policy = {};
        asked->timeout_seconds = 0;
    }
    return asked;
}

}  // namespace

BrokerConnection::BrokerConnection(io::Transport& transport,
                                   std::shared_ptr<const endpoint::ConnectionProfile> profile,
                                   daemon::Connections& connections,
                                   mgmt::Agent& agent,
                                   Queues& queues)
    : Connection{transport, std::move(profile)},
      connections_{connections},
      management_{agent},
      queues_{queues} {
    start(connections_.add(*this));
}

void BrokerConnection::on_cut(std::string_view why) {
    cut_ = true;  // consumers lose what they had
    Connection::on_cut(why);
}

void BrokerConnection::on_gone(std::string_view why) {
    connections_.forget(*this);
    Connection::on_gone(why);
}

void BrokerConnection::on_attach(amqp::Link& link, const amqp::Attach& attach) {
    if (management_.attach(link, attach)) {
        return;
    }
    if (const auto served = serve(link, attach); !served) {
        const Error& error = served.error();
        link.refuse({.condition = error.condition, .description = error.text});
    }
}

Result<void> BrokerConnection::serve(amqp::Link& link, const amqp::Attach& attach) {
    const auto& terminus = attach.receiver ? attach.source : attach.target;
    if (!terminus) {
        return fail(kInvalidField, "the attach names neither a queue nor a dynamic address");
    }
    if (const std::string_view why = unsupported(*terminus); !why.empty()) {
        return fail(kNotImplemented, std::string{why});
    }
    return attach.receiver ? serve_consumer(link, attach) : serve_producer(link, attach);
}

bool BrokerConnection::accept(amqp::Link& link, const amqp::Attach& attach, Bytes filter) {
    const std::uint64_t configured = profile().max_message_size;
    return link.accept(
        {.sender_settle_mode = attach.sender_settle_mode,
         .source = attach.receiver ? granted(attach.source, filter) : attach.source,
         .target = attach.receiver ? attach.target : granted(attach.target, {}),
         .max_message_size = configured == 0 ? kMessageMax : std::min(configured, kMessageMax)});
}

Result<void> BrokerConnection::serve_producer(amqp::Link& link, const amqp::Attach& attach) {
    QueueNode* queue = nullptr;
    const std::string_view address = attach.target->address.value_or("");
    if (!address.empty()) {
        WEFT_TRY(const auto told, told_entry(attach.properties));
        WEFT_TRY(queue, queues_.find(address, told));
    }
    if (accept(link, attach, {})) {
        const auto producer = std::make_shared<ProducerLink>(*this, link, queues_, queue);
        producers_.emplace(&link, producer);
        producer->grant();
    }
    return {};
}

Result<void> BrokerConnection::serve_consumer(amqp::Link& link, const amqp::Attach& attach) {
    WEFT_TRY(const auto told, told_entry(attach.properties));
    WEFT_TRY(Filters filters, read_filters(attach.source->filter));
    WEFT_TRY(QueueNode* const queue, queues_.find(attach.source->address.value_or(""), told));
    if (!accept(link, attach, filters.stated)) {
        return {};
    }
    using Settling = ConsumerLink::Settling;
    const bool presettled = attach.sender_settle_mode == amqp::SenderSettleMode::settled;
    const auto settling = attach.source->distribution_mode == "copy" ? Settling::copies
                          : presettled                               ? Settling::at_once
                                                                     : Settling::by_peer;
    const auto [consumer, added] = consumers_.emplace(
        &link,
        std::make_unique<ConsumerLink>(*this, link, *queue, settling, std::move(filters.choose)));
    consumer->second->on_credit();  // it may be there already
    return {};
}

void BrokerConnection::on_detach(amqp::Link& link, bool, const amqp::ErrorView*) {
    management_.on_detach(link);
    if (const auto producer = producers_.find(&link); producer != producers_.end()) {
        producer->second->close();
        producers_.erase(producer);
    }
    if (const auto consumer = consumers_.find(&link); consumer != consumers_.end()) {
        consumer->second->close(/*failed=*/cut_);
        consumers_.erase(consumer);
    }
}

void BrokerConnection::on_transfer(amqp::Link& link,
                                   const amqp::IncomingTransfer& transfer,
                                   amqp::Context&) {
    if (management_.owns(link)) {
        management_.on_transfer(link, transfer);
    } else if (const auto producer = producers_.find(&link); producer != producers_.end()) {
        producer->second->on_transfer(transfer);
    }
}

void BrokerConnection::on_update(amqp::Link& link,
                                 const amqp::DeliveryUpdate& update,
                                 amqp::Context context) {
    if (const auto consumer = consumers_.find(&link); consumer != consumers_.end()) {
        consumer->second->on_update(update, context);
    }
}

void BrokerConnection::on_credit(amqp::Link& link) {
    if (management_.owns(link)) {
        management_.on_credit(link);
    } else if (const auto consumer = consumers_.find(&link); consumer != consumers_.end()) {
        consumer->second->on_credit();
    }
}

void BrokerConnection::on_writable() {
    management_.on_writable();
    for (const auto& [link, consumer] : consumers_) {
        consumer->on_writable();
    }
}

}  // namespace weft::broker
