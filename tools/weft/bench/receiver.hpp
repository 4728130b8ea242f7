#pragma once

#include "tools/weft/bench/connection.hpp"
#include "tools/weft/bench/histogram.hpp"
#include "tools/weft/bench/ledger.hpp"
#include "tools/weft/bench/message.hpp"
#include "tools/weft/bench/slots.hpp"

#include <limits>
#include <string>
#include <vector>

namespace weft::tools {

/// What the receivers of a loop have got since they began, and its latency since it was last reset.
struct BenchReceived {
    std::uint64_t received = 0;
    std::uint64_t doubled = 0;   // of them, those that had come before
    std::uint64_t foreign = 0;   // messages of others
    std::uint64_t first_at = 0;  // of the clock; 0: nothing came
    std::uint64_t last_at = 0;
    BenchHistogram latency;  // nanoseconds

    std::uint64_t distinct() const { return received - doubled; }
};

/// How a connection receives: on one link for each address.
struct BenchReceiving {
    std::vector<std::string> addresses{};
    BenchNode::Kind kind = BenchNode::Kind::any;
    std::uint64_t run = 0;
    bool presettled = false;
    std::uint32_t credit = 0;
    /// Once the loop's receivers have so many, what else comes is given back.
    std::uint64_t limit = std::numeric_limits<std::uint64_t>::max();
    BenchArrivals* arrivals = nullptr;  // null: numbers are not looked at
};

/// A connection that accepts all that comes. Without an address it is just open.
/// Threading: loop-confined.
class BenchReceiver final : public BenchConnection {
public:
    /// `totals` and the arrivals outlive it; all receivers of the loop count there.
    BenchReceiver(io::Transport& transport,
                  Observer& observer,
                  const BenchCall& call,
                  BenchReceiving receiving,
                  BenchReceived& totals);

private:
    using Stamp = std::optional<BenchStamp>;

    void on_session(amqp::Session& session) override;
    void on_attached(amqp::Link& link) override;
    void on_links_gone() override;
    void on_leaving() override;
    void on_bytes(Bytes in, Instant now) override;
    void on_transfer(amqp::Link& link,
                     const amqp::IncomingTransfer& transfer,
                     amqp::Context& part) override;
    void before_write() override;

    void end(amqp::Link& link, const amqp::IncomingTransfer& transfer, const Stamp& stamp);
    void count(const Stamp& stamp);
    void touch(amqp::Link& link);
    bool is_full() const { return totals_.distinct() >= receiving_.limit; }

    BenchReceiving receiving_;
    BenchReceived& totals_;
    BenchStampFinder finder_;
    BenchSlots<Stamp> parts_;                 // stamps of messages that came in part
    std::vector<amqp::Link*> subscriptions_;  // that are to be ended
    std::vector<amqp::Link*> touched_;        // received since credit was given
    std::size_t attached_ = 0;
    std::uint64_t now_ = 0;
};

}  // namespace weft::tools
