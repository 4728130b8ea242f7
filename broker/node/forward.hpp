#pragma once

#include "broker/forwarding/course.hpp"
#include "broker/forwarding/emptying.hpp"
#include "broker/forwarding/pace.hpp"
#include "broker/forwarding/rule.hpp"
#include "broker/node/carrier.hpp"
#include "broker/node/queue_node.hpp"
#include "common/amqp/link.hpp"
#include "common/io/loop.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weft::broker {

class BrokerConnection;

/// How far a queue is whose entry has a rule to forward it.
enum class ForwardState : std::uint8_t {
    none,        // its entry has no such rule
    impossible,  // which can't be carried out
    idle,        // nothing is there
    no_router,   // none is connected
    attaching,   // the router has not answered yet
    forwarding,
    waiting_for_credit,   // nobody takes messages there, or not more for now
    waiting_for_outcome,  // of what left nothing was heard for long
    backing_off,          // something did not work: it is tried again after a pause
};
std::string_view name_of(ForwardState state);

/// One queue of which messages leave by this broker's own doing: a link that it attached itself
/// takes them as an operator's request does.
///
/// Where the queue's entry has a rule (`forward`) they go to the address that it names, for ever.
/// Else the queue is emptied into other brokers' parts of it, and they go to its own address, at
/// some router that keeps messages here: so they are where any producer's would be, and none comes
/// back, for this broker gives no credit for that address. Both may be: then it is emptied as its
/// rule says.
///
/// What it does is decided by forwarding::Course and forwarding::Pace, when it is empty by
/// forwarding::Emptying.
/// Threading: loop-confined.
class Forward final : public Carrier {
public:
    /// Connections to routers, on which links can be attached, one after the other, as links are
    /// lost.
    struct Ways {
        std::vector<BrokerConnection*> kept{};     // on which entries were told
        std::vector<BrokerConnection*> uplinks{};  // these, and all that this broker dialled
    };

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
    ForwardState state() const;
    /// Messages that were accepted, a second.
    std::uint64_t per_second() const;
    /// What it waits for, or what went wrong last, for people; empty: nothing.
    std::string trouble() const;

    // Carrier
    bool fits(const queue::Record& record, std::uint64_t most) override;
    Redelivery dress(const queue::Deliver& deliver) override;
    queue::Outcome judge(Bytes state) const override;
    std::uint32_t allowed(std::uint32_t under_way) override;
    std::string refuses(const queue::Deliver& deliver) override;
    void on_given() override;
    void on_settled(Bytes state) override;
    void on_too_large(std::uint64_t size, std::uint64_t most) override;
    void on_attached() override;
    void on_lost(std::string why) override;

private:
    const std::vector<BrokerConnection*>& ways() const;
    std::string goal() const;
    bool is_early() const;
    void look_at_entry();
    void look_at_rule();
    void change(Draining draining);
    bool has_to_leave(Instant now) const;
    bool has_to_follow_rule(Instant now) const;
    std::size_t promised() const;
    bool is_idle() const;
    bool is_resting(Instant now) const;
    std::string credit_trouble() const;
    void give_up_link(Instant now);
    void tell_credit(Instant now);
    void attach();
    void detach();
    void check();
    void ask_store(queue::MessageId from);
    void set_alarm();
    void note(Bytes state);
    void note_rejected(const std::string& why);

    io::Loop& loop_;
    Queues& queues_;
    QueueNode& queue_;
    const Ways& ways_;
    forwarding::Course course_;
    forwarding::Emptying emptying_;
    std::optional<forwarding::Rule> rule_;  // that is carried out
    std::string impossible_;                // why the entry's rule is not
    forwarding::Pace pace_;
    Instant pace_due_ = kNever;  // what may leave is told to the link again
    std::string stays_;
    std::string kept_;       // what the store has though nothing is known of it
    std::string held_back_;  // why a message stays here, though others leave
    BrokerConnection* connection_ = nullptr;
    amqp::Link* link_ = nullptr;
    std::string link_goal_;  // the address that it is to
    bool link_is_early_ = false;
    bool gives_told_ = false;  // what the link knows of whether it may be given messages
    bool ends_ = false;        // with the broker
    std::uint64_t asked_ = 0;  // an answer of the store to an older question is ignored
    io::Timer alarm_;
    std::shared_ptr<Forward*> self_ = std::make_shared<Forward*>(this);
};

}  // namespace weft::broker
