#pragma once

#include "broker/queue/actions.hpp"
#include "common/base/bytes.hpp"
#include "common/wire/transfer.hpp"

namespace weft::broker {

/// Who takes messages out of a queue, or looks at them: a link, or an operator's request. Called in
/// turns of the queue. Threading: loop-confined.
class Taker {
public:
    Taker() = default;
    Taker(const Taker&) = delete;
    Taker& operator=(const Taker&) = delete;

    virtual void deliver(const queue::Deliver& deliver) = 0;
    /// Nothing more for it: the credit that it wanted drained is used up.
    virtual void on_drained() = 0;
    /// What became of a delivery is durable, as it asked to hear (QueueNode::confirm).
    virtual void on_settled(wire::DeliveryId delivery, Bytes state) = 0;
    /// The queue goes. It has no consumer any more once this returns.
    virtual void on_deleted() = 0;

protected:
    ~Taker() = default;
};

}  // namespace weft::broker
