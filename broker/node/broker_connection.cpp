#include "broker/node/broker_connection.hpp"

#include "broker/node/filters.hpp"
#include "broker/node/forwarder.hpp"
#include "common/amqp/capabilities.hpp"
#include "common/base/census.hpp"
#include "common/base/conditions.hpp"
#include "common/base/printable.hpp"

#include <algorithm>
#include <utility>

namespace weft::broker {
namespace {

/// Of the source of a consumer that wants to be the only one.
constexpr std::string_view kExclusive = "exclusive";

/// Why this version serves no such terminus; empty: it does.
std::string_view unsupported(const amqp::Terminus& terminus) {
    using Kind = amqp::Terminus::Kind;
    if (terminus.kind == Kind::coordinator || terminus.kind == Kind::other) {
        return "this broker knows no such source or target";
    }
    if (terminus.dynamic) {
        return "this broker makes no temporary queues yet";
    }
    return "";
}

/// Of a source that gives copies, and keeps its messages. Spec: AMQP 1.0 §3.5.7
constexpr std::string_view kCopies = "copy";

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
                                   Topics& topics,
                                   Endings& endings,
                                   Forwarder& forwarder)
    : Connection{transport, std::move(profile)},
      connections_{connections},
      management_{
          agent,
          {.wake = [this] { wake(); }, .who = [this] { return daemon::requester_of(*this); }}},
      queues_{queues},
      topics_{topics},
      forwarder_{forwarder},
      coordinator_{*this, transport.loop(), queues, topics, endings},
      outlet_{[this] { wake_outlet(); }} {
    start(connections_.add(*this));
}

ConsumerLink::Parts BrokerConnection::parts() {
    return {.outlet = outlet_, .read_ahead = queues_.read_ahead(), .coordinator = coordinator_};
}

void BrokerConnection::on_cut(std::string_view why) {
    lost_ = true;  // and with it what consumers had
    Connection::on_cut(why);
}

void BrokerConnection::on_gone(std::string_view why) {
    connections_.forget(*this);
    forwarder_.remove(*this);
    coordinator_.on_gone();
    Connection::on_gone(why);
}

/// What the link tells of that address; who tells such things is a router. Errors: with its name.
Result<std::optional<QueueEntry>> BrokerConnection::entry_told(const amqp::Attach& attach,
                                                               std::string_view address) {
    auto told = told_entry(attach.properties);
    if (!told) {
        return fail(told.error().condition,
                    "the entry of '" + printable(address) + "': " + told.error().text);
    }
    if (*told) {
        forwarder_.add(*this);
    }
    return told;
}

void BrokerConnection::on_attach(amqp::Link& link, const amqp::Attach& attach) {
    if (!link.awaits_answer()) {
        on_answered(link, attach);
        return;
    }
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
        return fail(kInvalidField, "the attach of '" + printable(attach.name) +
                                       "' has no target: name a queue or a topic there");
    }
    if (!attach.receiver && terminus->kind == amqp::Terminus::Kind::coordinator) {
        return serve_coordinator(link, attach);
    }
    if (const std::string_view why = unsupported(*terminus); !why.empty()) {
        return fail(kNotImplemented, std::string{why});
    }
    return attach.receiver ? serve_consumer(link, attach) : serve_producer(link, attach);
}

Result<void> BrokerConnection::serve_coordinator(amqp::Link& link, const amqp::Attach& attach) {
    if (queues_.store().has_failed()) {
        return fail(kInternalError, "the broker's store failed: see its log");
    }
    return coordinator_.attach(link, attach);
}

bool BrokerConnection::accept(amqp::Link& link, const amqp::Attach& attach, Bytes filter) {
    // A producer's message is settled as soon as it is durable: as in the first mode.
    return link.accept({.sender_settle_mode = attach.sender_settle_mode,
                        .receiver_settle_mode = attach.receiver ? attach.receiver_settle_mode
                                                                : amqp::ReceiverSettleMode::first,
                        .source = attach.receiver ? granted(attach.source, filter) : attach.source,
                        .target = attach.receiver ? attach.target : granted(attach.target, {}),
                        .max_message_size = largest_message()});
}

