#pragma once

#include "broker/node/carrier.hpp"
#include "broker/node/coordinator.hpp"
#include "broker/node/outlet.hpp"
#include "broker/node/queue_node.hpp"
#include "broker/node/read_ahead.hpp"
#include "broker/node/taker.hpp"
#include "common/amqp/engine.hpp"
#include "common/endpoint/connection.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>

namespace weft::broker {

/// A link on which messages of a queue go out. Threading: loop-confined.
class ConsumerLink final : public Taker, public Sender, private Holder {
public:
    /// Copies that a browser may have and not have settled; then it gets no more.
    static constexpr std::uint32_t kCopiesMax = 10'000;

    /// When a delivery is over.
    enum class Settling : std::uint8_t {
        by_peer,  // when the peer says what became of it
        at_once,  // as soon as all of it is with the connection
        copies,   // it never was more than a copy
    };

    /// Its connection's, and the broker's.
    struct Parts {
        Outlet& outlet;
        ReadAhead& read_ahead;
        Coordinator& coordinator;
    };

    /// `end` detaches it. All must outlive it; `carrier`: null for a consumer's.
    ConsumerLink(endpoint::Connection& connection,
                 amqp::Link& link,
                 const Parts& parts,
                 QueueNode& queue,
                 Settling settling,
                 queue::Joining how,
                 std::function<void(const Error&)> end,
                 Carrier* carrier = nullptr);

    // Taker
    void deliver(const queue::Deliver& deliver) override;
    void on_drained() override;
    void on_settled(wire::DeliveryId delivery, Bytes state) override;
    void on_deleted() override;

    // The connection's.
    void on_credit();
    bool go_on() override;
    /// Errors: for which the link is to be detached.
    [[nodiscard]] Result<void> on_update(const amqp::DeliveryUpdate& update, amqp::Context context);
    /// The link is gone. `failed`: its connection was lost.
    void close(bool failed);
    /// Of what it was given nothing is unsettled.
    bool is_idle() const { return outgoing_.empty() && link_.unsettled() == 0; }

private:
    /// On its way to the connection.
    struct Outgoing {
        queue::MessageId id = 0;
        queue::Payload payload;
        Buffer header;         // goes before it
        std::size_t sent = 0;  // bytes of the payload
    };

    // Holder
    void give_back() override;
    std::string who() const override;

    void send();
    void tell_credit();
    void hold(bool held);
    void wait();
    void note_still();
    void answer_drain();

    endpoint::Connection& connection_;
    amqp::Link& link_;
    Outlet& outlet_;
    ReadAhead& read_ahead_;
    QueueNode& queue_;
    Coordinator& coordinator_;
    Settling settling_;
    std::function<void(const Error&)> end_;
    Carrier* carrier_;
    queue::ConsumerId id_;
    std::deque<Outgoing> outgoing_;
    std::size_t taken_ = 0;  // bytes, since it was noted as one that can't go on
    bool started_ = false;   // the first of them
    bool held_ = false;
    bool drain_due_ = false;
};

}  // namespace weft::broker
