#pragma once

#include "broker/queue/queue.hpp"
#include "tests/simulation/queue_sim_store.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>

namespace weft::queue::sim {

/// 0 … `sides` − 1.
using Dice = std::function<std::uint32_t(std::uint32_t sides)>;

/// A small queue under random events, with a slow store that is killed at times, beside a model of
/// what everybody may rely on, in the simplest words. Throws std::logic_error where they differ.
class QueueWalk {
public:
    QueueWalk(Dice dice, const Settings& settings);
    QueueWalk(const QueueWalk&) = delete;  // its store asks it
    QueueWalk& operator=(const QueueWalk&) = delete;

    void walk(int steps);
    /// All that was accepted and not taken out by a consumer comes out: what a picker wants to
    /// that, and the rest.
    void drain();

private:
    /// What a message says of itself, as the model knows it.
    struct Facts {
        WallTime expires = kForever;
        WallTime due = 0;  // it waits for that; 0: no more
        Priority priority = kPriorityDefault;
        std::string group{};
        std::string key{};
        SharedFence fence{};
    };
    struct Taker {
        bool picks = false;
        bool alone = false;
        std::uint32_t credit = 0;
        std::set<MessageId> holds{};
        std::set<MessageId> refused{};
    };

    void step();
    void send();
    Offered::Kind expected(const Arrival& arrival) const;
    Offered::Kind expected_of_fence(const Arrival& arrival) const;
    void answer();
    void join();
    void attach(ConsumerId id, Taker taker);
    void give_credit();
    void settle();
    void hold();
    void leave(bool failed);
    void restart();
    void settle_down();
    void drain_to(ConsumerId id, Taker taker);
    void carry_out_all();
    template <class Asked>
    void carry_out(const Asked& asked) {
        store_.ask(asked);
    }
    void carry_out(const Append& append);
    void carry_out(const Remove& remove);
    void carry_out(const Bury& bury);
    void carry_out(const Drop& drop);
    void carry_out(const Drained& drained);
    void carry_out(const Room&) {}
    void carry_out(const Deliver& deliver);
    void audit();

    void check_order(const Deliver& deliver, const Taker& taker) const;
    void gone(MessageId id);
    void delay_if(MessageId message, bool failed);
    /// Nobody has it, and it does not wait for its time.
    bool is_on_offer(MessageId id) const;
    bool may_get(ConsumerId consumer, const Taker& taker, MessageId id) const;
    bool is_seated(ConsumerId consumer) const;
    bool is_replaced(MessageId id) const;
    bool has_younger(MessageId id) const;

    Dice roll_;
    WallTime now_ = 1000;
    Settings settings_;
    SlowStore store_;
    Queue queue_;
    Actions actions_;
    std::map<MessageId, Facts> facts_;       // of all that were ever taken
    std::map<MessageId, WallTime> delayed_;  // not before
    std::map<std::string, ConsumerId> owners_;
    std::uint64_t consumers_made_ = 0;
    std::uint32_t names_made_ = 0;
    std::map<ConsumerId, Taker> taking_;
    std::map<ConsumerId, MessageId> browsing_;  // the last that each saw
    MessageId offered_ = 0;
    MessageId told_ = 0;             // all up to here are durable
    MessageId unread_ = 0;           // of those up to here the queue does not know the keys
    std::set<MessageId> accepted_;   // durable, and the queue was told
    std::set<MessageId> available_;  // accepted, and nobody has it
    std::set<MessageId> removed_;    // processed, dropped or dead
};

}  // namespace weft::queue::sim
