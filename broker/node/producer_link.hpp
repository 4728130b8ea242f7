#pragma once

#include "broker/node/coordinator.hpp"
#include "broker/node/queue_node.hpp"
#include "broker/node/queues.hpp"
#include "broker/node/topics.hpp"
#include "common/amqp/engine.hpp"
#include "common/base/result.hpp"
#include "common/daemon/messages.hpp"
#include "common/endpoint/connection.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace weft::broker {

/// A link on which messages come in: to one queue or topic, or to those that they name themselves.
///
/// A delivery is settled once its message is durable, or refused, or with its transaction. Credit
/// is what the peer may have under way until then; what waits takes from the session's window, and
/// from what all producers together may have in memory (Incoming). Threading: loop-confined.
class ProducerLink : public std::enable_shared_from_this<ProducerLink> {
public:
    /// Messages that may wait to be durable, and bytes of them from which on none are asked for.
    static constexpr std::uint32_t kCapacity = 250;
    static constexpr std::size_t kWaitingBytesMax = std::size_t{4} * 1024 * 1024;

    /// What an address is: a queue, a topic (its name), or nothing: of an anonymous one.
    struct Address {
        QueueNode* queue = nullptr;
        std::string topic{};
    };

    /// The broker's, for all its producers and this one's connection.
    struct Parts {
        Queues& queues;
        Topics& topics;
        Coordinator& coordinator;
    };

    /// `end` detaches it. All must outlive it but the lists of producers, which it leaves by
    /// `close`.
    ProducerLink(endpoint::Connection& connection,
                 amqp::Link& link,
                 const Parts& parts,
                 std::shared_ptr<Incoming::Account> account,
                 Address address,
                 std::function<void(const Error&)> end);

    /// Gives what credit there may be.
    void grant();
    /// Errors: for which the link is to be detached.
    [[nodiscard]] Result<void> on_transfer(const amqp::IncomingTransfer& transfer);
    /// The message of that delivery is durable, or one of its copies.
    void on_stored(wire::DeliveryId delivery);
    /// Its topic's subscriptions have it now: so many copies, or none for that reason.
    void on_published(wire::DeliveryId delivery, const Result<std::size_t>& copies);
    /// The link is gone.
    void close();
    /// The queue goes: the link is told.
    void on_deleted();

private:
    /// A message that waits to be durable.
    struct Waiting {
        std::size_t bytes = 0;
        bool settled = false;       // its producer wants to hear nothing
        bool published = false;     // all that have it have it
        std::ptrdiff_t copies = 0;  // that are not durable yet; less, until it is published
    };
    using Waitings = std::map<wire::DeliveryId, Waiting>;

    struct Delivery {
        wire::DeliveryId id = 0;
        bool settled = false;
    };

    [[nodiscard]] bool add(const amqp::IncomingTransfer& transfer);
    void give_up();
    void end_incoming(const Error& error);
    void forget_incoming();
    [[nodiscard]] Result<void> receive(const amqp::IncomingTransfer& transfer);
    void take(const Delivery& last, Buffer message);
    [[nodiscard]] Result<Address> goal_of(const Sections& sections, bool settled);
    /// How often a message is kept; nothing: it is heard later.
    using Kept = tl::expected<std::optional<std::size_t>, Refusal>;

    [[nodiscard]] Kept keep(const queue::Payload& message, const Delivery& delivery);
    [[nodiscard]] Kept enlist(const queue::Payload& message, const Delivery& delivery);
    void accept(wire::DeliveryId delivery);
    void conclude(Waitings::iterator waiting, const Error* refusal);
    bool has_address() const { return address_.queue != nullptr || !address_.topic.empty(); }
    bool may_have_credit() const;
    std::uint32_t credit_wanted();
    void refuse(const Delivery& delivery, const Refusal& refusal);

    endpoint::Connection& connection_;
    amqp::Link* link_;  // null: it is gone
    Queues& queues_;
    Topics& topics_;
    Coordinator& coordinator_;
    std::shared_ptr<Incoming::Account> account_;
    Address address_;
    std::function<void(const Error&)> end_;
    daemon::Inbox inbox_;
    std::shared_ptr<Incoming::Message> incoming_;  // what is in the inbox; null: nothing
    Delivery delivery_{};                          // of that
    bool overflowed_ = false;                      // the rest of it is dropped
    std::optional<transaction::Id> transaction_;   // that it is part of
    std::optional<Error> unheard_;  // a refusal that its producer would not hear otherwise
    Waitings waiting_;
    std::size_t waiting_bytes_ = 0;
};

}  // namespace weft::broker
