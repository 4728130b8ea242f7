#pragma once

#include "broker/mgmt/homes.hpp"
#include "broker/node/queue_node.hpp"
#include "broker/node/taker.hpp"
#include "common/io/loop.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>

namespace weft::broker_mgmt {

/// An operator's request to take messages out of a queue: they are gone, or go to another queue,
/// or each to the one that it died in.
///
/// It competes with consumers as one that selects: what they have, and what waits for its next
/// delivery after one that failed, stays. It ends when it has as many as it wants, when there is
/// nothing more for it, or when it looked at `kLookedMax`; what it did is durable when it says so.
///
///     taking ──enough, nothing more, the goal is full, the queue goes──▶ ended
///
/// Threading: loop-confined.
class Removal final : public broker::Taker {
public:
    static constexpr std::uint64_t kLookedMax = 10'000;

    /// A queue that may go meanwhile.
    struct Goal {
        store::QueueNumber number{};
        std::string name{};
    };
    struct Wish {
        const broker::Queues* queues = nullptr;  // must outlive the removal
        broker::QueueNode* from = nullptr;
        std::optional<Goal> to{};        // none: nowhere
        std::shared_ptr<Homes> homes{};  // not null: each goes where it died, or stays
        queue::MessageId first = 1;      // none that is older
        std::uint64_t messages = 0;      // at most
        /// Those alone; none: any.
        std::set<queue::MessageId> ids{};
    };
    struct Done {
        std::uint64_t messages = 0;
        std::uint64_t bytes = 0;
        bool more = false;                     // there may be more for another request
        queue::MessageId next = 1;             // that it did not look at yet: for that request
        Homes::Left left{};                    // that can't go home
        std::string stopped{};                 // why it ended before; empty: it did not
        std::set<queue::MessageId> missing{};  // of those that were wanted
    };

    /// `from` tells it when it goes; it begins. `ended` runs once, in a later turn.
    Removal(io::Loop& loop, Wish wish, std::function<void()> ended);
    ~Removal();

    /// It ends now, with what it has, though there may be more.
    void cut_short();
    const Done& done() const { return done_; }
    /// Whether each goes where it died.
    bool replays() const { return wish_.homes != nullptr; }

private:
    enum class Life : std::uint8_t { taking, ended };

    // broker::Taker
    void deliver(const queue::Deliver& deliver) override;
    void on_drained() override { end(); }
    void on_settled(wire::DeliveryId, Bytes) override {}
    void on_deleted() override;

    queue::Choice choose(const queue::Record& record);
    void end();
    void stop(std::string why);
    void end_soon(bool more);

    io::Loop& loop_;
    Wish wish_;  // its ids: those that it did not find yet
    bool any_;   // it names none
    std::function<void()> ended_;
    queue::ConsumerId id_{};
    std::uint64_t looked_ = 0;
    Life life_ = Life::taking;
    Done done_;
    io::Timer later_;
};

}  // namespace weft::broker_mgmt
