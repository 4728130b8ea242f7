#pragma once

#include "common/amqp/engine.hpp"
#include "common/amqp/frame_trace.hpp"

#include <cstdint>
#include <string>

namespace weft::endpoint {

enum class Tracing : std::uint8_t {
    while_enabled,  // in the log, for its module PROTOCOL at the level trace
    always,
};

/// Logs the frames of one connection, both directions: "[C12]:0 <- @begin(17) [...]".
/// Threading: loop-confined.
class ConnectionTrace {
public:
    /// Begins with what comes and goes next. Not within a call of `engine`.
    ConnectionTrace(std::uint64_t id, const amqp::Engine& engine, Tracing tracing);
    ConnectionTrace(const ConnectionTrace&) = delete;
    ConnectionTrace& operator=(const ConnectionTrace&) = delete;

    void received(Bytes in) { received_.take(in, line_); }
    /// All that `output` holds is about to be written, as far as the peer takes it.
    void sent(const OutBuffer& output);
    /// False once the log's level was changed.
    bool is_on() const;

private:
    Tracing tracing_;
    std::string tag_;
    amqp::FrameTrace::Line line_;
    amqp::FrameTrace received_{"<-"};
    amqp::FrameTrace sent_{"->"};
    std::uint64_t sent_up_to_;  // bytes of the output, since it was made
};

}  // namespace weft::endpoint
