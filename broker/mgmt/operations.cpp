#include "broker/mgmt/operations.hpp"

#include "broker/config/log_modules.hpp"
#include "broker/mgmt/arguments.hpp"
#include "common/base/conditions.hpp"
#include "common/base/printable.hpp"
#include "common/io/log.hpp"

#include <chrono>
#include <limits>
#include <utility>

namespace weft::broker_mgmt {
namespace {

using broker::QueueNode;
using wire::Value;

constexpr queue::MessageId kLastOfAll = std::numeric_limits<std::int64_t>::max();

/// What PEEK shows of a message.
wire::Map shown(const queue::Record& record, const queue::Arrivals& arrivals) {
    const auto arrived = arrivals.arrived(record.id);
    wire::Map map{{"id", record.id},
                  {"bytes", record.size},
                  {"failures", std::uint64_t{record.failures}},
                  {"arrived", arrived ? Value{*arrived} : Value{}},
                  {"expires", record.expires == queue::kForever ? Value{} : Value{record.expires}}};
    if (record.provenance) {
        map.emplace_back("origin", record.provenance->queue);
        map.emplace_back("reason", record.provenance->reason);
    }
    if (record.payload && record.size <= Operations::kShownBytesMax) {
        map.emplace_back("message", wire::Binary{*record.payload});
    }
    return map;
}

Value peeked(const store::Reading& reading, const queue::Arrivals& arrivals) {
    wire::List messages;
    for (const queue::Record& record : reading.records) {
        messages.emplace_back(shown(record, arrivals));
    }
    const bool more = reading.through < kLastOfAll;
    wire::Map answer;
    answer.emplace_back("messages", std::move(messages));
    answer.emplace_back("next", more ? Value{reading.through + 1} : Value{});
    return answer;
}

wire::Map removed(const Removal::Done& done) {
    wire::Map answer{{"messages", done.messages}, {"bytes", done.bytes}, {"more", done.more}};
    if (!done.stopped.empty()) {
        answer.emplace_back("stopped", done.stopped);
    }
    if (!done.missing.empty()) {
        answer.emplace_back("missing", ids_text(done.missing));
    }
    return answer;
}

wire::Map replayed(const Removal::Done& done) {
    wire::Map answer = removed(done);
    const Homes::Left& left = done.left;
    answer.emplace_back("next", done.more ? Value{done.next} : Value{});
    answer.emplace_back("leftUnknown", left.unknown);
    answer.emplace_back("leftGone", left.gone);
    answer.emplace_back("leftFull", left.full);
    answer.emplace_back("goneQueue", left.gone > 0 ? Value{left.gone_queue} : Value{});
    answer.emplace_back("fullQueue", left.full > 0 ? Value{left.full_queue} : Value{});
    return answer;
}

}  // namespace

Operations::Operations(io::Loop& loop, broker::Queues& queues, mgmt::Agent& agent)
    : loop_{loop}, queues_{queues}, agent_{agent} {
    agent.depend_on(*this);
    agent.serve_operation("queue", "PEEK", [this](const wire::Map& properties) {
        return answer_of([&] { return peek(properties); });
    });
    for (const std::string_view operation : {"PURGE", "MOVE", "REPLAY"}) {
        agent.serve_operation("queue", operation, [this, operation](const wire::Map& properties) {
            return answer_of([&] { return take_out(operation, properties); });
        });
    }
}

// --- whose turn it is ------------------------------------------------------------------------

bool Operations::serve(std::function<void()> attempt, std::function<void()> done) {
    if (waiting_.size() >= kWaitingMax) {
        return false;
    }
    waiting_.push_back({std::move(attempt), std::move(done)});
    if (life_ == Life::idle) {
        work();
    }
    return true;
}

void Operations::work() {
    while (!waiting_.empty()) {
        life_ = Life::attempting;
        io::Loop::attempt(waiting_.front().attempt);
        if (lacks()) {
            return;
        }
        answer_.reset();
        const std::function<void()> done = std::move(waiting_.front().done);
        waiting_.pop_front();
        done();
    }
    life_ = Life::idle;
}

Operations::Answer Operations::answer_of(const std::function<Result<void>()>& begin) {
    if (answer_) {
        return *std::exchange(answer_, std::nullopt);
    }
    if (queues_.store().has_failed()) {
        return fail(kInternalError, "the broker's store failed: see its log");
    }
    ++piece_;
    if (auto begun = begin(); !begun) {
        return tl::unexpected(begun.error());
    }
    life_ = Life::working;
    watch();
    return Value{};  // thrown away
}

void Operations::answer(Answer answer) {
    if (life_ != Life::working) {
        return;
    }
    life_ = Life::answered;
    watch_.cancel();
    answer_ = std::move(answer);
    next_ = loop_.after(Duration::zero(), [this] {
        removal_.reset();
        work();
    });
}

void Operations::watch() {
    watch_ = loop_.after(kPieceMost, [this] {
        if (queues_.store().has_failed()) {
            answer(fail(kInternalError, "the broker's store failed: see its log"));
            return;
        }
        watch();
        if (removal_) {
            removal_->cut_short();
        }
    });
}

// --- the operations --------------------------------------------------------------------------

Result<QueueNode*> Operations::queue_of(const wire::Map& properties) const {
    WEFT_TRY(const std::string name, queue_name(properties));
    QueueNode* const queue = queues_.known(name);
    if (queue == nullptr) {
        return fail(kNotFound, "there is no queue '" + printable(name) + "'");
    }
    return queue;
}

Result<void> Operations::peek(const wire::Map& properties) {
    WEFT_TRY(const QueueNode* const queue, queue_of(properties));
    WEFT_TRY(const std::int64_t from, number_in(properties, "from", 1, 1, kLastOfAll));
    WEFT_TRY(const std::int64_t count,
             number_in(properties, "count", kPeekedDefault, 1, kPeekedMax));
    queues_.store().read(
        queue->number(),
        {.from = static_cast<queue::MessageId>(from),
         .through = kLastOfAll,
         .messages = static_cast<std::size_t>(count),
         .bytes = kPeekedBytesMax},
        [self = std::weak_ptr{self_}, piece = piece_, queue](const store::Reading& reading) {
            // A queue that goes meanwhile is there until the store has answered.
            if (const auto all = self.lock(); all && (*all)->piece_ == piece) {
                (*all)->answer(peeked(reading, queue->arrivals()));
            }
        });
    return {};
}

Result<void> Operations::take_out(std::string_view operation, const wire::Map& properties) {
    Removal::Wish wish{.queues = &queues_};
    WEFT_TRY(wish.from, queue_of(properties));
    if (operation == "MOVE") {
        WEFT_TRY(const std::string to, text_in(properties, "to"));
        const QueueNode* const goal = queues_.known(to);
        if (goal == nullptr || !goal->entry().subscription.empty()) {
            return fail(kNotFound, "there is no queue '" + printable(to) +
                                       "' to move messages to: 'to' must name one of this broker");
        }
        if (goal == wish.from) {
            return fail(kInvalidField, "'to' must name another queue");
        }
        wish.to = {.number = goal->number(), .name = goal->name()};
    }
    if (operation == "REPLAY") {
        wish.homes = std::make_shared<Homes>(queues_, *wish.from);
        WEFT_TRY(const std::int64_t first, number_in(properties, "from", 1, 1, kLastOfAll));
        wish.first = static_cast<queue::MessageId>(first);
    }
    WEFT_TRY(wish.ids, ids_in(properties, kIdsMax));
    WEFT_TRY(const std::int64_t most, number_in(properties, "count", kTakenDefault, 1, kTakenMax));
    wish.messages = wish.ids.empty() ? static_cast<std::uint64_t>(most) : wish.ids.size();
    const std::string audit = std::string{operation} + " of queue '" +
                              printable(wish.from->name()) + "'" +
                              (wish.to ? " to '" + printable(wish.to->name) + "'" : "") + " by " +
                              printable(agent_.who());
    removal_ =
        std::make_unique<Removal>(loop_, std::move(wish), [this, audit] { on_taken(audit); });
    return {};
}

void Operations::on_taken(const std::string& audit) {
    const Removal::Done& done = removal_->done();
    WEFT_LOG(broker_config::kQueueModule, io::Level::notice,
             audit + ": " + std::to_string(done.messages) + " messages, " +
                 std::to_string(done.bytes) + " bytes" +
                 (done.stopped.empty() ? "" : "; stopped: " + done.stopped) +
                 (done.left.all() == 0 ? "" : "; these stay: " + words_of(done.left)));
    queues_.store().wait([self = std::weak_ptr{self_}, piece = piece_] {
        if (const auto all = self.lock(); all && (*all)->piece_ == piece && (*all)->removal_) {
            const Removal& one = *(*all)->removal_;
            (*all)->answer(Value{one.replays() ? replayed(one.done()) : removed(one.done())});
        }
    });
}

}  // namespace weft::broker_mgmt
