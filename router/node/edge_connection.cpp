#include "router/node/edge_connection.hpp"

#include "common/amqp/capabilities.hpp"
#include "common/base/conditions.hpp"
#include "common/base/printable.hpp"
#include "common/io/log.hpp"
#include "common/wire/delivery_state.hpp"
#include "common/wire/value.hpp"
#include "router/config/log_modules.hpp"
#include "router/edge/heartbeat.hpp"
#include "router/edge/look_up.hpp"
#include "router/edge/tracking.hpp"
#include "router/edge/words.hpp"
#include "router/node/edges.hpp"
#include "router/node/product.hpp"
#include "router/node/termini.hpp"

#include <chrono>
#include <string>
#include <utility>

namespace weft::node {
namespace {

/// Bytes of a question, all it may say besides the address included.
constexpr std::size_t kQuestionMax = std::size_t{8} * 1024;

const std::optional<amqp::Terminus>& terminus_of(const amqp::Attach& attach) {
    return attach.receiver ? attach.source : attach.target;
}

bool is_downlink(const amqp::Attach& attach) {
    return attach.receiver && attach.source &&
           amqp::has_capability(attach.source->capabilities, edge::kDownlinkCapability);
}

}  // namespace

EdgeConnection::EdgeConnection(router::Core& core,
                               io::Transport& transport,
                               const std::shared_ptr<const PeerProfile>& profile,
                               PeerObserver& observer,
                               Edges& edges)
    : ClientConnection{core, transport, profile, observer, router::Traits::of_edge()},
      edges_{edges} {
    edges_.add(*this);
    begin();
}

EdgeConnection::~EdgeConnection() {
    leave();
}

// --- its life -----------------------------------------------------------------------------------

/// One of this product that asks for it hears how often it is to say that it is alive.
std::shared_ptr<const amqp::Options> EdgeConnection::on_opening(const amqp::Open& open,
                                                                Buffer& properties) {
    Bytes said = open.properties;
    const auto theirs = wire::decode(said);
    const auto* const map = theirs ? theirs->as<wire::Map>() : nullptr;
    if (map != nullptr && product_in(open.properties) == kProduct && edge::pace_of(*map)) {
        pace_ = edges_.pace();
        wire::Map more;
        edge::say_pace(more, *pace_);
        properties = said_with(more);
    }
    return ClientConnection::on_opening(open, properties);
}

void EdgeConnection::leave() {
    if (std::exchange(listed_, false)) {
        edges_.remove(*this);
    }
}

void EdgeConnection::on_closed(bool by_peer, const amqp::ErrorView* error) {
    leave();
    forget_services([](const amqp::Link&) { return true; });
    ClientConnection::on_closed(by_peer, error);
}

void EdgeConnection::on_gone(std::string_view why) {
    leave();
    forget_services([](const amqp::Link&) { return true; });
    ClientConnection::on_gone(why);
}

bool EdgeConnection::on_over(amqp::Session& session) {
    forget_services([&](const amqp::Link& link) { return &link.session() == &session; });
    return ClientConnection::on_over(session);
}

template <class Ends>
void EdgeConnection::forget_services(Ends ends) {
    if (heartbeats_ != nullptr && ends(*heartbeats_)) {
        heartbeats_ = nullptr;
    }
    if (look_ups_ != nullptr && ends(*look_ups_)) {
        look_ups_ = nullptr;
        question_ = {};
    }
    if (tracker_.link() != nullptr && ends(*tracker_.link())) {
        tracker_.set_link(nullptr);
    }
}

bool EdgeConnection::is_silent(Instant now) const {
    return heartbeats_ != nullptr && now - beat_ > edge::silence_max(pace_);
}

void EdgeConnection::give_up() {
    const auto limit =
        std::chrono::duration_cast<std::chrono::milliseconds>(edge::silence_max(pace_));
    const std::string why =
        "no heartbeat of the edge router came for " + std::to_string(limit.count()) + " ms";
    WEFT_LOG(router_config::LogModule::router_core, io::Level::warning,
             tag() + " \"" + printable(engine().remote_container()) + "\" given up: " + why);
    note_refused("connection", engine().remote_container(), why, {});
    expel(kConnectionForced, why);
}

// --- attaches -----------------------------------------------------------------------------------

void EdgeConnection::on_attach(amqp::Link& link, const amqp::Attach& attach) {
    if (link.passes()) {
        ClientConnection::on_attach(link, attach);
        return;
    }
    if (is_downlink(attach)) {
        attach_downlink(link, attach);
        return;
    }
    const auto& terminus = terminus_of(attach);
    const std::string_view address = terminus ? terminus->address.value_or("") : "";
    if (!attach_service(link, attach, address)) {
        ClientConnection::on_attach(link, attach);
    }
}

void EdgeConnection::attach_downlink(amqp::Link& link, const amqp::Attach& attach) {
    const std::string_view edge = attach.source->address.value_or("");
    if (edge.empty() || edge.size() > edge::kEdgeIdMax ||
        edge.find('/') != std::string_view::npos) {
        refuse_link(link, {kInvalidField,
                           "the source of a downlink is the id of the edge router: at most " +
                               std::to_string(edge::kEdgeIdMax) + " bytes, without '/'"});
        return;
    }
    if (edge != machine().remote_container()) {
        refuse_link(link,
                    {kNotAllowed,
                     "the source of a downlink is the id of the edge router, and its open has "
                     "another one"});
        return;
    }
    attach_as(link, attach,
              {.direction = router::Direction::out, .address = edge, .downlink = true});
    const router::Link* const ours = core_link(link);
    if (ours != nullptr && (ours->address->active_consumers > 1 || ours->address->routable)) {
        WEFT_LOG(router_config::LogModule::router_core, io::Level::warning,
                 tag() + " another connection of an edge router with the id \"" + printable(edge) +
                     "\" is there: what is sent to one of them may come to "
                     "either; an id must be unique in the mesh");
    }
}

/// False: it is no link of those.
bool EdgeConnection::attach_service(amqp::Link& link,
                                    const amqp::Attach& attach,
                                    std::string_view address) {
    const bool is_tracking = address == edge::kTrackingAddress;
    const bool is_heartbeat = address == edge::kHeartbeatAddress;
    const bool is_look_up = address == edge::kLookUpAddress;
    if (!is_tracking && !is_heartbeat && !is_look_up) {
        return false;
    }
    const amqp::Link* const known = is_tracking    ? tracker_.link()
                                    : is_heartbeat ? heartbeats_
                                                   : look_ups_;
    if (attach.receiver != is_tracking || known != nullptr) {
        refuse_link(link, {kNotAllowed, known != nullptr ? "the connection has such a link already"
                                                         : "such a link goes the other way"});
        return true;
    }
    if (!link.accept(reply_to(attach, address, 0))) {
        return true;
    }
    if (is_tracking) {
        tracker_.set_link(&link);
        tracker_.send();
    } else if (is_heartbeat) {
        heartbeats_ = &link;
        beat_ = now();
        link.grant(edge::kHeartbeatCredit);
    } else {
        look_ups_ = &link;
        link.grant(edge::kLookUpCredit);
    }
    return true;
}

void EdgeConnection::on_detach(amqp::Link& link, bool closed, const amqp::ErrorView* error) {
    const router::Link* const ours = link.passes() ? nullptr : core_link(link);
    if (ours != nullptr && ours->direction == router::Direction::in && ours->address != nullptr) {
        tracker_.forget(ours->address->key.text);
    }
    forget_services([&](const amqp::Link& one) { return &one == &link; });
    ClientConnection::on_detach(link, closed, error);
}

// --- what it says, and is told ------------------------------------------------------------------

void EdgeConnection::on_transfer(amqp::Link& link,
                                 const amqp::IncomingTransfer& transfer,
                                 amqp::Context& context) {
    if (core_link(link) != nullptr) [[likely]] {
        ClientConnection::on_transfer(link, transfer, context);
    } else if (&link == heartbeats_) {
        take_heartbeat(link, transfer);
    } else if (&link == look_ups_) {
        take_look_up(link, transfer);
    }
}

void EdgeConnection::take_heartbeat(amqp::Link& link, const amqp::IncomingTransfer& transfer) {
    if (transfer.more) {
        return;
    }
    beat_ = now();
    ++edges_.counters().heartbeats;
    if (!transfer.settled && !transfer.aborted) {
        link.update(transfer.id, wire::kAccepted, /*settled=*/true);
    }
    link.grant(edge::kHeartbeatCredit);
}

void EdgeConnection::take_look_up(amqp::Link& link, const amqp::IncomingTransfer& transfer) {
    if (transfer.first || transfer.aborted) {
        question_.clear();
    }
    if (question_.size() <= kQuestionMax) {
        append(question_, transfer.payload);
    }
    if (transfer.more) {
        return;
    }
    link.grant(edge::kLookUpCredit);
    if (transfer.aborted) {
        return;
    }
    ++edges_.counters().look_ups;
    const auto question = question_.size() > kQuestionMax
                              ? fail(kInvalidField, "a question about an address is that short")
                              : edge::read_look_up(question_);
    question_ = {};
    const bool taken = question && edges_.look_up(*question);
    edges_.counters().refused += taken ? 0U : 1U;
    if (transfer.settled) {
        return;
    }
    if (taken) {
        link.update(transfer.id, wire::kAccepted, /*settled=*/true);
    } else if (question) {
        link.update(transfer.id, wire::kReleased, /*settled=*/true);
    } else {
        link.update(transfer.id, wire::rejected(question.error().condition, question.error().text),
                    /*settled=*/true);
    }
}

void EdgeConnection::tell_reach(router::Link& link, bool others) {
    ++edges_.counters().words;
    if (!tracker_.tell(link.address->key.text, others)) {
        close(kResourceLimitExceeded,
              "the edge router takes no words about the addresses that it sends to");
    }
    wake();
}

void EdgeConnection::on_credit(amqp::Link& link) {
    if (&link == tracker_.link()) {
        tracker_.send();
    } else {
        ClientConnection::on_credit(link);
    }
}

void EdgeConnection::on_window(amqp::Session& session) {
    tracker_.send();
    ClientConnection::on_window(session);
}

void EdgeConnection::on_writable() {
    tracker_.send();
    ClientConnection::on_writable();
}

}  // namespace weft::node
