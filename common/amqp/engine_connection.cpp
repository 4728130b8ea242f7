#include "common/amqp/engine.hpp"
#include "common/base/conditions.hpp"

#include <algorithm>

/// Open, close and the end of everything. Spec: AMQP 1.0 §2.4
namespace weft::amqp {
namespace {

constexpr std::uint32_t kFrameSizeMin = 512;

std::uint32_t milliseconds(Duration duration) {
    const auto count = std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
    return static_cast<std::uint32_t>(std::clamp<std::int64_t>(count, 0, 0xffffffff));
}

}  // namespace

void Engine::write_open() {
    Open open;
    open.container_id = options_.container_id;
    open.hostname = options_.hostname;
    open.max_frame_size = options_.max_frame_size;
    open.channel_max = options_.channel_max;
    open.idle_timeout_ms = milliseconds(options_.idle_timeout);
    open.properties = options_.properties;
    open.offered_capabilities = options_.offered_capabilities;
    open.desired_capabilities = options_.desired_capabilities;
    Buffer body;
    wire::Writer out{body};
    encode(out, open);
    write_frame(0, 0, body);
    open_sent_ = true;
    // Said once and not needed again: idle connections are many.
    options_.container_id = std::string{};
    options_.hostname = std::string{};
    options_.sasl_mechanisms = std::vector<std::string>{};
    options_.sasl_response = Buffer{};
    options_.properties = Buffer{};
    options_.offered_capabilities = Buffer{};
    options_.desired_capabilities = Buffer{};
}

void Engine::take_open(Bytes fields) {
    if (phase_ != Phase::opening) {
        fail_connection(kNotAllowed, "a second open");
        return;
    }
    const Result<Open> open = decode_open(fields);
    if (!open) {
        fail_connection(open.error());
        return;
    }
    if (open->max_frame_size < kFrameSizeMin) {
        fail_connection(kInvalidField, "max-frame-size is less than 512");
        return;
    }
    remote_container_ = open->container_id.substr(0, kContainerIdMax);
    remote_frame_max_ = open->max_frame_size;
    remote_channel_max_ = open->channel_max;
    handshake_by_ = kNever;
    if (!open_sent_) {
        write_open();
    }
    phase_ = Phase::open;
    start_heartbeats(open->idle_timeout_ms);
    handler_.on_open(*open);
}

void Engine::write_close(const std::optional<ErrorView>& error) {
    if (!open_sent_) {
        write_open();
    }
    for (Session* session = queued_sessions_; session != nullptr; session = session->next_queued_) {
        if (session->live_) {
            write_dispositions(*session);
        }
    }
    write_ending(Performative::close, 0, error);
}

void Engine::close(const std::optional<ErrorView>& error) {
    if (phase_ >= Phase::closing) {
        return;
    }
    handshake_by_ = kNever;
    if (!open_sent_) {
        phase_ = Phase::done;  // before our open there is nothing to close
        return;
    }
    write_close(error);
    phase_ = Phase::closing;
    close_unclocked_ = true;
}

void Engine::take_close(Bytes fields) {
    const Result<Ending> ending = decode_ending(fields);
    if (!ending) {
        fail_connection(ending.error());
        return;
    }
    const bool by_peer = phase_ != Phase::closing;
    if (by_peer) {
        write_close(std::nullopt);
    }
    phase_ = Phase::done;
    report_all_gone(by_peer, pointer_to(ending->error));
}

void Engine::fail_connection(std::string_view condition, std::string_view description) {
    if (phase_ == Phase::done) {
        return;
    }
    const ErrorView error{condition, description, {}};
    if (phase_ == Phase::opening || phase_ == Phase::open) {
        write_close(error);
    }
    phase_ = Phase::done;
    report_all_gone(false, &error);
}

void Engine::abandon(const ErrorView* error) {
    phase_ = Phase::done;
    report_all_gone(false, error);
}

void Engine::report_all_gone(bool by_peer, const ErrorView* error) {
    if (over_reported_) {
        return;
    }
    over_reported_ = true;
    for (const auto& session : sessions_) {
        if (session && session->live_) {
            report_session_gone(*session, error);
        }
    }
    handler_.on_close(by_peer, error);
}

}  // namespace weft::amqp
