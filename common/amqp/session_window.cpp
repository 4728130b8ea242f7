#include "common/amqp/session_window.hpp"

#include "common/base/serial.hpp"

namespace weft::amqp {

void SessionWindow::take_flow(const Flow& flow) {
    next_incoming_id_ = flow.next_outgoing_id;
    const std::uint32_t seen = flow.next_incoming_id.value_or(first_id_);
    const std::uint32_t under_way = ahead(next_outgoing_id_, seen);
    remote_ = flow.incoming_window > under_way ? flow.incoming_window - under_way : 0;
}

void SessionWindow::hold(std::ptrdiff_t bytes) {
    WEFT_DCHECK(bytes >= 0 || held_ >= static_cast<std::size_t>(-bytes));
    held_ += static_cast<std::size_t>(bytes);
}

std::uint32_t SessionWindow::wanted() const {
    const std::size_t held_frames = (held_ + frame_size_ - 1) / frame_size_;
    return held_frames < frames_ ? frames_ - static_cast<std::uint32_t>(held_frames) : 0;
}

}  // namespace weft::amqp
