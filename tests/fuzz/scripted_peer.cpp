#include "tests/fuzz/scripted_peer.hpp"

#include "common/amqp/capabilities.hpp"
#include "common/wire/delivery_state.hpp"

#include <algorithm>
#include <utility>

namespace weft::fuzz {
namespace {

constexpr std::size_t kSessionsMax = 3;
constexpr std::size_t kLinksMax = 12;
/// Takes a session's whole window.
constexpr std::ptrdiff_t kWithheld = 1 << 20;

// Of a link: what it is for.
constexpr std::uintptr_t kMessages = 0;
constexpr std::uintptr_t kControl = 1;

std::uintptr_t kind_of(const amqp::Attach& attach) {
    const bool control =
        attach.target && amqp::has_capability(attach.target->capabilities, "qd.router");
    return control ? kControl : kMessages;
}

Buffer copy_of(Bytes bytes) {
    return {bytes.begin(), bytes.end()};
}

/// Some state that a peer may give a delivery; may be none.
Buffer some_state(Script& script) {
    switch (script.below(8)) {
        case 0:
            return {};
        case 1:
            return copy_of(wire::kReleased);
        case 2:
            return copy_of(wire::kModifiedFailed);
        case 3:
            return wire::rejected("test:refused", as_text(script.take(4)));
        case 4:
            return copy_of(wire::kReceived);
        case 5:
            return {0x00, 0x53, 0x35, 0x45};  // of a kind that is no delivery state
        default:
            return copy_of(wire::kAccepted);
    }
}

}  // namespace

ScriptedPeer::ScriptedPeer(io::Loop& loop, amqp::Options options, const MakeProtocol& make)
    : loop_{loop},
      transport_{loop},
      engine_{std::make_shared<const amqp::Options>(std::move(options)), *this, loop.pool()} {
    protocol_ = make(transport_);
    engine_.start(loop_.now());
    exchange();
}

// --- the connection -----------------------------------------------------------------------------

void ScriptedPeer::give(Bytes bytes) {
    while (!bytes.empty() && protocol_ && !protocol_->finished()) {
        const Bytes some = bytes.first(std::min(bytes.size(), io::Loop::kReadSize));
        bytes = bytes.subspan(some.size());
        protocol_->on_bytes(some, loop_.now());
        protocol_->before_write();
        leave_if_asked();
    }
}

void ScriptedPeer::speak() {
    engine_.flush();
    const Buffer bytes = copy_of(engine_.output().pending());
    engine_.output().consume(bytes.size());
    engine_.output_drained();
    give(bytes);
}

void ScriptedPeer::listen() {
    if (!protocol_) {
        return;
    }
    protocol_->before_write();
    OutBuffer& output = protocol_->output();
    const Buffer bytes = copy_of(output.pending());
    output.consume(bytes.size());
    if (!bytes.empty()) {
        protocol_->on_written();
        engine_.receive(bytes, loop_.now());
    }
    leave_if_asked();
}

void ScriptedPeer::exchange() {
    const auto pending = [this] {
        engine_.flush();
        if (protocol_) {
            protocol_->before_write();
        }
        return protocol_ && (!engine_.output().empty() || !protocol_->output().empty());
    };
    while (pending()) {
        speak();
        listen();
    }
    leave_if_asked();
}

void ScriptedPeer::inject(Bytes bytes) {
    give(bytes);
}

void ScriptedPeer::leave_if_asked() {
    if (!protocol_) {
        return;
    }
    const bool over = protocol_->finished() || transport_.closed();
    if (!transport_.aborted().empty() || (over && protocol_->output().empty())) {
        drop();
    }
}

void ScriptedPeer::drop() {
    if (protocol_) {
        const std::unique_ptr<io::Protocol> lost = std::exchange(protocol_, nullptr);
        lost->on_lost("the test dropped it");
        engine_.abandon(nullptr);
    }
}

// --- what it does -------------------------------------------------------------------------------

void ScriptedPeer::begin() {
    if (sessions_.size() < kSessionsMax) {
        if (amqp::Session* session = engine_.begin()) {
            sessions_.push_back(session);
        }
    }
}

void ScriptedPeer::attach(Script& script, const amqp::Attach& attach) {
    if (sessions_.empty() || links_.size() >= kLinksMax) {
        return;
    }
    amqp::Attach named = attach;
    const std::string name = "link-" + std::to_string(++names_);
    named.name = name;
    named.initial_delivery_count = 0;
    amqp::Link* link = sessions_[script.below(sessions_.size())]->attach(named);
    if (link == nullptr) {
        return;
    }
    link->user = kind_of(attach);
    links_.push_back(link);
    if (attach.receiver) {
        link->grant(static_cast<std::uint32_t>(script.below(6)));
    }
}

void ScriptedPeer::say(Bytes message) {
    const auto at = std::ranges::find_if(links_, [](const amqp::Link* link) {
        return link->user == kControl && !link->is_receiver() && !link->in_delivery() &&
               link->credit() > 0;
    });
    if (at != links_.end()) {
        (*at)->send({.settled = true}, message, /*more=*/false);
        speak();
    }
}

void ScriptedPeer::move(Script& script, const MakeMessage& message) {
    const std::size_t what = script.below(16);
    amqp::Link* link = links_.empty() ? nullptr : links_[script.below(links_.size())];
    switch (what) {
        case 0:
            begin();
            break;
        case 1:
            end_session(script);
            break;
        case 2:
            if (!sessions_.empty()) {
                const std::ptrdiff_t change = withheld_ == 0 ? kWithheld : -kWithheld;
                withheld_ += change;
                sessions_.front()->hold(change);
            }
            break;
        case 3:
            if (link != nullptr) {
                detach(script, *link);
            }
            break;
        case 4:
        case 5:
        case 6:
            if (link != nullptr && link->is_receiver()) {
                link->grant(static_cast<std::uint32_t>(script.below(8)), script.below(4) == 0);
            } else if (link != nullptr) {
                link->drained();
            }
            break;
        case 7:
        case 8:
        case 9:
            settle(script, received_);
            break;
        case 10:
            settle(script, sent_);
            break;
        default:
            if (link != nullptr && !link->is_receiver()) {
                send(script, *link, message);
            }
            break;
    }
}

void ScriptedPeer::send(Script& script, amqp::Link& link, const MakeMessage& message) {
    if (link.in_delivery() && script.below(8) == 0) {
        link.abort();  // what is kept in sent_ of it means nothing to the engine
        return;
    }
    const Buffer bytes = message(script);
    const std::uint8_t how = script.byte();
    const Buffer state = (how & 12) == 12 ? some_state(script) : Buffer{};
    amqp::OutgoingDelivery head;
    head.settled = (how & 1) != 0;
    head.batchable = (how & 2) != 0;
    head.message_format = (how & 0xe0) == 0xe0 ? 7 : 0;
    head.state = state;
    const bool begins = !link.in_delivery();
    const auto sent = link.send(head, bytes, /*more=*/(how & 16) != 0);
    if (begins && sent.started && !head.settled) {
        sent_.push_back({&link, sent.id});
    }
}

void ScriptedPeer::settle(Script& script, std::vector<Known>& deliveries) {
    if (deliveries.empty()) {
        return;
    }
    const std::size_t which = script.below(deliveries.size());
    const Known known = deliveries[which];
    const Buffer state = some_state(script);
    const bool settled = script.below(4) != 0;
    if (settled) {
        deliveries.erase(deliveries.begin() + static_cast<std::ptrdiff_t>(which));
    }
    known.link->update(known.id, state, settled);
}

void ScriptedPeer::detach(Script& script, amqp::Link& link) {
    const bool closed = script.flag();
    const amqp::ErrorView error{"test:error", "for a test", {}};
    forget(link);
    link.detach(closed, script.flag() ? std::optional{error} : std::nullopt);
}

void ScriptedPeer::end_session(Script& script) {
    if (sessions_.empty()) {
        return;
    }
    amqp::Session* session = sessions_[script.below(sessions_.size())];
    for (std::size_t i = links_.size(); i-- > 0;) {
        if (&links_[i]->session() == session) {
            forget(*links_[i]);
        }
    }
    leave(*session);
    session->end(std::nullopt);
}

void ScriptedPeer::leave(const amqp::Session& session) {
    if (!sessions_.empty() && sessions_.front() == &session) {
        withheld_ = 0;
    }
    std::erase(sessions_, &session);
}

void ScriptedPeer::forget(const amqp::Link& link) {
    std::erase(links_, &link);
    const auto of_link = [&](const Known& known) { return known.link == &link; };
    std::erase_if(sent_, of_link);
    std::erase_if(received_, of_link);
}

// --- what it hears ------------------------------------------------------------------------------

/// Everybody is let in.
void ScriptedPeer::on_sasl_init(amqp::Engine& engine, std::string_view, Bytes) {
    engine.sasl_outcome(0, {});
}

void ScriptedPeer::on_begin(amqp::Session& session, const amqp::Begin&) {
    if (std::ranges::find(sessions_, &session) == sessions_.end()) {
        sessions_.push_back(&session);
    }
}

void ScriptedPeer::on_end(amqp::Session& session, const amqp::ErrorView*) {
    leave(session);
}

void ScriptedPeer::on_attach(amqp::Link& link, const amqp::Attach& attach) {
    if (!link.awaits_answer()) {
        return;
    }
    link.user = kind_of(attach);
    if (link.accept({.source = attach.source, .target = attach.target})) {
        links_.push_back(&link);
        if (link.is_receiver()) {
            link.grant(4);
        }
    }
}

void ScriptedPeer::on_detach(amqp::Link& link, bool, const amqp::ErrorView*) {
    forget(link);
}

void ScriptedPeer::on_transfer(amqp::Link& link,
                               const amqp::IncomingTransfer& transfer,
                               amqp::Context&) {
    if (transfer.first && !transfer.settled && !transfer.aborted) {
        received_.push_back({&link, transfer.id});
    } else if (transfer.settled || transfer.aborted) {
        std::erase_if(received_, [&](const Known& known) {
            return known.link == &link && known.id == transfer.id;
        });
    }
}

void ScriptedPeer::on_update(amqp::Link& link, const amqp::DeliveryUpdate& update, amqp::Context) {
    if (update.settled) {
        std::erase_if(link.is_receiver() ? received_ : sent_, [&](const Known& known) {
            return known.link == &link && known.id == update.id;
        });
    }
}

}  // namespace weft::fuzz