std::uint64_t BrokerConnection::largest_message() const {
    const std::uint64_t configured = profile().max_message_size;
    return configured == 0 ? kMessageMax : std::min(configured, kMessageMax);
}

Result<TopicEntries::Hold> BrokerConnection::topic_of(const amqp::Terminus& terminus,
                                                      const std::optional<QueueEntry>& told) {
    const std::string_view address = terminus.address.value_or("");
    if (told && !told->is_topic) {
        topics_.unlearn(address);
        return nullptr;
    }
    const bool asked = amqp::has_capability(terminus.capabilities, topic::kTopicCapability);
    const bool known = topics_.knows(address);
    if (!told && !asked && !known) {
        return nullptr;
    }
    if (!told && !known && !queues_.auto_creates()) {
        return fail(kNotFound, "there is no topic '" + printable(address) +
                                   "': a router makes it by an entry of its address list, or links "
                                   "do with /broker/autoCreate");
    }
    const QueueNode* const queue = known ? nullptr : queues_.known(address);
    if (queue != nullptr && (!told || queue->machine().depth() > 0)) {
        return fail(kNotAllowed, "'" + printable(address) +
                                     "' is a queue of this broker: delete it, or give the topic "
                                     "another name");
    }
    return topics_.learn(address, told ? &*told : nullptr);
}

Result<void> BrokerConnection::serve_producer(amqp::Link& link, const amqp::Attach& attach) {
    ProducerLink::Address goal;
    TopicEntries::Hold topic;
    const std::string_view address = attach.target->address.value_or("");
    if (!address.empty()) {
        WEFT_TRY(const auto told, entry_told(attach, address));
        WEFT_TRY(topic, topic_of(*attach.target, told));
        if (topic) {
            if (auto fits = topic::check_name(address); !fits) {
                return fits;
            }
            goal.topic = address;
        } else {
            WEFT_TRY(goal.queue, queues_.find(address, told));
        }
    }
    if (accept(link, attach, {})) {
        const auto producer = std::make_shared<ProducerLink>(
            *this, link, ProducerLink::Parts{queues_, topics_, coordinator_}, account_,
            std::move(goal), [this, &link](const Error& error) { end(link, error); });
        producers_.emplace(&link, producer);
        hold(link, std::move(topic));
        producer->grant();
    }
    return {};
}

Result<void> BrokerConnection::serve_consumer(amqp::Link& link, const amqp::Attach& attach) {
    const std::string_view address = attach.source->address.value_or("");
    WEFT_TRY(const auto told, entry_told(attach, address));
    WEFT_TRY(TopicEntries::Hold topic, topic_of(*attach.source, told));
    if (topic) {
        auto served = serve_subscriber(link, attach);
        if (served) {
            hold(link, std::move(topic));
        }
        return served;
    }
    WEFT_TRY(Filters filters,
             read_filters(attach.source->filter, Filtered::queue, topics_.selectors()));
    WEFT_TRY(QueueNode* const queue, queues_.find(address, told));
    using Settling = ConsumerLink::Settling;
    const bool presettled = attach.sender_settle_mode == amqp::SenderSettleMode::settled;
    const auto settling = attach.source->distribution_mode == kCopies ? Settling::copies
                          : presettled                                ? Settling::at_once
                                                                      : Settling::by_peer;
    const bool copies = settling == Settling::copies;
    WEFT_TRY(auto keys, keys_wanted(filters, queue->machine().settings().last_value_key, copies));
    queue::Joining how{.choose = choose_by(std::move(filters.selector)),
                       .browses = copies,
                       .keys = std::move(keys),
                       .alone = amqp::has_capability(attach.source->capabilities, kExclusive)};
    if (auto admitted = admit(*queue, how); !admitted) {
        return admitted;
    }
    if (!accept(link, attach, filters.stated)) {
        return {};
    }
    const auto [consumer, added] = consumers_.emplace(
        &link,
        std::make_unique<ConsumerLink>(*this, link, parts(), *queue, settling, std::move(how),
                                       [this, &link](const Error& error) { end(link, error); }));
    consumer->second->on_credit();  // it may be there already
    return {};
}

