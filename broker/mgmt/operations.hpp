#pragma once

#include "broker/mgmt/removal.hpp"
#include "broker/node/queues.hpp"
#include "common/io/loop.hpp"
#include "common/mgmt/agent.hpp"
#include "common/mgmt/elsewhere.hpp"

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace weft::broker_mgmt {

/// What operators do to the messages of a queue: PURGE, MOVE, REPLAY, PEEK. Each request does one
/// bounded piece; its answer says whether there may be more. What it asks of the store is awaited,
/// and the requests behind it wait too.
///
///     request ──▶ waits ──▶ attempted ──lacks nothing──▶ done
///                               │  ▲
///                               ▼  │ the piece is done and durable, or the store failed
///                             working
///
/// Threading: loop-confined (the agent's loop).
class Operations final : public mgmt::Elsewhere {
public:
    /// Requests that wait; further ones are refused.
    static constexpr std::size_t kWaitingMax = 100;
    /// Messages that one PURGE, MOVE or REPLAY takes; ids that one names.
    static constexpr std::int64_t kTakenMax = 10'000;
    static constexpr std::int64_t kTakenDefault = 1'000;
    static constexpr std::size_t kIdsMax = 1'000;
    /// Messages that one PEEK shows, bytes that it reads, and bytes of the largest that is shown.
    static constexpr std::int64_t kPeekedMax = 100;
    static constexpr std::int64_t kPeekedDefault = 10;
    static constexpr std::size_t kPeekedBytesMax = std::size_t{1024} * 1024;
    static constexpr std::size_t kShownBytesMax = std::size_t{256} * 1024;
    /// A piece that takes longer ends with what it has.
    static constexpr Duration kPieceMost = std::chrono::seconds{2};

    /// All must outlive it. The catalogue of `agent` has queue_type.
    Operations(io::Loop& loop, broker::Queues& queues, mgmt::Agent& agent);

    // mgmt::Elsewhere
    bool serve(std::function<void()> attempt, std::function<void()> done) override;
    bool lacks() const override { return life_ == Life::working; }
    std::string missing() const override { return {}; }

private:
    using Answer = Result<wire::Value>;
    enum class Life : std::uint8_t {
        idle,
        attempting,
        working,   // for the request in front
        answered,  // it is attempted again in a moment
    };
    struct Waiting {
        std::function<void()> attempt;
        std::function<void()> done;
    };

    void work();
    /// What became of the piece, or begins it.
    Answer answer_of(const std::function<Result<void>()>& begin);
    void answer(Answer answer);
    void watch();
    Result<void> peek(const wire::Map& properties);
    Result<void> take_out(std::string_view operation, const wire::Map& properties);
    void on_taken(const std::string& audit);
    Result<broker::QueueNode*> queue_of(const wire::Map& properties) const;

    io::Loop& loop_;
    broker::Queues& queues_;
    mgmt::Agent& agent_;
    std::deque<Waiting> waiting_;
    Life life_ = Life::idle;
    std::optional<Answer> answer_;
    std::unique_ptr<Removal> removal_;
    io::Timer next_;
    io::Timer watch_;
    std::uint64_t piece_ = 0;  // an answer of the store to an older one is ignored
    std::shared_ptr<Operations*> self_ = std::make_shared<Operations*>(this);
};

}  // namespace weft::broker_mgmt
