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
                                   Queues& queues,
                                   Topics& topics)
    : Connection{transport, std::move(profile)},
      connections_{connections},
      management_{agent},
      queues_{queues},
      topics_{topics} {
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
    if (!terminus && attach.receiver) {
        return serve_subscriber(link, attach);  // it resumes
    }
    if (!terminus) {
        return fail(kInvalidField, "the attach names neither a queue nor a dynamic address");
    }
    if (const std::string_view why = unsupported(*terminus); !why.empty()) {
        return fail(kNotImplemented, std::string{why});
    }
    return attach.receiver ? serve_consumer(link, attach) : serve_producer(link, attach);
}

bool BrokerConnection::accept(amqp::Link& link, const amqp::Attach& attach, Bytes filter) {
    return link.accept({.sender_settle_mode = attach.sender_settle_mode,
                        .source = attach.receiver ? granted(attach.source, filter) : attach.source,
                        .target = attach.receiver ? attach.target : granted(attach.target, {}),
                        .max_message_size = largest_message()});
}

std::uint64_t BrokerConnection::largest_message() const {
    const std::uint64_t configured = profile().max_message_size;
    return configured == 0 ? kMessageMax : std::min(configured, kMessageMax);
}

Result<bool> BrokerConnection::is_topic(const amqp::Terminus& terminus,
                                        const std::optional<QueueEntry>& told) {
    const std::string_view address = terminus.address.value_or("");
    if (told && told->is_topic) {
        if (auto done = topics_.learn(address, *told); !done) {
            return tl::unexpected(done.error());
        }
        return true;
    }
    if (told) {
        topics_.unlearn(address);
        return false;
    }
    const bool asked = amqp::has_capability(terminus.capabilities, topic::kTopicCapability);
    if (asked && !topics_.knows(address) && !queues_.auto_creates()) {
        return fail(kNotFound,
                    "there is no such topic: a router makes it by an entry of its "
                    "address list, or links do with /broker/autoCreate");
    }
    return asked || topics_.knows(address);
}

Result<void> BrokerConnection::serve_producer(amqp::Link& link, const amqp::Attach& attach) {
    ProducerLink::Address goal;
    const std::string_view address = attach.target->address.value_or("");
    if (!address.empty()) {
        WEFT_TRY(const auto told, told_entry(attach.properties));
        WEFT_TRY(const bool publishes, is_topic(*attach.target, told));
        if (publishes) {
            if (auto fits = topic::check_name(address); !fits) {
                return fits;
            }
            goal.topic = address;
        } else {
            WEFT_TRY(goal.queue, queues_.find(address, told));
        }
    }
    if (accept(link, attach, {})) {
        const auto producer =
            std::make_shared<ProducerLink>(*this, link, queues_, topics_, std::move(goal));
        producers_.emplace(&link, producer);
        producer->grant();
    }
    return {};
}

Result<void> BrokerConnection::serve_consumer(amqp::Link& link, const amqp::Attach& attach) {
    WEFT_TRY(const auto told, told_entry(attach.properties));
    WEFT_TRY(const bool subscribes, is_topic(*attach.source, told));
    if (subscribes) {
        return serve_subscriber(link, attach);
    }
    WEFT_TRY(Filters filters, read_filters(attach.source->filter, Filtered::queue));
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

Result<void> BrokerConnection::serve_subscriber(amqp::Link& link, const amqp::Attach& attach) {
    if (queues_.store().has_failed()) {
        return fail(kInternalError, "the broker's store failed: see its log");
    }
    const std::string& container = engine().remote_container();
    WEFT_TRY(topic::Request request, topic::read_request(attach, container));
    Filters filters;
    if (attach.source) {
        WEFT_TRY(filters, read_filters(attach.source->filter, Filtered::subscription));
        request.interest.selector = filters.selector;
        request.interest.no_local = filters.no_local;
    }
    std::string address{attach.source ? attach.source->address.value_or("") : ""};
    WEFT_TRY(const Topics::Joined joined, topics_.attach({.request = std::move(request),
                                                          .address = address,
                                                          .choose = std::move(filters.choose),
                                                          .container = container,
                                                          .lost = [this, &link] { lose(link); }}));
    const std::string_view target = attach.target ? attach.target->address.value_or("") : "";
    subscribed_.emplace(&link, Subscribed{.joined = joined,
                                          .address = std::move(address),
                                          .target = std::string{target},
                                          .filter = std::move(filters.stated),
                                          .sender_settle_mode = attach.sender_settle_mode});
    if (!joined.made || !topic::is_durable(joined.subscription->kind)) {
        answer_subscriber(link);
        return {};
    }
    queues_.store().wait([self = std::weak_ptr{self_}, &link, id = joined.link] {
        const auto connection = self.lock();
        if (!connection) {
            return;
        }
        const auto& all = (*connection)->subscribed_;
        if (const auto found = all.find(&link);
            found != all.end() && found->second.joined.link == id) {
            (*connection)->answer_subscriber(link);
            (*connection)->wake();
        }
    });
    return {};
}

void BrokerConnection::answer_subscriber(amqp::Link& link) {
    const Subscribed& subscribed = subscribed_.at(&link);
    Buffer capabilities;
    amqp::Terminus source = topic::stated_source(*subscribed.joined.subscription, capabilities);
    if (!subscribed.address.empty()) {
        source.address = subscribed.address;
    }
    source.filter = subscribed.filter;
    const amqp::Terminus target{.kind = amqp::Terminus::Kind::target, .address = subscribed.target};
    if (!link.accept({.sender_settle_mode = subscribed.sender_settle_mode,
                      .source = source,
                      .target = target,
                      .max_message_size = largest_message()})) {
        topics_.leave(subscribed.joined.link, topic::Leaving::detached);
        subscribed_.erase(&link);
        return;
    }
    const bool presettled = subscribed.sender_settle_mode == amqp::SenderSettleMode::settled;
    const auto [consumer, added] = consumers_.emplace(
        &link, std::make_unique<ConsumerLink>(
                   *this, link, *subscribed.joined.queue,
                   presettled ? ConsumerLink::Settling::at_once : ConsumerLink::Settling::by_peer,
                   queue::Choose{}));
    consumer->second->on_credit();  // it may be there already
}

/// Another link has its subscription.
void BrokerConnection::lose(amqp::Link& link) {
    if (const auto consumer = consumers_.find(&link); consumer != consumers_.end()) {
        consumer->second->close(/*failed=*/false);
        consumers_.erase(consumer);
    }
    subscribed_.erase(&link);
    link.detach(/*closed=*/true,
                amqp::ErrorView{.condition = kStolen,
                                .description = "another link has taken the subscription"});
    wake();
}

void BrokerConnection::on_detach(amqp::Link& link, bool closed, const amqp::ErrorView* error) {
    management_.on_detach(link);
    if (const auto producer = producers_.find(&link); producer != producers_.end()) {
        producer->second->close();
        producers_.erase(producer);
    }
    if (const auto consumer = consumers_.find(&link); consumer != consumers_.end()) {
        consumer->second->close(/*failed=*/cut_);
        consumers_.erase(consumer);
    }
    if (const auto subscribed = subscribed_.find(&link); subscribed != subscribed_.end()) {
        const topic::LinkId id = subscribed->second.joined.link;
        subscribed_.erase(subscribed);
        // An error ends the link, not the subscription.
        topics_.leave(id, cut_                         ? topic::Leaving::lost
                          : closed && error == nullptr ? topic::Leaving::closed
                                                       : topic::Leaving::detached);
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
