#include "common/amqp/engine.hpp"
#include "common/amqp/fitting.hpp"
#include "common/base/assert.hpp"
#include "common/base/conditions.hpp"

#include <algorithm>
#include <memory>
#include <utility>

/// Handshake, open, close and the end of everything; what begins. Spec: AMQP 1.0 §2.4, §2.5.1
namespace weft::amqp {

void Engine::become(ConnectionLife life) {
    WEFT_CHECK(may_follow(life_, life));  // E1
    life_ = life;
}

void Engine::take_step(const Handshake::Step& step) {
    switch (step.kind) {
        case Handshake::Kind::wait:
            break;
        case Handshake::Kind::init:
            handler_.on_sasl_init(*this, step.mechanism, step.response);
            break;
        case Handshake::Kind::response:
            handler_.on_sasl_response(*this, step.response);
            break;
        case Handshake::Kind::send_open:
            write_open();
            become(ConnectionLife::open_pipe);
            break;
        case Handshake::Kind::over:
            if (life_ == ConnectionLife::handshake) {
                become(ConnectionLife::headers_exchanged);
            } else if (life_ == ConnectionLife::open_pipe) {
                become(ConnectionLife::open_sent);
            }
            break;  // else closed already, and the peer's close comes
        case Handshake::Kind::failed:
            fail(step.error);
            break;
    }
}

void Engine::sasl_word(Bytes word) {
    if (!finished()) {
        options_->server ? handshake_.challenge(word) : handshake_.respond(word);
    }
}

void Engine::sasl_outcome(std::uint8_t code, Bytes additional_data) {
    if (!finished() && !handshake_.outcome(code, additional_data)) {
        become(ConnectionLife::over);
    }
}

void Engine::write_open() {
    Open open = open_of(*options_);
    if (properties_) {
        open.properties = *properties_;
    }
    output_.write_open(open);
    properties_.reset();
}

void Engine::take_open(Bytes fields) {
    if (!awaits_open()) {
        fail(kNotAllowed, "a second open");
        return;
    }
    const Result<Open> open = decode_open(fields);
    if (!open) {
        fail(open.error());
        return;
    }
    if (open->max_frame_size < kFrameSizeMin) {
        fail(kInvalidField, "max-frame-size is less than 512");
        return;
    }
    const Duration peer_timeout = std::chrono::milliseconds(open->idle_timeout_ms);
    if (peer_timeout > Duration{} && peer_timeout < kIdleTimeoutMin) {
        fail(kNotImplemented, "an idle-time-out below 100 ms is not supported");
        return;
    }
    remote_container_ = open->container_id.substr(0, kContainerIdMax);
    output_.set_frame_max(open->max_frame_size);
    remote_channel_max_ = open->channel_max;
    if (life_ == ConnectionLife::headers_exchanged) {
        Buffer said;
        auto own = handler_.on_opening(*open, said);
        if (!said.empty()) {
            properties_ = std::make_unique<const Buffer>(std::move(said));
        }
        if (own) {
            WEFT_CHECK(own->max_frame_size >= kFrameSizeMin && own->session_window > 0);
            options_ = std::move(own);
            scanner_.set_frame_max(options_->max_frame_size);
        }
        write_open();
    }
    become(ConnectionLife::opened);
    heartbeats_.opened(options_->idle_timeout, peer_timeout);
    handler_.on_open(*open);
}

void Engine::write_close(const std::optional<ErrorView>& error) {
    if (life_ == ConnectionLife::headers_exchanged) {
        write_open();  // E3
    }
    queued_sessions_.for_each([](Session& session) {
        if (session.live()) {
            session.write_dispositions();
        }
    });
    output_.write_ending(Performative::close, 0, error);
}

void Engine::close(const std::optional<ErrorView>& error) {
    if (may_write()) {
        write_close(error);
        become(ConnectionLife::close_sent);
        heartbeats_.close_asked();
    } else if (life_ < ConnectionLife::close_sent) {
        become(ConnectionLife::over);  // before our open there is nothing to close
    }
}

void Engine::take_close(Bytes fields) {
    const Result<Ending> ending = decode_ending(fields);
    if (!ending) {
        fail(ending.error());
        return;
    }
    const bool by_peer = life_ != ConnectionLife::close_sent;
    if (by_peer) {
        write_close(std::nullopt);
    }
    become(ConnectionLife::over);
    report_all_gone(by_peer, pointer_to(ending->error));
}

void Engine::fail(std::string_view condition, std::string_view description) {
    if (finished()) {
        return;
    }
    const ErrorView error{condition, description, {}};
    if (awaits_open() || is_open()) {
        write_close(error);
    }
    become(ConnectionLife::over);
    report_all_gone(false, &error);
}

void Engine::abandon(const ErrorView* error) {
    if (!finished()) {
        become(ConnectionLife::over);
    }
    report_all_gone(false, error);
}

void Engine::report_all_gone(bool by_peer, const ErrorView* error) {
    if (life_ == ConnectionLife::reported) {
        return;
    }
    become(ConnectionLife::reported);  // E2
    sessions_.for_each([error](Session& session) {
        if (session.live()) {
            session.report_gone(SessionLife::gone, error);
        }
    });
    handler_.on_close(by_peer, error);
}

Session* Engine::add_session() {
    const auto channel =
        sessions_.take_number(std::min(options_->channel_max, remote_channel_max_));
    if (!channel) {
        return nullptr;
    }
    if (!census_.add_session()) {
        sessions_.give_number(*channel);
        return nullptr;
    }
    std::unique_ptr<Session> session{new Session{*this, static_cast<std::uint16_t>(*channel)}};
    return &sessions_.put(*channel, std::move(session));
}

Session* Engine::begin() {
    Session* session = may_write() ? add_session() : nullptr;
    if (session != nullptr) {
        session->write_begin(std::nullopt);
    }
    return session;
}

void Engine::take_begin(std::uint16_t channel, Bytes fields) {
    const Result<Begin> begin = decode_begin(fields);
    if (!begin) {
        fail(begin.error());
        return;
    }
    if (channel > options_->channel_max) {
        fail(kFramingError, "a channel is above channel-max");
        return;
    }
    if (sessions_.find_remote(channel) != nullptr) {
        fail(kNotAllowed, "a session is begun already on this channel");
        return;
    }
    Session* session = nullptr;
    if (const auto own = begin->remote_channel) {
        session = sessions_.find(*own);
        if (session == nullptr || !session->awaits_peer()) {
            fail(kNotFound, "a begin answers a session that was not begun");
            return;
        }
    } else {
        session = add_session();
        if (session == nullptr) {
            fail(kResourceLimitExceeded,
                 "no channel is left to answer a begin, or there are too many sessions");
            return;
        }
        session->write_begin(channel);
    }
    sessions_.put_remote(channel, *session);
    session->take_begin(channel, *begin);
}

void Engine::remove_session(Session& session) {
    if (unfinished_ && unfinished_->session == &session) {
        unfinished_.reset();
    }
    link_count_ -= static_cast<std::uint32_t>(session.links_.size());
    census_.remove_sessions(1);
    over_.add(sessions_.remove(session.channel_, session.remote_channel_));
}

/// A slice of the sessions that are over, unless they or their links may be in the queues.
void Engine::bury() {
    if (over_.empty() || owes_flows()) {
        return;
    }
    std::size_t left = kBuriedAtOnce;
    over_.free(left, [this](Link& link) {
        link_names_.erase(link);
        link.release_texts();
    });
}

Remains Remains::of(Engine& engine) {
    Remains remains = std::exchange(engine.over_, {});
    while (auto session = engine.sessions_.take_last()) {
        remains.add(std::move(session));
    }
    return remains;
}

}  // namespace weft::amqp
