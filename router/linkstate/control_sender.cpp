#include "router/linkstate/control_sender.hpp"

#include <array>

namespace weft::linkstate {

void ControlSender::send(PeerLink link, std::string_view to, const Message& message) {
    content_.clear();
    write_message(content_, message);
    send_content(link, to, content_);
}

void ControlSender::send_short(PeerLink link, std::string_view to, const Message& message) {
    content_.clear();
    write_message(content_, message);
    out_.clear();
    write_short_envelope(out_, to, content_);
    ++counters_->sent;
    output_->send(link, out_);
}

void ControlSender::send_content(PeerLink link, std::string_view to, Bytes content) {
    spread(std::array{link}, {.to = to, .ingress = {}, .trace = {}, .content = content},
           /*forwarded=*/false);
}

}  // namespace weft::linkstate
