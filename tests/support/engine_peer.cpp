#include "tests/support/engine_peer.hpp"

#include "common/wire/delivery_state.hpp"

#include <utility>

namespace weft::test {
namespace {

void move_output(OutBuffer& from, Buffer& to) {
    append(to, from.pending());
    from.consume(from.size());
}

std::string text_of(const amqp::ErrorView& error) {
    return std::string{error.condition} + " " + std::string{error.description};
}

}  // namespace

EnginePeer::EnginePeer(io::Loop& loop, amqp::Options options)
    : loop_{loop},
      transport_{loop},
      is_client_{!options.server},
      engine_{std::make_shared<const amqp::Options>(std::move(options)), *this, loop.pool()} {}

EnginePeer::~EnginePeer() {
    drop();
}

void EnginePeer::open() {
    engine_.start(loop_.now());
    pump();
    if (is_client_) {
        session_ = engine_.begin();
        pump();
    }
}

void EnginePeer::pump() {
    for (Buffer bytes; protocol_;) {
        engine_.flush();
        move_output(engine_.output(), bytes);
        engine_.output_drained();
        const bool sent = !bytes.empty();
        if (sent) {
            protocol_->on_bytes(bytes, loop_.now());
            bytes.clear();
        }
        protocol_->before_write();
        move_output(protocol_->output(), bytes);
        if (!bytes.empty()) {
            protocol_->on_written();
            engine_.receive(bytes, loop_.now());
            bytes.clear();
        } else if (!sent) {
            return;
        }
    }
}

void EnginePeer::drop(std::string_view why) {
    if (protocol_) {
        protocol_->on_lost(why);
        protocol_.reset();
    }
}

amqp::Link& EnginePeer::attach(const amqp::Attach& attach, std::uint32_t credit) {
    amqp::Link* link = session_->attach(attach);
    if (credit > 0) {
        link->grant(credit);
    }
    pump();
    return *link;
}

void EnginePeer::detach(amqp::Link& link) {
    link.detach(/*closed=*/true, std::nullopt);
    pump();
}

void EnginePeer::end_session() {
    session_->end(std::nullopt);
    pump();
}

void EnginePeer::close() {
    engine_.close(std::nullopt);
    pump();
}

void EnginePeer::send(amqp::Link& link, Bytes message, bool settled, bool more) {
    while (!message.empty() && closed_.empty()) {
        message = message.subspan(link.send({.settled = settled}, message, more).taken);
        pump();
    }
}

void EnginePeer::accept_all() {
    for (const Received& each : std::exchange(received_, {})) {
        each.link->update(each.id, wire::kAccepted, /*settled=*/true);
    }
    pump();
}

/// A server lets everybody in.
void EnginePeer::on_sasl_init(amqp::Engine& engine, std::string_view, Bytes) {
    engine.sasl_outcome(0, {});
}

void EnginePeer::on_open(const amqp::Open&) {
    opened_ = true;
}

void EnginePeer::on_begin(amqp::Session& session, const amqp::Begin&) {
    session_ = session_ == nullptr ? &session : session_;
}

void EnginePeer::on_close(bool by_peer, const amqp::ErrorView* error) {
    if (by_peer && error != nullptr) {
        closed_ = text_of(*error);
    }
}

void EnginePeer::on_end(amqp::Session&, const amqp::ErrorView* error) {
    if (error != nullptr) {
        ended_ = text_of(*error);
    }
}

void EnginePeer::on_detach(amqp::Link&, bool, const amqp::ErrorView* error) {
    if (error != nullptr) {
        detached_.push_back(text_of(*error));
    }
}

void EnginePeer::on_transfer(amqp::Link& link,
                             const amqp::IncomingTransfer& transfer,
                             amqp::Context&) {
    if (!transfer.more) {
        received_.push_back({&link, transfer.id});
    }
}

}  // namespace weft::test
