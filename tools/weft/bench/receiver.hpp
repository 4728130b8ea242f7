#pragma once

#include "tools/weft/bench/connection.hpp"
#include "tools/weft/bench/histogram.hpp"
#include "tools/weft/bench/message.hpp"

#include <string>
#include <vector>

namespace weft::tools {

/// What the receivers of a loop have got since they began, and its latency since it was last reset.
struct BenchReceived {
    std::uint64_t received = 0;
    std::uint64_t foreign = 0;  // messages of others
    BenchHistogram latency;     // nanoseconds
};

/// How a connection receives: on one link for each address.
struct BenchReceiving {
    std::vector<std::string> addresses;
    std::uint64_t run = 0;
    bool presettled = false;
    std::uint32_t credit = 0;
};

/// A connection that accepts all that comes. Without an address it is just open.
/// Threading: loop-confined.
class BenchReceiver final : public BenchConnection {
public:
    /// `totals` outlives it; all receivers of the loop count there.
    BenchReceiver(io::Transport& transport,
                  Observer& observer,
                  const BenchCall& call,
                  BenchReceiving receiving,
                  BenchReceived& totals);

private:
    void on_session(amqp::Session& session) override;
    void on_attached(amqp::Link& link) override;
    void on_links_gone() override { touched_.clear(); }
    void on_bytes(Bytes in, Instant now) override;
    void on_transfer(amqp::Link& link,
                     const amqp::IncomingTransfer& transfer,
                     amqp::Context& time) override;
    void before_write() override;

    void take(std::uint64_t sent_at);
    void touch(amqp::Link& link);

    BenchReceiving receiving_;
    BenchReceived& totals_;
    BenchStampFinder finder_;
    std::vector<amqp::Link*> touched_;  // received since credit was given
    std::size_t attached_ = 0;
    std::uint64_t now_ = 0;
};

}  // namespace weft::tools
