#pragma once

#include "common/io/loop.hpp"
#include "common/wire/delivery_state.hpp"
#include "tools/weft/bench/connection.hpp"
#include "tools/weft/bench/histogram.hpp"
#include "tools/weft/bench/message.hpp"
#include "tools/weft/bench/numbers.hpp"
#include "tools/weft/bench/schedule.hpp"
#include "tools/weft/bench/slots.hpp"

#include <limits>
#include <optional>
#include <string>

namespace weft::tools {

/// What the senders of a loop have done since they began.
struct BenchSent {
    std::uint64_t sent = 0;
    std::uint64_t accepted = 0;
    std::uint64_t rejected = 0;
    std::uint64_t released = 0;
    std::uint64_t modified = 0;
    std::uint64_t other = 0;  // settled without an outcome, or with another

    std::uint64_t settled() const { return accepted + rejected + released + modified + other; }
    bool operator==(const BenchSent&) const = default;
};

/// The same, and when; the latency since it was last reset.
struct BenchSendTotals {
    BenchSent sent;
    std::uint64_t last_at = 0;  // of the clock: the last message was sent, or settled
    BenchHistogram latency;     // nanoseconds from sending, or being due, to `accepted`
};

/// How a sender sends.
struct BenchSending {
    BenchNode node;
    std::uint64_t run = 0;
    std::uint32_t sender = 0;  // in the numbers of its messages
    std::size_t size = 0;      // bytes of data
    bool durable = false;
    bool presettled = false;
    bool waits = false;                   // for `begin`; otherwise it sends once it may
    std::uint32_t window = 0;             // deliveries unsettled, at most
    std::optional<BenchSchedule> pace{};  // absent: as fast as may be
    std::uint64_t limit = std::numeric_limits<std::uint64_t>::max();  // messages, then it is done
    BenchNumbers* accepted = nullptr;  // gets their numbers; null: nobody wants to know
};

/// A connection that sends whenever it is written out. Threading: loop-confined.
class BenchSender final : public BenchConnection {
public:
    /// `totals` and the set of numbers outlive it; all senders of the loop count in the totals.
    BenchSender(io::Transport& transport,
                Observer& observer,
                const BenchCall& call,
                BenchSending sending,
                BenchSendTotals& totals);

    /// What it waited for; its schedule counts from now.
    void begin();
    /// No further message begins.
    void stop() { stopped_ = true; }

private:
    /// A message that is under way.
    struct Pending {
        std::uint64_t sequence = 0;
        std::uint64_t time = 0;  // of its stamp
    };

    void on_session(amqp::Session& session) override;
    void on_attached(amqp::Link& link) override;
    void on_links_gone() override { link_ = nullptr; }
    void on_bytes(Bytes in, Instant now) override;
    void before_write() override;
    void on_update(amqp::Link& link,
                   const amqp::DeliveryUpdate& update,
                   amqp::Context pending) override;

    void pump();
    bool may_start(std::uint64_t now);
    bool start_message(std::uint64_t time);
    bool took(const amqp::Sent& sent);
    void wake_at(std::uint64_t time, std::uint64_t now);
    void count(wire::Outcome outcome, const Pending& message);
    void look_if_done();

    BenchSending sending_;
    BenchSendTotals& totals_;
    BenchMessage message_;
    BenchSlots<Pending> pending_;   // by the context of their deliveries
    amqp::Link* link_ = nullptr;    // once it is attached
    Bytes rest_{};                  // of the message that has begun
    std::uint64_t begun_ = 0;       // messages
    std::uint64_t begin_time_ = 0;  // of the schedule, nanoseconds
    std::uint64_t now_ = 0;         // when what is being read came
    io::Timer timer_;               // for the next message's time
    bool timed_ = false;            // it runs
    bool stopped_ = false;
};

}  // namespace weft::tools
