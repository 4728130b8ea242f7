#pragma once

#include "broker/forwarding/course.hpp"
#include "broker/forwarding/emptying.hpp"
#include "broker/node/carrier.hpp"
#include "broker/node/queue_node.hpp"
#include "common/amqp/link.hpp"
#include "common/io/loop.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace weft::broker {

class BrokerConnection;

/// One queue that is to be emptied into other brokers' parts of it: a link of this broker's own to
/// the queue's address, at some router that keeps messages here, takes its messages as an
/// operator's request does. So they are where any producer's would be, and none comes back: this
/// broker gives no credit for that address.
///
/// What it does is decided by forwarding::Course, when it is done by forwarding::Emptying.
/// Threading: loop-confined.
class Forward final : public Carrier {
public:
    /// Connections to routers, on which links can be attached: one after the other, as links are
    /// lost.
    using Ways = std::vector<BrokerConnection*>;

    /// All must outlive it.
    Forward(io::Loop& loop,
            Queues& queues,
            QueueNode& queue,
            const Ways& ways,
            const forwarding::Course::Patience& patience);
    ~Forward();

    /// Something may have changed: does what is to be done.
    void advance();
    /// `scope`, if not none: the queue is to be emptied from now on; otherwise it is as it was.
    void set(Draining::Scope scope);
    /// No more leaves, though it is to: the broker ends.
    void end();
    /// Nothing is under way, and no more leaves.
    bool is_over() const { return course_.stage() == forwarding::Course::Stage::over; }
    /// The connection goes.
    void forget(const BrokerConnection& connection);

    // What management shows.
    const QueueNode& queue() const { return queue_; }
    /// Why the queue is not emptied; empty: it is.
    const std::string& stays() const { return stays_; }
    bool is_empty() const { return emptying_.stage() == forwarding::Emptying::Stage::empty; }
    const forwarding::Course& course() const { return course_; }
    /// What it waits for, or what went wrong last, for people; empty: nothing.
    std::string trouble() const;

    // Carrier
    bool fits(const queue::Record& record, std::uint64_t most) override;
    Redelivery dress(const queue::Deliver& deliver) override;
    queue::Outcome judge(Bytes state) const override;
    bool gives() const override { return course_.gives(); }
    void on_settled(Bytes state) override;
    void on_too_large(std::uint64_t size, std::uint64_t most) override;
    void on_attached() override;
    void on_lost(std::string why) override;

private:
    void look_at_entry();
    void change(Draining draining);
    bool has_to_leave() const;
    std::size_t promised() const;
    bool is_idle() const;
    void give_up_link(Instant now);
    void tell_credit();
    void attach();
    void detach();
    void check();
    void ask_store(queue::MessageId from);
    void set_alarm();
    void note(Bytes state);

    io::Loop& loop_;
    Queues& queues_;
    QueueNode& queue_;
    const Ways& ways_;
    forwarding::Course course_;
    forwarding::Emptying emptying_;
    std::string stays_;
    std::string kept_;       // what the store has though nothing is known of it
    std::string too_large_;  // for the router, and stays
    BrokerConnection* connection_ = nullptr;
    amqp::Link* link_ = nullptr;
    bool gives_told_ = false;  // what the link knows of whether it may be given messages
    bool ends_ = false;        // with the broker
    std::uint64_t asked_ = 0;  // an answer of the store to an older question is ignored
    io::Timer alarm_;
    std::shared_ptr<Forward*> self_ = std::make_shared<Forward*>(this);
};

}  // namespace weft::broker
