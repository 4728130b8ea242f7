#pragma once

#include "broker/node/endings.hpp"
#include "broker/node/transaction_work.hpp"
#include "broker/transaction/transactions.hpp"
#include "common/amqp/engine.hpp"
#include "common/daemon/messages.hpp"
#include "common/endpoint/connection.hpp"
#include "common/io/loop.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <utility>

namespace weft::broker {

/// The coordinator of a connection: its links, by which transactions are declared and discharged,
/// and what belongs to each of them. A transaction ends with the link that declared it; all
/// sessions of the connection may have a part in it.
/// Threading: loop-confined. Spec: AMQP 1.0 §4
class Coordinator {
public:
    static constexpr std::uint32_t kCreditMax = 100;       // requests under way on a link
    static constexpr std::size_t kRequestBytesMax = 1024;  // of one

    /// All must outlive it. `loop` is the connection's.
    Coordinator(endpoint::Connection& connection,
                io::Loop& loop,
                Queues& queues,
                Topics& topics,
                Endings& endings);
    Coordinator(const Coordinator&) = delete;
    Coordinator& operator=(const Coordinator&) = delete;

    // --- its links ---------------------------------------------------------------------------
    /// Accepts a link whose target is a coordinator. Errors: amqp:resource-limit-exceeded.
    [[nodiscard]] Result<void> attach(amqp::Link& link, const amqp::Attach& attach);
    bool owns(amqp::Link& link) const { return controls_.contains(&link); }
    /// Errors: for which the link is to be detached.
    [[nodiscard]] Result<void> on_transfer(amqp::Link& link,
                                           const amqp::IncomingTransfer& transfer);
    /// What it declared and did not discharge is rolled back. `lost`: so is the connection.
    void on_detach(amqp::Link& link, bool lost);

    /// The connection is gone. What is not over is rolled back, also a commit that waits for its
    /// turn, whose link may have gone before.
    void on_gone();

    // --- what others do in a transaction -----------------------------------------------------
    /// Takes a message, and its bytes (TransactionWork::add). Errors: it does not, and the
    /// transaction, if there is one, can't be committed.
    [[nodiscard]] Result<void> send(const transaction::Id& id, TransactionWork::Message message);
    /// A message of it was refused, so it can't be committed.
    void spoil(const transaction::Id& id, Error why) { transactions_.spoil(id, std::move(why)); }
    /// A link ended for an error, of either side: what was on its way to here in a transaction may
    /// not have come, so those of its session can't be committed.
    void on_failed(const amqp::Link& link);
    /// What a consumer says of a message that it has. True: that is seen to; false: it is nothing
    /// of a transaction. Errors: for which the consumer's link is to be detached.
    [[nodiscard]] Result<bool> on_update(QueueNode& queue,
                                         queue::ConsumerId consumer,
                                         queue::MessageId message,
                                         const amqp::DeliveryUpdate& update);

private:
    using Id = transaction::Id;
    /// One of its links.
    struct Control {
        transaction::ControlId id{};
        bool takes_rejections = true;  // else it is detached with what went wrong
        daemon::Inbox inbox{kRequestBytesMax};
    };

    /// A discharge that waits for its turn.
    struct Discharge {
        transaction::ControlId control{};
        amqp::DeliveryId delivery = 0;
        Id id{};
        Result<bool> commits;  // as Transactions::discharge says
    };

    [[nodiscard]] Result<void> serve(amqp::Link& link, Control& control, amqp::DeliveryId delivery);
    [[nodiscard]] Result<Id> declare(const amqp::Link& link, const Control& control);
    [[nodiscard]] Result<void> discharge(const Control& control,
                                         amqp::DeliveryId delivery,
                                         const transaction::Request& request);
    void finish(const Discharge& discharge);
    [[nodiscard]] Result<void> commit(const Discharge& discharge, TransactionWork& work);
    void answer(transaction::ControlId control, amqp::DeliveryId delivery);
    void refuse(transaction::ControlId control, amqp::DeliveryId delivery, const Error& error);
    [[nodiscard]] Result<bool> say_more(const TransactionWork::Acquired& acquired,
                                        const amqp::DeliveryUpdate& update);
    std::unique_ptr<TransactionWork> take(const Id& id);
    void undo(const Id& id, bool lost);
    void set_alarm();
    void expire();

    endpoint::Connection& connection_;
    io::Loop& loop_;
    Queues& queues_;
    Topics& topics_;
    Endings& endings_;
    transaction::Transactions transactions_;
    std::map<Id, std::unique_ptr<TransactionWork>> work_;  // of those that are not over
    std::map<TransactionWork::Acquired, Id> enlisted_;     // whose work has a verdict on it
    std::map<amqp::Link*, Control> controls_;
    std::map<transaction::ControlId, amqp::Link*> links_;  // of these
    std::uint64_t controls_made_ = 0;
    io::Timer alarm_;
    Instant alarm_at_ = kNever;
    std::shared_ptr<Coordinator*> self_ = std::make_shared<Coordinator*>(this);  // for what waits
};

}  // namespace weft::broker
