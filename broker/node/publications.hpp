#pragma once

#include "broker/node/choosing.hpp"
#include "broker/node/queue_node.hpp"
#include "broker/node/queues.hpp"
#include "common/base/result.hpp"
#include "common/io/loop.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace weft::broker {

/// Messages of topics on their way to the queues of subscriptions: so many copies a turn, however
/// many subscriptions there are. Those of one producer go in order; producers take turns.
///
///     publish ──the turn has steps left, and nothing waits──▶ given
///        └──else──▶ in line ──its name is matched──▶ looking ──a slice in each round──▶ chosen
///                                         ──a slice in each round──▶ given: its producer is told
///
/// How many wait is bounded by what their producers have credit for, and by Incoming. Who gets one
/// is known of those underway, that is looking or chosen, alone, for that takes memory for each
/// subscription. While copies have kUnwrittenMax bytes that are not durable yet, no more are given.
/// One that the store has no room for, with all its copies, nobody gets. Threading: loop-confined.
class Publications {
public:
    /// What a turn does: a copy is a step, and so are some looks at who wants it
    /// (Choosing::kLooksInStep). One walk through the index is done at once.
    static constexpr std::size_t kStepsAtOnce = 2'000;
    /// Of one producer before the next has its turn.
    static constexpr std::size_t kSlice = 200;
    /// Underway at once, each of another producer.
    static constexpr std::size_t kUnderwayMax = 64;
    /// Bytes of copies that the store is to write, each with about what it takes in memory.
    static constexpr std::size_t kUnwrittenMax = std::size_t{32} * 1024 * 1024;
    static constexpr std::size_t kCopyBytes = 400;

    struct Publication {
        std::string topic{};
        queue::Payload payload{};
        Sections sections{};  // of the payload
        std::string container{};
        Origin origin{};
    };
    /// What topics do for it.
    struct Hooks {
        std::function<Result<Choosing>(const Publication&)> match;
        /// At the next subscription. Null: it does not get the message.
        std::function<QueueNode*(Choosing&, const Publication&)> look;
        /// True: a copy is kept, of which `origin` hears when it is durable.
        std::function<bool(QueueNode&, const Publication&)> give;
        /// All have it that get it, so many.
        std::function<void(std::size_t goals)> given;
    };

    /// `loop` and `queues` must outlive it.
    Publications(io::Loop& loop, Queues& queues, Hooks hooks);
    Publications(const Publications&) = delete;
    Publications& operator=(const Publications&) = delete;

    /// How many copies are kept; nothing: the producer hears it later. Errors: those of `match`,
    /// of a queue that does not take it, and of the store (Intake::admit): then none has it.
    [[nodiscard]] Result<std::optional<std::size_t>> publish(Publication publication);
    /// False: this turn has no more; another one follows.
    bool has_steps();
    /// What somebody else looked at in this turn, to know who gets messages.
    void charge(std::size_t looks);
    /// Messages that wait, or of which copies do.
    std::size_t waiting() const { return waiting_; }
    /// Those of them of which it is known who gets them, or may get them.
    std::size_t underway() const { return underway_; }
    /// Bytes of copies that are given and not durable yet.
    std::size_t unwritten() const { return unwritten_; }

private:
    enum class Stage : std::uint8_t { waiting, looking, chosen };
    /// One of which not all is given.
    struct Underway {
        Publication publication{};
        Stage stage = Stage::waiting;
        Choosing choosing{};  // while it is looking
        std::vector<store::QueueNumber> goals{};
        std::size_t next = 0;    // of those
        std::size_t copies = 0;  // that are kept
    };
    using Lane = std::deque<Underway>;

    /// True: it is chosen.
    [[nodiscard]] Result<bool> choose(Underway& one, std::size_t steps_max);
    [[nodiscard]] Result<void> look(Underway& one, std::size_t looks_max);
    [[nodiscard]] Result<void> admit(Underway& one);
    /// True: that was all of it.
    bool give(Underway& one, std::size_t copies_max);
    void line_up(Underway one);
    /// True: one of it is done.
    bool serve(Lane& lane);
    void spend(std::size_t steps) { left_ -= std::min(left_, steps); }
    bool rests() const { return unwritten_ >= kUnwrittenMax; }
    void await_written();
    void run();
    void run_later();

    io::Loop& loop_;
    Queues& queues_;
    Hooks hooks_;
    std::shared_ptr<Publications*> self_ = std::make_shared<Publications*>(this);
    std::map<const ProducerLink*, Lane> lanes_;  // none is empty
    std::deque<const ProducerLink*> round_;      // of those, whose turn is next first
    std::deque<const ProducerLink*> line_;       // the others: they join the round
    std::size_t waiting_ = 0;
    std::size_t underway_ = 0;
    std::uint64_t owed_ = 0;           // bytes of copies of those underway that are not given
    std::size_t unwritten_ = 0;        // bytes, as kUnwrittenMax counts them
    std::size_t given_ = 0;            // of those, which nobody waits for yet
    std::size_t left_ = kStepsAtOnce;  // of this turn
    bool run_due_ = false;             // `run` was posted
};

}  // namespace weft::broker
