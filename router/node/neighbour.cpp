#include "router/node/neighbour.hpp"

#include "common/base/conditions.hpp"
#include "common/io/log.hpp"
#include "common/io/loop.hpp"
#include "common/wire/value.hpp"
#include "router/config/log_modules.hpp"
#include "router/core/outcome.hpp"
#include "router/node/mesh.hpp"
#include "router/node/termini.hpp"

#include <algorithm>

namespace weft::router {
namespace {

constexpr std::string_view kControl = "qd.router";
constexpr std::string_view kData = "qd.router-data";
constexpr std::string_view kStreaming = "qd.streaming-links";

bool lists(Bytes capabilities, std::string_view wanted) {
    bool found = false;
    each_symbol(capabilities, [&](const std::string& name) { found = found || name == wanted; });
    return found;
}

/// The capability that makes it a router's link; both termini carry it.
bool has_capability(const amqp::Attach& attach, std::string_view wanted) {
    return attach.source && attach.target && lists(attach.source->capabilities, wanted) &&
           lists(attach.target->capabilities, wanted);
}

Link* routed_link(const amqp::Link& link) {
    return reinterpret_cast<Link*>(link.user);
}

}  // namespace

Neighbour::Neighbour(Core& core,
                     amqp::Engine& engine,
                     io::Transport& transport,
                     Connection& routed,
                     Mesh& mesh,
                     const ListenerOptions& options)
    : core_{core},
      engine_{engine},
      transport_{transport},
      routed_{routed},
      mesh_{mesh},
      options_{options},
      number_{mesh.add(*this)},
      own_cost_{options.cost} {}

void Neighbour::gone() {
    if (trunk_ != nullptr) {
        core_.routes().remove_trunk(routed_);
    }
    mesh_.remove(number_);
}

void Neighbour::on_open(const amqp::Open& open) {
    Bytes encoded = open.properties;
    const auto properties = wire::decode(encoded);
    if (const auto* map = properties ? properties->as<wire::Map>() : nullptr) {
        const wire::Value* product = wire::find(*map, "product");
        weft_ = product != nullptr && product->text() != nullptr && *product->text() == kProduct;
        const wire::Value* cost = wire::find(*map, "qd.inter-router-cost");
        const std::int64_t peers = cost == nullptr ? 1 : cost->integer().value_or(1);
        peer_cost_ = static_cast<std::uint32_t>(std::clamp<std::int64_t>(peers, 1, INT32_MAX));
    }
    trunk_ = &core_.routes().add_trunk(routed_, *this, weft_);
    trunk_->streaming = lists(open.offered_capabilities, kStreaming);
    if (!options_.engine.server) {
        attach_all();
    }
}

// --- links --------------------------------------------------------------------------------------

void Neighbour::attach_all() {
    attach_pair(kControl);
    for (std::size_t priority = 0; priority < kPriorities; ++priority) {
        attach_pair(kData);
    }
    transport_.wake();
}

void Neighbour::attach_pair(std::string_view capability) {
    amqp::Session* session = engine_.begin();
    amqp::Link* in = session == nullptr ? nullptr : attach(*session, true, capability);
    amqp::Link* out = session == nullptr ? nullptr : attach(*session, false, capability);
    if (in == nullptr || out == nullptr) {
        fail("routers need 11 sessions with 2 links each; raise maxSessions of this listener");
    } else if (capability == kControl) {
        control_in_ = in;
        control_out_ = out;
    }
}

amqp::Link* Neighbour::attach(amqp::Session& session, bool receiver, std::string_view capability) {
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

std::string Neighbour::link_name() {
    return "qdlink." + std::to_string(routed_.id) + "." + std::to_string(next_name_++) + "." +
           core_.router_id();
}

void Neighbour::on_attach(amqp::Link& link, const amqp::Attach& attach) {
    if (std::erase(asked_, &link) > 0) {
        attached(link, is_control(link));  // a refusal would be followed by a detach
        return;
    }
    const bool control = has_capability(attach, kControl);
    if (!control && !has_capability(attach, kData)) {
        refuse(link, "links on an inter-router connection are the routers' own");
        return;
    }
    amqp::Link*& slot = link.is_receiver() ? control_in_ : control_out_;
    if (control && slot != nullptr) {
        refuse(link, "the connection has control links already");
        return;
    }
    if (control) {
        slot = &link;
    }
    amqp::Attach reply;
    reply.sender_settle_mode = attach.sender_settle_mode;
    reply.receiver_settle_mode = attach.receiver_settle_mode;
    reply.source = attach.source;
    reply.target = attach.target;
    link.accept(reply);
    attached(link, control);
}

void Neighbour::attached(amqp::Link& link, bool control) {
    if (!control) {
        attached_data(link);
        return;
    }
    if (link.is_receiver()) {
        link.grant(kControlCredit);
    }
    start_if_ready();
}

void Neighbour::attached_data(amqp::Link& link) {
    Link* routed = routed_link(link);
    if (routed == nullptr) {
        std::uint8_t& count = link.is_receiver() ? data_in_ : data_out_;
        const auto priority = static_cast<std::uint8_t>(std::min<std::size_t>(count, kPriorities));
        if (count < kPriorities) {
            ++count;
        }
        routed = &core_.routes().attach(
            *trunk_, link.is_receiver() ? Direction::in : Direction::out, priority,
            options_.link_capacity, reinterpret_cast<std::uintptr_t>(&link));
        link.user = reinterpret_cast<std::uintptr_t>(routed);
    }
    core_.activate(*routed, transport_.loop().now());
    if (!link.is_receiver() && (link.credit() > 0 || link.drain())) {
        core_.on_credit(*routed, link.credit(), link.drain(), transport_.loop().now());
    }
    start_if_ready();
}

bool Neighbour::open_stream(Link& link) {
    amqp::Session* session = engine_.begin();
    amqp::Link* own = session == nullptr ? nullptr : attach(*session, false, kData);
    if (own == nullptr) {
        return false;
    }
    own->user = reinterpret_cast<std::uintptr_t>(&link);
    link.port_link = reinterpret_cast<std::uintptr_t>(own);
    transport_.wake();
    return true;
}

void Neighbour::refuse(amqp::Link& link, std::string_view what) {
    link.refuse({"qd:connection-role", what, {}});
}

void Neighbour::fail(std::string_view description) {
    WEFT_LOG(LogModule::router_ls, io::Level::info,
             "[C" + std::to_string(routed_.id) + "] given up: " + std::string(description));
    if (on_failed_) {
        on_failed_(description);
    }
    lost();
    engine_.close(amqp::ErrorView{kInternalError, description, {}});
    transport_.wake();
}

void Neighbour::on_detach(amqp::Link& link, const amqp::ErrorView* error) {
    std::erase(asked_, &link);
    Link* const routed = routed_link(link);
    const bool stream = routed != nullptr && routed->streams;
    if (!stream) {
        lost();
    }
    if (is_control(link)) {
        (&link == control_in_ ? control_in_ : control_out_) = nullptr;
    } else if (routed != nullptr) {
        core_.detach(*routed, transport_.loop().now());
    }
    if (!stream && engine_.is_open()) {
        const std::string why = error == nullptr ? std::string{}
                                                 : ": " + std::string(error->condition) + " " +
                                                       std::string(error->description);
        fail(up_ ? "the peer detached a link between the routers" + why
                 : "the peer refuses links between routers" + why +
                       "; has its listener, or connector, the role inter-router?");
    }
}

// --- control messages ---------------------------------------------------------------------------

/// Once messages can flow both ways; the data links follow in the same order on both sides.
void Neighbour::start_if_ready() {
    const bool ready = control_in_ != nullptr && control_out_ != nullptr && data_in_ > 0 &&
                       data_out_ > 0 && control_out_->credit() > 0;
    if (ready && !up_ && !lost_) {
        up_ = true;
        if (on_up_) {
            on_up_();
        }
        mesh_.link_up(number_, cost());
    }
}

void Neighbour::lost() {
    if (!lost_) {
        lost_ = true;
        mesh_.link_down(number_);
    }
}

void Neighbour::on_control(const amqp::IncomingTransfer& transfer) {
    if (transfer.aborted) {
        incoming_.clear();
    } else if (transfer.more || !incoming_.empty()) {
        append(incoming_, transfer.payload);
    }
    if (incoming_.size() > linkstate::kControlMessageMax) {
        fail("a control message is too large");
        return;
    }
    if (transfer.more) {
        heard_part_ = heard_;
        return;
    }
    if (!transfer.settled) {
        control_in_->update(transfer.id, kAccepted, /*settled=*/true);
    }
    control_in_->grant(kControlCredit);
    ++control_received_;
    if (!transfer.aborted && !lost_) {
        mesh_.receive(number_, incoming_.empty() ? transfer.payload : Bytes(incoming_));
    }
    if (incoming_.capacity() > kIncomingKept) {
        incoming_ = {};
    }
    incoming_.clear();
}

bool Neighbour::send(Bytes message) {
    if (waiting_bytes_ + message.size() > kControlUnsentMax) {
        return false;
    }
    waiting_bytes_ += message.size();
    waiting_.emplace_back(message.begin(), message.end());
    send_waiting();
    return true;
}

void Neighbour::send_waiting() {
    start_if_ready();
    while (!waiting_.empty() && control_out_ != nullptr) {
        const Buffer& message = waiting_.front();
        const amqp::Sent sent =
            control_out_->send({.settled = true}, Bytes(message).subspan(sent_), false);
        sent_ += sent.taken;
        if (!sent.complete) {
            break;
        }
        waiting_bytes_ -= message.size();
        waiting_.pop_front();
        sent_ = 0;
        ++control_sent_;
    }
    transport_.wake();
}

std::vector<ControlLink> Neighbour::control_links() const {
    std::vector<ControlLink> links;
    if (control_in_ != nullptr) {
        links.push_back({control_in_, control_received_, 0});
    }
    if (control_out_ != nullptr) {
        links.push_back({control_out_, control_sent_, waiting_.size()});
    }
    return links;
}

}  // namespace weft::router
