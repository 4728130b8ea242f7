#include "common/amqp/engine.hpp"
#include "common/base/conditions.hpp"

#include <algorithm>
#include <utility>

/// Begin and end. Spec: AMQP 1.0 §2.5
namespace weft::amqp {
namespace {

/// Nothing waits in the engine to be sent, so any number of frames may follow.
constexpr std::uint32_t kOutgoingWindow = 0x7fffffff;

}  // namespace

Session* Engine::add_session() {
    const auto channel = channels_.take(std::min(options_.channel_max, remote_channel_max_));
    if (!channel) {
        return nullptr;
    }
    if (*channel >= sessions_.size()) {
        sessions_.resize(*channel + 1);
    }
    auto& slot = sessions_[*channel];
    slot.reset(new Session{*this});
    slot->channel_ = static_cast<std::uint16_t>(*channel);
    slot->incoming_window_ = options_.session_window;
    slot->next_outgoing_id_ = options_.first_id;
    slot->next_outgoing_delivery_ = options_.first_id;
    return slot.get();
}

void Engine::write_begin(Session& session) {
    Begin begin;
    if (session.begin_received_) {
        begin.remote_channel = session.remote_channel_;
    }
    begin.next_outgoing_id = session.next_outgoing_id_;
    begin.incoming_window = session.incoming_window_;
    begin.outgoing_window = kOutgoingWindow;
    begin.handle_max = options_.handle_max;
    Buffer body;
    wire::Writer out{body};
    encode(out, begin);
    write_frame(0, session.channel_, body);
    session.begin_sent_ = true;
}

Session* Engine::begin() {
    Session* session = may_write() ? add_session() : nullptr;
    if (session != nullptr) {
        write_begin(*session);
    }
    return session;
}

void Engine::take_begin(std::uint16_t channel, Bytes fields) {
    const Result<Begin> begin = decode_begin(fields);
    if (!begin) {
        fail_connection(begin.error());
        return;
    }
    if (channel > options_.channel_max) {
        fail_connection(kFramingError, "a channel is above channel-max");
        return;
    }
    if (by_remote_channel_.find(channel) != nullptr) {
        fail_connection(kNotAllowed, "a session is begun already on this channel");
        return;
    }
    Session* session = nullptr;
    if (const auto own = begin->remote_channel) {
        session = *own < sessions_.size() ? sessions_[*own].get() : nullptr;
        if (session == nullptr || session->begin_received_) {
            fail_connection(kNotFound, "a begin answers a session that was not begun");
            return;
        }
    } else {
        session = add_session();
        if (session == nullptr) {
            fail_connection(kResourceLimitExceeded, "no channel is left to answer a begin");
            return;
        }
    }
    session->begin_received_ = true;
    session->remote_channel_ = channel;
    session->next_incoming_id_ = begin->next_outgoing_id;
    session->remote_window_ = begin->incoming_window;
    session->peer_handle_max_ = begin->handle_max;
    by_remote_channel_.put(channel, *session);
    if (!session->begin_sent_) {
        write_begin(*session);
    }
    if (session->live_) {
        handler_.on_begin(*session, *begin);
    }
}

void Engine::write_end(Session& session, const std::optional<ErrorView>& error) {
    write_dispositions(session);
    write_ending(Performative::end, session.channel_, error);
    session.end_sent_ = true;
}

void Engine::end(Session& session, const std::optional<ErrorView>& error) {
    if (!active(session)) {
        return;
    }
    write_end(session, error);
    session.live_ = false;
    for (const auto& link : session.links_) {
        if (link && link->live_) {
            link->live_ = false;
            unregister(*link);
        }
    }
}

void Engine::take_end(Session& session, Bytes fields) {
    const Result<Ending> ending = decode_ending(fields);
    if (!ending) {
        fail_connection(ending.error());
        return;
    }
    if (!session.end_sent_) {
        write_end(session, std::nullopt);
    }
    if (session.live_) {
        report_session_gone(session, pointer_to(ending->error));
    }
    remove_session(session);
}

void Engine::fail_session(Session& session,
                          std::string_view condition,
                          std::string_view description) {
    const ErrorView error{condition, description, {}};
    write_end(session, error);
    report_session_gone(session, &error);
}

void Engine::report_session_gone(Session& session, const ErrorView* error) {
    session.live_ = false;
    for (const auto& link : session.links_) {
        if (link && link->live_) {
            link->live_ = false;
            unregister(*link);
            handler_.on_detach(*link, false, error);
        }
    }
    handler_.on_end(session, error);
}

void Engine::remove_session(Session& session) {
    for (const auto& link : session.links_) {
        if (link) {
            unregister(*link);
            --link_count_;
        }
    }
    by_remote_channel_.remove(session.remote_channel_);
    channels_.give(session.channel_);
    auto& slot = sessions_[session.channel_];
    if (queued_sessions_ != nullptr || queued_links_ != nullptr) {
        gone_sessions_.push_back(std::move(slot));  // it or its links may be in the queues
    } else {
        slot.reset();
    }
    while (!sessions_.empty() && !sessions_.back()) {
        sessions_.pop_back();
    }
}

}  // namespace weft::amqp