/// Its topic is known while the link is there.
void BrokerConnection::hold(const amqp::Link& link, TopicEntries::Hold topic) {
    const bool is_there = producers_.contains(&link) || subscribed_.contains(&link);
    if (topic && is_there) {
        holds_.emplace(&link, std::move(topic));
    }
}

Result<void> BrokerConnection::serve_subscriber(amqp::Link& link, const amqp::Attach& attach) {
    if (queues_.store().has_failed()) {
        return fail(kInternalError, "the broker's store failed: see its log");
    }
    if (attach.source && attach.source->distribution_mode == kCopies) {
        return fail(kNotImplemented,
                    "a subscription of a topic is no queue to be browsed (distribution-mode copy): "
                    "receive from it, or browse a queue");
    }
    const std::string& container = engine().remote_container();
    WEFT_TRY(topic::Request request, topic::read_request(attach, container));
    if (!request.resumes && !may_take(subscribed_.size(), topics_.subscriptions().size(),
                                      topic::Subscriptions::kSubscriptionsMax)) {
        return fail(kResourceLimitExceeded,
                    "this connection has " + std::to_string(subscribed_.size()) +
                        " links to subscriptions, as many as all others leave free of " +
                        std::to_string(topic::Subscriptions::kSubscriptionsMax) +
                        ": close some that nobody needs");
    }
    request.bringer = id();
    Filters filters;
    if (attach.source) {
        WEFT_TRY(filters,
                 read_filters(attach.source->filter, Filtered::subscription, topics_.selectors()));
        request.interest.selector = filters.selector ? filters.selector->text : std::string{};
        request.interest.no_local = filters.no_local;
    }
    std::string address{attach.source ? attach.source->address.value_or("") : ""};
    WEFT_TRY(const Topics::Joined joined,
             topics_.attach({.request = std::move(request),
                             .address = address,
                             .selector = std::move(filters.selector),
                             .container = container,
                             .lost = [this, &link](const Error& error) { lose(link, error); }}));
    if (address.empty()) {
        address = topic::written(joined.subscription->interest.filter);
    }
    const std::string_view target = attach.target ? attach.target->address.value_or("") : "";
    subscribed_.emplace(&link, Subscribed{.joined = joined,
                                          .address = std::move(address),
                                          .target = std::string{target},
                                          .filter = std::move(filters.stated),
                                          .sender_settle_mode = attach.sender_settle_mode,
                                          .receiver_settle_mode = attach.receiver_settle_mode});
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
    source.address = subscribed.address;
    source.filter = subscribed.filter;
    const amqp::Terminus target{.kind = amqp::Terminus::Kind::target, .address = subscribed.target};
    if (!link.accept({.sender_settle_mode = subscribed.sender_settle_mode,
                      .receiver_settle_mode = subscribed.receiver_settle_mode,
                      .source = source,
                      .target = target,
                      .max_message_size = largest_message()})) {
        forget(link, topic::Leaving::detached);
        return;
    }
    const bool presettled = subscribed.sender_settle_mode == amqp::SenderSettleMode::settled;
    const auto [consumer, added] = consumers_.emplace(
        &link, std::make_unique<ConsumerLink>(
                   *this, link, parts(), *subscribed.joined.queue,
                   presettled ? ConsumerLink::Settling::at_once : ConsumerLink::Settling::by_peer,
                   queue::Joining{}, [this, &link](const Error& error) { end(link, error); }));
    consumer->second->on_credit();  // it may be there already
}

/// It has its subscription no more.
void BrokerConnection::lose(amqp::Link& link, const Error& error) {
    if (const auto consumer = consumers_.find(&link); consumer != consumers_.end()) {
        consumer->second->close(/*failed=*/false);
        consumers_.erase(consumer);
    }
    subscribed_.erase(&link);
    holds_.erase(&link);
    coordinator_.on_failed(link);
    link.detach(/*closed=*/true,
                amqp::ErrorView{.condition = error.condition, .description = error.text});
    wake();
}

