#include "router/node/neighbour_connection.hpp"

#include "common/amqp/capabilities.hpp"
#include "common/base/conditions.hpp"
#include "common/io/log.hpp"
#include "common/wire/delivery_state.hpp"
#include "common/wire/value.hpp"
#include "router/config/log_modules.hpp"
#include "router/node/product.hpp"

#include <algorithm>
#include <utility>

namespace weft::node {
namespace {

constexpr std::string_view kControl = "qd.router";
constexpr std::string_view kData = "qd.router-data";
constexpr std::string_view kStreaming = "qd.streaming-links";

/// The capability that makes it a router's link; both termini carry it.
bool asks_for(const amqp::Attach& attach, std::string_view capability) {
    return attach.source && attach.target &&
           amqp::has_capability(attach.source->capabilities, capability) &&
           amqp::has_capability(attach.target->capabilities, capability);
}

}  // namespace

NeighbourConnection::NeighbourConnection(router::Core& core,
                                         io::Transport& transport,
                                         const std::shared_ptr<const PeerProfile>& profile,
                                         PeerObserver& observer,
                                         Mesh& mesh)
    : PeerConnection{core, transport, profile, observer, router::Traits::of_router()},
      mesh_{mesh},
      own_cost_{profile->cost} {
    begin();
    io::guard(this->transport(), [this] { number_ = mesh_.add(*this); });
}

void NeighbourConnection::on_opened(const amqp::Open& open) {
    life_ = Life::attaching;
    identify();
    read_properties(open.properties);
    trunk_ = &core().routes().add_trunk(core_connection(), weft_);
    trunk_->streaming = amqp::has_capability(open.offered_capabilities, kStreaming);
    trunk_->expands = expands_;
    if (outgoing()) {
        attach_all();
    }
    log_opened(io::Level::info);
}

void NeighbourConnection::read_properties(Bytes encoded) {
    weft_ = product_in(encoded) == kProduct;
    const auto properties = wire::decode(encoded);
    const auto* map = properties ? properties->as<wire::Map>() : nullptr;
    if (map == nullptr) {
        return;
    }
    const wire::Value* cost = wire::find(*map, "qd.inter-router-cost");
    const std::int64_t peers = cost == nullptr ? 1 : cost->integer().value_or(1);
    const wire::Value* wildcards = wire::find(*map, kKnowsWildcards);
    expands_ = weft_ && wildcards != nullptr && wildcards->integer().value_or(0) > 0;
    peer_cost_ = static_cast<std::uint32_t>(std::clamp<std::int64_t>(peers, 1, INT32_MAX));
}

void NeighbourConnection::on_bytes(Bytes in, Instant now) {
    heard_ = now;
    Connection::on_bytes(in, now);
}

// --- the end ------------------------------------------------------------------------------------

void NeighbourConnection::lose() {
    if (std::exchange(life_, Life::lost) != Life::lost) {  // N1
        mesh_.link_down(number_);
        lose_routed();
    }
}

void NeighbourConnection::on_cut(std::string_view) {
    lose();  // other ways are known before its deliveries look for one
}

void NeighbourConnection::on_gone(std::string_view why) {
    if (trunk_ != nullptr) {
        core().routes().remove_trunk(core_connection());  // N3
    }
    mesh_.remove(number_);
    PeerConnection::on_gone(why);
}

void NeighbourConnection::fail(std::string_view description) {
    WEFT_LOG(router_config::LogModule::router_ls, io::Level::info,
             tag() + " given up: " + std::string(description));
    refused(description);
    lose();
    close(kInternalError, description);
}

// --- links --------------------------------------------------------------------------------------

void NeighbourConnection::attach_all() {
    attach_pair(kControl);
    for (std::size_t priority = 0; priority < router::kPriorities; ++priority) {
        attach_pair(kData);
    }
    wake();
}

void NeighbourConnection::attach_pair(std::string_view capability) {
    amqp::Session* session = machine().begin();
    amqp::Link* in = session == nullptr ? nullptr : attach(*session, true, capability);
    amqp::Link* out = session == nullptr ? nullptr : attach(*session, false, capability);
    if (in == nullptr || out == nullptr) {
        fail("routers need 11 sessions with 2 links each; raise maxSessions of this listener");
    } else if (capability == kControl) {
        (void)control_.add(*in);
        (void)control_.add(*out);
    }
}

amqp::Link* NeighbourConnection::attach(amqp::Session& session,
                                        bool receiver,
                                        std::string_view capability) {
    Buffer capabilities;  // originals know one symbol, and no array of one
    wire::encode(capabilities, wire::Symbol{std::string(capability)});
    amqp::Attach wish;
    const std::string name = link_name();
    wish.name = name;
    wish.receiver = receiver;
    wish.source.emplace().capabilities = capabilities;
    wish.target.emplace().capabilities = capabilities;
    wish.target->kind = amqp::Terminus::Kind::target;
    wish.initial_delivery_count = 0;
    amqp::Link* link = session.attach(wish);
    if (link != nullptr) {
        asked_.push_back(link);
    }
    return link;
}

std::string NeighbourConnection::link_name() {
    return "qdlink." + std::to_string(id()) + "." + std::to_string(next_name_++) + "." +
           core().router_id();
}

void NeighbourConnection::on_attach(amqp::Link& link, const amqp::Attach& attach) {
    if (take_routed(link, attach)) {
        return;
    }
    if (std::erase(asked_, &link) > 0) {
        attached(link);  // a refusal would be followed by a detach
        return;
    }
    const bool control = asks_for(attach, kControl);
    if (!control && !asks_for(attach, kData)) {
        if (life_ != Life::up) {
            refuse(link, "Link attach forbidden on inter-router connection");
        } else if (!observer().routes(*this, link, attach)) {
            refuse_link(link, {"qd:no-route-to-dest", "No route to the destination node"});
        }
    } else if (control && !control_.add(link)) {
        refuse(link, "the connection has control links already");
    } else {
        accept(link, attach);
    }
}

void NeighbourConnection::accept(amqp::Link& link, const amqp::Attach& attach) {
    amqp::Attach reply;
    reply.sender_settle_mode = attach.sender_settle_mode;
    reply.receiver_settle_mode = attach.receiver_settle_mode;
    reply.source = attach.source;
    reply.target = attach.target;
    if (link.accept(reply)) {
        attached(link);
    } else {
        control_.remove(link);
    }
}

void NeighbourConnection::attached(amqp::Link& link) {
    if (!control_.has(link)) {
        attached_data(link);
    } else if (link.is_receiver()) {
        control_.give_credit();
    }
    start_if_ready();
}

void NeighbourConnection::attached_data(amqp::Link& link) {
    router::Link* ours = core_link(link);
    const bool carried = trunk_->carries();
    if (ours == nullptr) {
        std::uint8_t& count = link.is_receiver() ? data_in_ : data_out_;
        const auto priority =
            static_cast<std::uint8_t>(std::min<std::size_t>(count, router::kPriorities));
        if (count < router::kPriorities) {
            ++count;
        }
        ours = &core().routes().attach(
            *trunk_, link.is_receiver() ? router::Direction::in : router::Direction::out, priority,
            profile().link_capacity, reinterpret_cast<std::uintptr_t>(&link));
        tie(link, *ours);
    }
    core().activate(*ours, now());
    if (!link.is_receiver() && (link.credit() > 0 || link.drain())) {
        core().on_credit(*ours, link.credit(), link.drain(), now());
    }
    if (!carried && trunk_->carries() && life_ == Life::up) {
        mesh_.data_up(number_);  // N2
    }
}

bool NeighbourConnection::attach(router::Link& link) {
    amqp::Session* session = machine().begin();
    amqp::Link* own = session == nullptr ? nullptr : attach(*session, false, kData);
    if (own == nullptr) {
        return false;
    }
    tie(*own, link);
    link.port_link = reinterpret_cast<std::uintptr_t>(own);
    wake();
    return true;
}

void NeighbourConnection::refuse(amqp::Link& link, std::string_view what) {
    link.refuse({"qd:connection-role", what, {}});
}

void NeighbourConnection::on_detach(amqp::Link& link, bool closed, const amqp::ErrorView* error) {
    if (take_routed(link, closed, error)) {
        return;
    }
    std::erase(asked_, &link);
    router::Link* const ours = core_link(link);
    const bool stream = ours != nullptr && ours->streams;
    const bool was_up = life_ == Life::up;
    if (!stream) {
        lose();
    }
    if (control_.has(link)) {
        control_.remove(link);
    } else if (ours != nullptr) {
        core().detach(*ours, now());
    }
    if (!stream && machine().is_open()) {
        const std::string why = error == nullptr ? std::string{}
                                                 : ": " + std::string(error->condition) + " " +
                                                       std::string(error->description);
        fail(was_up ? "the peer detached a link between the routers" + why
                    : "the peer refuses links between routers" + why +
                          "; has its listener, or connector, the role inter-router?");
    }
}

void NeighbourConnection::start_if_ready() {
    if (life_ == Life::attaching && control_.is_ready()) {
        life_ = Life::up;
        succeeded();
        mesh_.link_up(number_, cost());  // N1, N2
    }
}

// --- deliveries and credit ----------------------------------------------------------------------

void NeighbourConnection::on_transfer(amqp::Link& link,
                                      const amqp::IncomingTransfer& transfer,
                                      amqp::Context& context) {
    if (control_.has(link)) {
        on_control(transfer);
        return;
    }
    router::Arrival arrival{transfer};
    if (wire::outcome_of(arrival.state) == wire::Outcome::transactional) [[unlikely]] {
        arrival.state = {};  // an original router passes on what its client says
    }
    arrival.provenance.presettled = transfer.batchable && weft_;
    core().on_transfer(*core_link(link), arrival, context, now());
}

void NeighbourConnection::on_credit(amqp::Link& link) {
    if (control_.has(link)) {
        start_if_ready();
        control_.send_waiting();
    } else {
        core().on_credit(*core_link(link), link.credit(), link.drain(), now());
    }
}

void NeighbourConnection::on_writable() {
    control_.send_waiting();  // before messages
    wake();
    PeerConnection::on_writable();
}

// --- control messages ---------------------------------------------------------------------------

void NeighbourConnection::on_control(const amqp::IncomingTransfer& transfer) {
    switch (control_.take(transfer)) {
        case ControlChannel::Taken::part:
            heard_part_ = heard_;
            return;
        case ControlChannel::Taken::too_large:
            fail("a control message is too large");
            return;
        case ControlChannel::Taken::no_room:
            fail("the control messages that neighbours have begun and not ended leave no room");
            return;
        case ControlChannel::Taken::message:
            if (life_ != Life::lost) {
                machine().spend(mesh_.receive(number_, control_.message(transfer)));
            }
            break;
        case ControlChannel::Taken::aborted:
            break;
    }
    control_.release();
}

bool NeighbourConnection::send(Bytes message) {
    const bool sent = control_.send(message);
    wake();
    return sent;
}

}  // namespace weft::node
