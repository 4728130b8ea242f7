#pragma once

#include "broker/node/queue_node.hpp"
#include "common/amqp/engine.hpp"
#include "common/endpoint/connection.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>

namespace weft::broker {

/// A link on which messages of a queue go out. Threading: loop-confined.
class ConsumerLink {
public:
    /// When a delivery is over.
    enum class Settling : std::uint8_t {
        by_peer,  // when the peer says what became of it
        at_once,  // as soon as all of it is with the connection
        copies,   // it never was more than a copy
    };

    /// It gets what `choose` wants. All must outlive it.
    ConsumerLink(endpoint::Connection& connection,
                 amqp::Link& link,
                 QueueNode& queue,
                 Settling settling,
                 queue::Choose choose);

    // The queue's.
    void deliver(const queue::Deliver& deliver);
    void on_drained();
    /// What became of a delivery is durable.
    void on_settled(wire::DeliveryId delivery, Bytes state);

    // The connection's.
    void on_credit();
    /// There is room again.
    void on_writable();
    void on_update(const amqp::DeliveryUpdate& update, amqp::Context context);
    /// The link is gone. `failed`: its connection was lost.
    void close(bool failed);

private:
    /// On its way to the connection.
    struct Outgoing {
        queue::MessageId id = 0;
        queue::Payload payload;
        Buffer header;         // goes before it
        std::size_t sent = 0;  // bytes of the payload
    };

    void send();
    void tell_credit();
    void hold(bool held);
    void answer_drain();

    endpoint::Connection& connection_;
    amqp::Link& link_;
    QueueNode& queue_;
    Settling settling_;
    queue::ConsumerId id_;
    std::deque<Outgoing> outgoing_;
    bool started_ = false;  // the first of them
    bool held_ = false;
    bool drain_due_ = false;
};

}  // namespace weft::broker