void BrokerConnection::on_detach(amqp::Link& link, bool closed, const amqp::ErrorView* error) {
    // The engine gave up: the peer was silent, say, or broke the protocol.
    lost_ = lost_ || (error != nullptr && !engine().is_open());
    if (Carrier* const carrier = forget_forwarding(link)) {
        carrier->on_lost(
            error == nullptr
                ? "the link is gone"
                : printable(error->description.empty() ? error->condition : error->description));
        return;
    }
    if (error != nullptr) {
        coordinator_.on_failed(link);
    }
    // An error ends the link, not the subscription.
    forget(link, lost_                        ? topic::Leaving::lost
                 : closed && error == nullptr ? topic::Leaving::closed
                                              : topic::Leaving::detached);
}

void BrokerConnection::end(amqp::Link& link, const Error& error) {
    if (Carrier* const carrier = forget_forwarding(link)) {
        carrier->on_lost(error.text);
    }
    coordinator_.on_failed(link);
    forget(link, topic::Leaving::detached);
    link.detach(/*closed=*/true,
                amqp::ErrorView{.condition = error.condition, .description = error.text});
    wake();
}

void BrokerConnection::forget(amqp::Link& link, topic::Leaving leaving) {
    management_.on_detach(link);
    if (coordinator_.owns(link)) {
        coordinator_.on_detach(link, /*lost=*/lost_);
    }
    if (const auto producer = producers_.find(&link); producer != producers_.end()) {
        producer->second->close();
        producers_.erase(producer);
    }
    if (const auto consumer = consumers_.find(&link); consumer != consumers_.end()) {
        consumer->second->close(/*failed=*/lost_);
        consumers_.erase(consumer);
    }
    if (const auto subscribed = subscribed_.find(&link); subscribed != subscribed_.end()) {
        const topic::LinkId id = subscribed->second.joined.link;
        subscribed_.erase(subscribed);
        topics_.leave(id, leaving);
    }
    holds_.erase(&link);
}

void BrokerConnection::on_transfer(amqp::Link& link,
                                   const amqp::IncomingTransfer& transfer,
                                   amqp::Context&) {
    if (management_.owns(link)) {
        management_.on_transfer(link, transfer);
        return;
    }
    Result<void> done;
    if (const auto producer = producers_.find(&link); producer != producers_.end()) {
        done = producer->second->on_transfer(transfer);
    } else if (coordinator_.owns(link)) {
        done = coordinator_.on_transfer(link, transfer);
    }
    if (!done) {
        end(link, done.error());
    }
}

void BrokerConnection::on_update(amqp::Link& link,
                                 const amqp::DeliveryUpdate& update,
                                 amqp::Context context) {
    if (const auto consumer = consumers_.find(&link); consumer != consumers_.end()) {
        if (const auto done = consumer->second->on_update(update, context); !done) {
            end(link, done.error());
        }
    }
}

void BrokerConnection::on_credit(amqp::Link& link) {
    if (management_.owns(link)) {
        management_.on_credit(link);
    } else if (const auto consumer = consumers_.find(&link); consumer != consumers_.end()) {
        consumer->second->on_credit();
    }
}

void BrokerConnection::on_flow_properties(amqp::Link& link, Bytes properties) {
    if (!link.is_receiver() && transaction::acquires(properties)) {
        end(link, {kNotImplemented,
                   "this broker acquires no messages in a transaction (txn-id of a flow): receive "
                   "them without one, and accept them in it"});
    }
}

void BrokerConnection::on_writable() {
    management_.on_writable();
    outlet_.on_writable();
}

void BrokerConnection::on_window(amqp::Session& session) {
    management_.on_writable();
    outlet_.on_window(&session);
}

void BrokerConnection::wake_outlet() {
    transport().loop().post([self = std::weak_ptr{self_}] {
        if (const auto connection = self.lock()) {
            (*connection)->outlet_.wake();
        }
    });
}

}  // namespace weft::broker
