#include "broker/node/coordinator.hpp"

#include "broker/node/outcome.hpp"
#include "common/amqp/capabilities.hpp"
#include "common/base/conditions.hpp"
#include "common/io/process.hpp"
#include "common/wire/delivery_state.hpp"

#include <cstdint>
#include <string>
#include <utility>

namespace weft::broker {
namespace {

using Taken = transaction::Transactions::Taken;

/// Links that fail together.
transaction::GroupId group_of(const amqp::Link& link) {
    return transaction::GroupId{reinterpret_cast<std::uintptr_t>(&link.session())};
}

Error unknown_transaction() {
    return {kTransactionUnknownId,
            "the connection has no such transaction at this broker: it was discharged, or declared "
            "at another one, or never"};
}

}  // namespace

Coordinator::Coordinator(endpoint::Connection& connection,
                         io::Loop& loop,
                         Queues& queues,
                         Topics& topics,
                         Endings& endings)
    : connection_{connection},
      loop_{loop},
      queues_{queues},
      topics_{topics},
      endings_{endings},
      transactions_{queues.transactions()} {}

// --- links -----------------------------------------------------------------------------------

Result<void> Coordinator::attach(amqp::Link& link, const amqp::Attach& attach) {
    const std::size_t most = queues_.transactions().limits.links_max;
    if (controls_.size() >= most) {
        return fail(kResourceLimitExceeded, "the connection has " + std::to_string(most) +
                                                " links to the coordinator: use fewer");
    }
    // Sessions of one connection may share a transaction, but not through a router: it is not said.
    const Buffer capabilities =
        amqp::capabilities({"amqp:local-transactions", "amqp:multi-txns-per-ssn"});
    if (!link.accept({.sender_settle_mode = attach.sender_settle_mode,
                      .source = attach.source,
                      .target = amqp::Terminus{.kind = amqp::Terminus::Kind::coordinator,
                                               .capabilities = capabilities},
                      .max_message_size = kRequestBytesMax})) {
        return {};
    }
    const Bytes outcomes = attach.source ? attach.source->outcomes : Bytes{};
    const bool takes_rejections =
        outcomes.empty() || amqp::has_capability(outcomes, "amqp:rejected:list");
    const transaction::ControlId id{++controls_made_};
    controls_.emplace(&link, Control{.id = id, .takes_rejections = takes_rejections});
    links_.emplace(id, &link);
    link.grant(kCreditMax);
    return {};
}

void Coordinator::on_detach(amqp::Link& link, bool lost) {
    const transaction::ControlId control = controls_.at(&link).id;
    controls_.erase(&link);
    links_.erase(control);
    for (const Id& id : transactions_.leave(control)) {
        undo(id, lost);
    }
}

void Coordinator::on_gone() {
    while (!work_.empty()) {
        const Id id = work_.begin()->first;
        ++queues_.transactions().counters.abandoned;
        undo(id, /*lost=*/true);
    }
}

Result<void> Coordinator::on_transfer(amqp::Link& link, const amqp::IncomingTransfer& transfer) {
    Control& control = controls_.at(&link);
    const bool whole = control.inbox.add(transfer);
    if (!transfer.more) {
        link.grant(kCreditMax);
    }
    if (!whole) {
        return {};
    }
    if (transfer.settled) {
        return fail(kInvalidField,
                    "what the coordinator is sent must be unsettled: its outcome is the answer");
    }
    auto served = serve(link, control, transfer.id);
    if (!served && control.takes_rejections) {
        const Error& error = served.error();
        link.update(transfer.id, wire::rejected(error.condition, error.text), /*settled=*/true);
        return {};
    }
    return served;
}

Result<void> Coordinator::serve(amqp::Link& link, Control& control, amqp::DeliveryId delivery) {
    const Buffer message = control.inbox.take();
    WEFT_TRY(const transaction::Request request, transaction::read_request(message));
    if (request.kind != transaction::Request::Kind::declare) {
        return discharge(control, delivery, request);
    }
    WEFT_TRY(const Id id, declare(link, control));
    link.update(delivery, transaction::declared(id), /*settled=*/true);
    return {};
}

Result<Coordinator::Id> Coordinator::declare(const amqp::Link& link, const Control& control) {
    const Id id = io::random_bytes();
    if (auto done = transactions_.declare(id, control.id, group_of(link), loop_.now()); !done) {
        return tl::unexpected(done.error());
    }
    work_.emplace(id, std::make_unique<TransactionWork>(queues_, topics_,
                                                        connection_.engine().remote_container()));
    set_alarm();
    return id;
}

/// Errors: there is none of that name. All else is told when it has ended.
Result<void> Coordinator::discharge(const Control& control,
                                    amqp::DeliveryId delivery,
                                    const transaction::Request& request) {
    Discharge asked{.control = control.id,
                    .delivery = delivery,
                    .id = request.id,
                    .commits = transactions_.discharge(request.id, control.id, request.kind)};
    if (!asked.commits && asked.commits.error().condition == kTransactionUnknownId) {
        return tl::unexpected(asked.commits.error());
    }
    const auto work = work_.find(asked.id);
    const std::size_t steps = work == work_.end() ? 0 : work->second->size();
    endings_.add(steps, [self = std::weak_ptr{self_}, asked = std::move(asked)] {
        if (const auto coordinator = self.lock()) {
            (*coordinator)->finish(asked);
        }
    });
    return {};
}

void Coordinator::finish(const Discharge& discharge) {
    const bool commits = discharge.commits.value_or(false);
    const std::unique_ptr<TransactionWork> work = take(discharge.id);  // null: it timed out
    Result<void> done;
    if (!discharge.commits) {
        done = tl::unexpected(discharge.commits.error());
    }
    if (work && commits) {
        done = commit(discharge, *work);
    } else if (work) {
        work->roll_back(/*lost=*/false);
    }
    if (!done) {
        refuse(discharge.control, discharge.delivery, done.error());
    } else if (!commits) {
        answer(discharge.control, discharge.delivery);
    }
}

Result<void> Coordinator::commit(const Discharge& discharge, TransactionWork& work) {
    transaction::Counters& counters = queues_.transactions().counters;
    auto done = work.commit(
        [self = std::weak_ptr{self_}, control = discharge.control, delivery = discharge.delivery] {
            if (const auto coordinator = self.lock()) {
                (*coordinator)->answer(control, delivery);
            }
        });
    if (!done) {
        ++counters.failed;
        work.roll_back(/*lost=*/false);
        return done;
    }
    ++counters.committed;
    return {};
}

/// What that delivery asked is done, and durable.
void Coordinator::answer(transaction::ControlId control, amqp::DeliveryId delivery) {
    if (const auto link = links_.find(control); link != links_.end()) {
        link->second->update(delivery, wire::kAccepted, /*settled=*/true);
        connection_.wake();
    }
}

void Coordinator::refuse(transaction::ControlId control,
                         amqp::DeliveryId delivery,
                         const Error& error) {
    const auto found = links_.find(control);
    if (found == links_.end()) {
        return;
    }
    amqp::Link& link = *found->second;
    if (controls_.at(&link).takes_rejections) {
        link.update(delivery, wire::rejected(error.condition, error.text), /*settled=*/true);
    } else {
        on_failed(link);
        on_detach(link, /*lost=*/false);
        link.detach(/*closed=*/true,
                    amqp::ErrorView{.condition = error.condition, .description = error.text});
    }
    connection_.wake();
}

// --- work ------------------------------------------------------------------------------------

void Coordinator::on_failed(const amqp::Link& link) {
    transactions_.spoil(group_of(link),
                        {kTransactionRollback,
                         "a link of the coordinator's session was detached for an error, perhaps "
                         "before all had come that was sent or settled there"});
}

Result<void> Coordinator::send(const Id& id, TransactionWork::Message message) {
    switch (transactions_.enlist(id, message.payload->size() + message.topic.size())) {
        case Taken::yes:
            work_.at(id)->add(std::move(message));
            return {};
        case Taken::no:
            return tl::unexpected(transactions_.reason(id));
        case Taken::unknown:
            break;
    }
    return tl::unexpected(unknown_transaction());
}

Result<bool> Coordinator::on_update(QueueNode& queue,
                                    queue::ConsumerId consumer,
                                    queue::MessageId message,
                                    const amqp::DeliveryUpdate& update) {
    const TransactionWork::Acquired acquired{queue.number(), message};
    const auto state = transaction::read_state(update.state);
    const auto enlisted = enlisted_.find(acquired);
    if (enlisted != enlisted_.end() && (!state || state->id == enlisted->second)) {
        return say_more(acquired, update);
    }
    if (!state) {
        return false;
    }
    if (enlisted != enlisted_.end()) {
        return fail(kNotAllowed, "the message has a part in another transaction: discharge that");
    }
    const auto outcome = outcome_of(state->outcome);
    if (!outcome) {
        return fail(kInvalidField,
                    "a transactional-state of a message that was received needs an "
                    "outcome");
    }
    switch (transactions_.enlist(state->id, 0)) {
        case Taken::yes:
            break;
        case Taken::no:  // the client hears it when it discharges
            if (update.settled) {
                queue.settle(consumer, message,
                             {.kind = queue::Outcome::Kind::modified, .failed = true});
            }
            return true;
        case Taken::unknown:
            return tl::unexpected(unknown_transaction());
    }
    if (queue.settle(consumer, message, {.kind = queue::Outcome::Kind::open})) {
        work_.at(state->id)->add(acquired, {.consumer = consumer,
                                            .delivery = update.id,
                                            .outcome = *outcome,
                                            .state = wire::bare(state->outcome),
                                            .settled = update.settled});
        enlisted_.emplace(acquired, state->id);
    }
    return true;
}

/// Of a message that has a part in a transaction, outside of it or in the same one.
Result<bool> Coordinator::say_more(const TransactionWork::Acquired& acquired,
                                   const amqp::DeliveryUpdate& update) {
    TransactionWork::Verdict& verdict = *work_.at(enlisted_.at(acquired))->find(acquired);
    const auto state = transaction::read_state(update.state);
    const Bytes said = state ? state->outcome : update.state;
    if (const auto outcome = outcome_of(said)) {
        if (!state) {
            return fail(kNotAllowed,
                        "the message has a part in a transaction: discharge that first");
        }
        verdict.outcome = *outcome;
        verdict.state = wire::bare(said);
    }
    verdict.settled = verdict.settled || update.settled;
    return true;
}

/// It is over.
std::unique_ptr<TransactionWork> Coordinator::take(const Id& id) {
    const auto found = work_.extract(id);
    if (!found) {
        return nullptr;
    }
    for (const auto& [acquired, verdict] : found.mapped()->verdicts()) {
        enlisted_.erase(acquired);
    }
    return std::move(found.mapped());
}

/// In its turn: by then the connection may be gone.
void Coordinator::undo(const Id& id, bool lost) {
    if (std::shared_ptr<TransactionWork> work = take(id)) {
        endings_.add(work->size(), [work, lost] { work->roll_back(lost); });
    }
}

// --- time ------------------------------------------------------------------------------------

/// Never later than the first deadline; it may be earlier, for one that ended before.
void Coordinator::set_alarm() {
    const Instant due = transactions_.deadline();
    if (due >= alarm_at_) {
        return;
    }
    alarm_at_ = due;
    const Instant now = loop_.now();
    alarm_ = loop_.after(due > now ? due - now : Duration::zero(), [this] { expire(); });
}

void Coordinator::expire() {
    alarm_at_ = kNever;
    for (const Id& id : transactions_.expire(loop_.now())) {
        undo(id, /*lost=*/false);
    }
    set_alarm();
}

}  // namespace weft::broker
