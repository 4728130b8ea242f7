#include "router/node/amqp_connection.hpp"

#include "common/base/assert.hpp"
#include "common/base/conditions.hpp"
#include "common/io/log.hpp"
#include "common/io/loop.hpp"
#include "common/wire/reader.hpp"
#include "common/wire/writer.hpp"
#include "router/config/log_modules.hpp"
#include "router/node/termini.hpp"

#include <algorithm>
#include <utility>

namespace weft::router {

using io::Level;
using io::Module;

namespace {

Link* routed_link(const amqp::Link& link) {
    return reinterpret_cast<Link*>(link.user);
}
amqp::Link& engine_link(const Link& link) {
    return *reinterpret_cast<amqp::Link*>(link.port_link);
}
Traits traits_of(const ListenerOptions& options) {
    return options.role == Role::inter_router ? Traits::of_router()
                                              : Traits::of_client(options.strip);
}

}  // namespace

AmqpConnection::AmqpConnection(Core& core,
                               io::Transport& transport,
                               std::shared_ptr<const ListenerOptions> options,
                               ConnectionObserver& observer,
                               Mesh* mesh)
    : core_{core},
      transport_{transport},
      options_{std::move(options)},
      observer_{observer},
      routed_{core.connect(*this, traits_of(*options_))},
      engine_{options_->engine, *this, transport.loop().pool()},
      opened_at_{transport.loop().now()} {
    if (options_->role == Role::inter_router) {
        neighbour_ =
            std::make_unique<Neighbour>(core, engine_, transport, routed_, *mesh, *options_);
    }
    if (io::log().enabled(Module::protocol, Level::trace)) {
        trace_ = std::make_unique<ConnectionTrace>(routed_.id, engine_, Tracing::while_enabled);
    }
    engine_.start(opened_at_);
    observer_.on_opened(*this);
    WEFT_LOG(Module::server, Level::info,
             tag() + (options_->engine.server ? " accepted on " : " connected by ") +
                 options_->name + (options_->engine.server ? " from " : " to ") + peer());
}

std::string AmqpConnection::tag() const {
    return "[C" + std::to_string(routed_.id) + "]";
}

void AmqpConnection::dialled_by(std::weak_ptr<io::Connector> connector) {
    connector_ = std::move(connector);
    if (neighbour_) {
        const auto with_connector = [this](auto tell) {
            if (const auto dialler = connector_.lock()) {
                tell(*dialler);
            }
        };
        neighbour_->watch(
            [=] { with_connector([](io::Connector& dialler) { dialler.succeeded(); }); },
            [=](std::string_view why) {
                with_connector([&](io::Connector& dialler) { dialler.refused(std::string(why)); });
            });
    }
}

void AmqpConnection::log_error(std::string_view what, const amqp::ErrorView* error) const {
    if (error == nullptr) {
        WEFT_LOG(Module::server, Level::debug, tag() + " " + std::string(what));
        return;
    }
    WEFT_LOG(Module::server, Level::info,
             tag() + " " + std::string(what) + ": " + std::string(error->condition) + " " +
                 std::string(error->description));
}

Instant AmqpConnection::now() const {
    return transport_.loop().now();
}

// --- transport ----------------------------------------------------------------------------------

void AmqpConnection::on_bytes(Bytes in, Instant now) {
    if (trace_) {
        trace_->received(in);
    }
    if (neighbour_) {
        neighbour_->note_life(now);
    }
    engine_.receive(in, now);
}

void AmqpConnection::before_write() {
    engine_.flush();
    if (trace_) {
        trace_->sent(engine_.output());
        if (!trace_->is_on()) {
            trace_.reset();
        }
    }
}

void AmqpConnection::on_written() {
    engine_.output_drained();
}

void AmqpConnection::on_tick(Instant now) {
    engine_.tick(now);
}

void AmqpConnection::on_lost(std::string_view why) {
    if (std::exchange(told_gone_, true)) {
        return;  // orphan
    }
    const amqp::ErrorView error{kConnectionForced, why, {}};
    if (neighbour_) {
        neighbour_->lost();  // other ways are known before its deliveries look for one
    }
    engine_.abandon(&error);
    if (neighbour_) {
        neighbour_->gone();
    }
    WEFT_LOG(Module::server, Level::info, tag() + " gone: " + std::string(why));
    observer_.on_gone(*this);
    core_.disconnect(routed_);
    if (gone_) {
        gone_();
    }
}

void AmqpConnection::orphan() {
    constexpr std::string_view kWhy = "the router is gone";
    gone_ = nullptr;
    transport_.abort(kWhy);  // it calls nothing but on_lost any more
    on_lost(kWhy);
}

void AmqpConnection::trace(bool on) {
    trace_ = on ? std::make_unique<ConnectionTrace>(routed_.id, engine_, Tracing::always) : nullptr;
}

void AmqpConnection::close(std::string_view condition, std::string_view description) {
    engine_.close(amqp::ErrorView{condition, description, {}});
    transport_.wake();
}

// --- engine → core ------------------------------------------------------------------------------

void AmqpConnection::on_sasl_init(amqp::Engine&, std::string_view mechanism, Bytes) {
    sasl_mechanism_ = mechanism;
    constexpr std::uint8_t kOk = 0;
    constexpr std::uint8_t kAuthenticationFailed = 1;
    engine_.sasl_outcome(mechanism == "ANONYMOUS" ? kOk : kAuthenticationFailed, {});
}

void AmqpConnection::on_sasl_response(amqp::Engine&, Bytes) {
    constexpr std::uint8_t kSystemError = 2;
    engine_.sasl_outcome(kSystemError, {});  // ANONYMOUS asks nothing
}

void AmqpConnection::on_open(const amqp::Open& open) {
    was_opened_ = true;
    properties_.assign(open.properties.begin(), open.properties.end());
    if (const auto connector = connector_.lock()) {
        connector->set_failovers(failovers_in(open.properties));
        if (!neighbour_) {  // which succeeded once it is a neighbour
            connector->succeeded();
        }
    }
    if (neighbour_) {
        neighbour_->on_open(open);
    }
    WEFT_LOG(Module::server, neighbour_ ? Level::info : Level::debug,
             tag() + " opened by container " + engine_.remote_container());
}

void AmqpConnection::on_close(bool by_peer, const amqp::ErrorView* error) {
    log_error(by_peer ? "closed by the peer" : "closed", error);
    const auto connector = connector_.lock();
    if (connector && error != nullptr) {
        connector->refused(std::string(error->condition) + " " + std::string(error->description));
    }
}

void AmqpConnection::on_begin(amqp::Session&, const amqp::Begin&) {}

void AmqpConnection::on_end(amqp::Session&, const amqp::ErrorView* error) {
    if (error != nullptr && engine_.is_open()) {  // else the connection's end tells it
        log_error("session ended", error);
    }
}

void AmqpConnection::on_attach(amqp::Link& link, const amqp::Attach& attach) {
    if (neighbour_) {
        neighbour_->on_attach(link, attach);
        return;
    }
    const Wish wish = read_wish(attach);
    const auto refuse = [&](const Error& error) {
        WEFT_LOG(LogModule::router_core, Level::info,
                 tag() + " link " + std::string(attach.name) +
                     " refused: " + std::string(error.condition) + " " + error.text);
        link.refuse({error.condition, error.text, {}});
    };
    if (wish.refusal) {
        refuse(*wish.refusal);
        return;
    }
    AttachRequest request;
    request.direction = attach.receiver ? Direction::out : Direction::in;
    request.address = wish.address;
    request.dynamic = wish.dynamic;
    request.coordinator = wish.coordinator;
    request.presettles =
        attach.receiver && attach.sender_settle_mode == amqp::SenderSettleMode::settled;
    request.capacity = options_->link_capacity;
    request.port_link = reinterpret_cast<std::uintptr_t>(&link);
    const auto attached = core_.attach(routed_, request);
    if (!attached) {
        refuse(attached.error());
        return;
    }
    Link& routed = *attached->link;
    link.user = reinterpret_cast<std::uintptr_t>(&routed);
    WEFT_LOG(LogModule::router_core, Level::debug,
             tag() + "[L" + std::to_string(routed.id) + "] attached " +
                 (attach.receiver ? "out " : "in ") + attached->address);
    const amqp::Attach reply = reply_to(attach, attached->address, options_->max_message_size);
    bool known = true;
    if (attach.receiver) {
        // Whoever is told that it receives misses no message that anyone sends from then on.
        core_.activate(routed, now());
        known = observer_.others_know(*this, routed);
    }
    if (known && unanswered_.empty()) {
        answer(link, reply);
        return;
    }
    // Answers keep the order of the attaches: a client may take a sender's credit as the sign that
    // the receiver for its replies, which it attached before, has an address.
    Unanswered& unanswered = unanswered_.emplace_back(&link, routed.id, known);
    wire::Writer out{unanswered.reply};
    amqp::encode(out, reply);
}

void AmqpConnection::answer(amqp::Link& link, const amqp::Attach& reply) {
    Link& routed = *routed_link(link);
    link.accept(reply);
    if (routed.direction == Direction::in) {
        core_.activate(routed, now());
    } else if (link.credit() > 0 || link.drain()) {
        core_.on_credit(routed, link.credit(), link.drain(), now());
    }
}

void AmqpConnection::answer(std::uint64_t id) {
    const auto found = std::ranges::find(unanswered_, id, &Unanswered::id);
    if (found != unanswered_.end()) {  // else it was detached meanwhile
        found->known = true;
        answer_in_order();
        transport_.wake();
    }
}

void AmqpConnection::answer_in_order() {
    while (!unanswered_.empty() && unanswered_.front().known) {
        const Unanswered first = std::move(unanswered_.front());
        unanswered_.pop_front();
        wire::Reader in{first.reply};
        (void)in.descriptor();
        const auto reply = amqp::decode_attach(in.rest());
        WEFT_CHECK(reply);  // we wrote it
        answer(*first.link, *reply);
    }
}

void AmqpConnection::on_detach(amqp::Link& link, bool, const amqp::ErrorView* error) {
    if (neighbour_) {
        neighbour_->on_detach(link, error);
        return;
    }
    Link* routed = routed_link(link);
    if (routed == nullptr) {
        return;  // it was refused
    }
    if (error != nullptr) {
        log_error("[L" + std::to_string(routed->id) + "] detached", error);
    }
    if (std::erase_if(unanswered_, [&](const auto& each) { return each.link == &link; }) > 0) {
        answer_in_order();  // it may have been the one that others waited for
    }
    core_.detach(*routed, now());
}

void AmqpConnection::on_transfer(amqp::Link& link,
                                 const amqp::IncomingTransfer& transfer,
                                 amqp::Context& context) {
    if (neighbour_ && neighbour_->is_control(link)) {
        neighbour_->on_control(transfer);
        return;
    }
    Arrival arrival{.id = transfer.id,
                    .first = transfer.first,
                    .more = transfer.more,
                    .settled = transfer.settled,
                    .aborted = transfer.aborted,
                    .message_format = transfer.message_format,
                    .payload = transfer.payload};
    if (neighbour_) {
        arrival.provenance.presettled = transfer.batchable && neighbour_->is_weft();
    }
    core_.on_transfer(*routed_link(link), arrival, context, now());
}

void AmqpConnection::on_update(amqp::Link& link,
                               const amqp::DeliveryUpdate& update,
                               amqp::Context context) {
    if (routed_link(link) == nullptr) {
        return;  // a control message
    }
    core_.on_update(*routed_link(link), {update.id, update.settled, update.state}, context, now());
}

void AmqpConnection::on_credit(amqp::Link& link) {
    if (neighbour_ && neighbour_->is_control(link)) {
        neighbour_->resume();
        return;
    }
    core_.on_credit(*routed_link(link), link.credit(), link.drain(), now());
}

void AmqpConnection::on_drained(amqp::Link& link) {
    if (routed_link(link) != nullptr) {
        core_.on_drained(*routed_link(link), now());
    }
}

void AmqpConnection::on_writable() {
    if (neighbour_) {
        neighbour_->resume();  // control first
    }
    core_.on_writable(routed_, now());
}

// --- core → engine ------------------------------------------------------------------------------

Sent AmqpConnection::transfer(Link& link, const OutgoingHead& head, Bytes payload, bool more) {
    const amqp::OutgoingDelivery delivery{.context = head.context,
                                          .message_format = head.message_format,
                                          .settled = head.settled,
                                          .batchable = head.provenance.presettled &&
                                                       link.connection.traits.from_router &&
                                                       !head.settled,
                                          .tag = {},
                                          .prefix = head.prefix};
    const amqp::Sent sent = engine_link(link).send(delivery, payload, more);
    transport_.wake();
    return {sent.taken, sent.started, sent.complete, sent.id};
}

void AmqpConnection::abort(Link& link) {
    engine_link(link).abort();
    transport_.wake();
}

void AmqpConnection::update(Link& link, DeliveryId id, Bytes state, bool settled) {
    engine_link(link).update(id, state, settled);
    transport_.wake();
}

void AmqpConnection::grant(Link& link, std::uint32_t credit, bool drain) {
    engine_link(link).grant(credit, drain);
    transport_.wake();
}

void AmqpConnection::drained(Link& link) {
    engine_link(link).drained();
    transport_.wake();
}

void AmqpConnection::hold(Link& link, std::ptrdiff_t bytes) {
    engine_link(link).session().hold(bytes);
    transport_.wake();
}

}  // namespace weft::router
