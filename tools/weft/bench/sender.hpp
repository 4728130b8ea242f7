#pragma once

#include "common/io/loop.hpp"
#include "common/wire/delivery_state.hpp"
#include "tools/weft/bench/connection.hpp"
#include "tools/weft/bench/message.hpp"
#include "tools/weft/bench/schedule.hpp"

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

/// How a sender sends.
struct BenchSending {
    std::string address;
    std::uint64_t run = 0;
    std::size_t size = 0;  // bytes of data
    bool presettled = false;
    std::uint32_t window = 0;             // deliveries unsettled, at most
    std::optional<BenchSchedule> pace{};  // absent: as fast as may be
    std::uint64_t limit = std::numeric_limits<std::uint64_t>::max();  // messages, then it is done
};

/// A connection that sends whenever it is written out. Threading: loop-confined.
class BenchSender final : public BenchConnection {
public:
    /// `totals` outlives it; all senders of the loop count there.
    BenchSender(io::Transport& transport,
                Observer& observer,
                const BenchCall& call,
                BenchSending sending,
                BenchSent& totals);

    /// No further message begins.
    void stop() { stopped_ = true; }

private:
    void on_session(amqp::Session& session) override;
    void on_attached(amqp::Link& link) override;
    void on_links_gone() override { link_ = nullptr; }
    void before_write() override;
    void on_update(amqp::Link& link, const amqp::DeliveryUpdate& update, amqp::Context) override;

    void pump();
    bool may_start(std::uint64_t now);
    bool send_rest();
    void wake_at(std::uint64_t time, std::uint64_t now);
    std::uint64_t& counter_of(wire::Outcome outcome);
    void look_if_done();

    BenchSending sending_;
    BenchSent& totals_;
    BenchMessage message_;
    amqp::Link* link_ = nullptr;    // once it is attached
    Bytes rest_{};                  // of the message that has begun
    std::uint64_t begun_ = 0;       // messages
    std::uint64_t begin_time_ = 0;  // of the schedule, nanoseconds
    io::Timer timer_;               // for the next message's time
    bool timed_ = false;            // it runs
    bool stopped_ = false;
};

}  // namespace weft::tools
