#pragma once

#include "common/amqp/disposition_batch.hpp"
#include "common/amqp/frame_output.hpp"

#include <cstdint>

namespace weft::amqp {

/// The states of a session's deliveries that we changed and have not told yet: one range of each
/// direction, which goes out when a delivery does not continue it, or with `write`.
/// Threading: not shared. Spec: AMQP 1.0 §2.6.12, §2.7.6
class Dispositions {
public:
    /// `receiver`: we received the delivery. What does not fit a range goes out at once, without
    /// its words if the output is crowded.
    void add(FrameOutput& output,
             std::uint16_t channel,
             bool receiver,
             const DeliveryUpdate& update);
    void write(FrameOutput& output, std::uint16_t channel);

private:
    DispositionBatch as_receiver_;
    DispositionBatch as_sender_;
};

}  // namespace weft::amqp
