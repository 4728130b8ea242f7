#include "common/amqp/engine.hpp"
#include "common/wire/big_endian.hpp"

#include <cstring>
#include <utility>

/// Frames of the control path, and what waits for `flush`.
namespace weft::amqp {
namespace {

/// Bytes of an end, close or detach besides its error's texts.
constexpr std::size_t kEndingOverhead = 96;

/// As much of an error as a frame of the peer's size can carry.
std::optional<ErrorView> fitting(std::optional<ErrorView> error, std::size_t frame_max) {
    if (!error) {
        return error;
    }
    const std::size_t room = frame_max - kEndingOverhead;
    if (error->condition.size() + error->description.size() + error->info.size() > room) {
        error->info = {};
    }
    if (error->condition.size() + error->description.size() > room) {
        error->description = {};
    }
    if (error->condition.size() > room) {
        error->condition = error->condition.substr(0, room);
    }
    return error;
}

}  // namespace

void Engine::write_frame(std::uint8_t type, std::uint16_t channel, const Buffer& body) {
    const std::size_t size = kFrameHeaderSize + body.size();
    std::uint8_t* frame = output_.reserve(size);
    wire::store_u32(frame, static_cast<std::uint32_t>(size));
    frame[4] = kFrameHeaderSize / 4;
    frame[5] = type;
    wire::store_u16(frame + 6, channel);
    if (!body.empty()) {
        std::memcpy(frame + kFrameHeaderSize, body.data(), body.size());
    }
    output_.commit(size);
    wrote_ = true;
}

void Engine::write_ending(Performative which,
                          std::uint16_t channel,
                          const std::optional<ErrorView>& error) {
    Buffer body;
    wire::Writer out{body};
    encode_ending(out, which, fitting(error, remote_frame_max_));
    write_frame(0, channel, body);
}

void Engine::write_detach_frame(const Link& link,
                                bool closed,
                                const std::optional<ErrorView>& error) {
    Buffer body;
    wire::Writer out{body};
    encode(out, Detach{link.handle_, closed, fitting(error, remote_frame_max_)});
    write_frame(0, link.session_->channel_, body);
}

void Engine::output_drained() {
    if (awaits_room_ && output_.size() <= options_.output_limit / 2) {
        awaits_room_ = false;
        handler_.on_writable();
    }
}

void Engine::queue_session(Session& session) {
    if (!session.queued_) {
        session.queued_ = true;
        session.next_queued_ = queued_sessions_;
        queued_sessions_ = &session;
    }
}

void Engine::queue_link(Link& link) {
    link.flow_due_ = true;
    if (!link.queued_) {
        link.queued_ = true;
        link.next_queued_ = queued_links_;
        queued_links_ = &link;
    }
}

void Engine::flush() {
    for (Session* session = queued_sessions_; session != nullptr; session = session->next_queued_) {
        if (active(*session)) {
            write_dispositions(*session);
        }
    }
    for (Link* link = std::exchange(queued_links_, nullptr); link != nullptr;
         link = link->next_queued_) {
        link->queued_ = false;
        // A flow may not come before our attach: accept() queues it again.
        if (link->flow_due_ && link->attach_sent_ && active(*link)) {
            write_flow(*link->session_, link);
        }
    }
    for (Session* session = std::exchange(queued_sessions_, nullptr); session != nullptr;
         session = session->next_queued_) {
        session->queued_ = false;
        if (active(*session) && (session->flow_due_ || window_refresh_due(*session))) {
            write_flow(*session, nullptr);
        }
    }
    if (!gone_links_.empty() || !gone_sessions_.empty()) {
        gone_links_.clear();
        gone_links_.shrink_to_fit();
        gone_sessions_.clear();
        gone_sessions_.shrink_to_fit();
    }
}

}  // namespace weft::amqp
