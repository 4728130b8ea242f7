#include "router/node/uplink_connection.hpp"

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
#include "router/node/link_route_proxies.hpp"
#include "router/node/product.hpp"
#include "router/node/termini.hpp"
#include "router/node/upstream.hpp"

#include <utility>

namespace weft::node {
namespace {

constexpr router::Treatment kUpstream{.distribution = router::Distribution::closest};

std::optional<std::uint64_t> number_of_look_up(Bytes message) {
    const auto reply = edge::read_reply(message);
    const auto number = reply ? reply->correlation.integer() : std::nullopt;
    return number ? std::optional(static_cast<std::uint64_t>(*number)) : std::nullopt;
}

/// Originals know one symbol, and no array of one.
Buffer capability_of(std::string_view name) {
    Buffer encoded;
    if (!name.empty()) {
        wire::encode(encoded, wire::Symbol{std::string(name)});
    }
    return encoded;
}

amqp::Attach wish_to(bool receiver) {
    amqp::Attach wish;
    wish.receiver = receiver;
    wish.source.emplace();
    wish.target.emplace().kind = amqp::Terminus::Kind::target;
    if (!receiver) {
        wish.initial_delivery_count = 0;
    }
    return wish;
}

}  // namespace

UplinkConnection::UplinkConnection(router::Core& core,
                                   io::Transport& transport,
                                   const std::shared_ptr<const PeerProfile>& profile,
                                   PeerObserver& observer,
                                   Upstream& upstream)
    : PeerConnection{core, transport, profile, observer, router::Traits::of_uplink()},
      upstream_{upstream},
      look_ups_{number_of_look_up},
      management_{number_of_reply} {
    begin();
}

// --- its life ------------------------------------------------------------------------------------

void UplinkConnection::on_opened(const amqp::Open& open) {
    identify();
    read_properties(open.properties);
    life_ = Life::standby;
    succeeded();
    log_opened(io::Level::info);
    if (pace_) {
        attach_heartbeat();  // so that one that hangs is not chosen
    }
    upstream_.opened(*this);  // E1
}

void UplinkConnection::read_properties(Bytes encoded) {
    const bool is_weft = product_in(encoded) == kProduct;
    const auto properties = wire::decode(encoded);
    const auto* map = properties ? properties->as<wire::Map>() : nullptr;
    if (map != nullptr && is_weft) {
        pace_ = edge::pace_of(*map);
    }
}

void UplinkConnection::activate() {
    life_ = Life::active;
    const bool sends = attach_anonymous();
    const bool hears = attach_receiver(edge::kTrackingAddress, {}, Kind::tracking);
    const bool receives =
        attach_receiver(core().router_id(), edge::kDownlinkCapability, Kind::downlink);
    if (heartbeat_ == nullptr) {
        attach_heartbeat();
    }
    if (!sends || !hears || !receives || heartbeat_ == nullptr) {
        patience_ = transport().loop().after(Duration::zero(), [this] {  // the change is over then
            io::guard(transport(), [this] {
                fail("the peer leaves no room for the links of an edge router: has it a limit of "
                     "sessions?");
            });
        });
        return;
    }
    attach_client(edge::kLookUpAddress, Kind::look_up);
    attach_client(router::kManagementNode, Kind::management);
    patience_ = transport().loop().every(std::chrono::milliseconds{500}, [this] {
        look_ups_.tick(now());
        management_.tick(now());
    });
    wake();
}

void UplinkConnection::lose() {
    if (std::exchange(life_, Life::lost) != Life::lost) {
        heart_ = {};
        own_.clear();
        patience_ = {};
        upstream_.gone(*this);  // E1
        look_ups_.close();
        management_.close();
        lose_routed();
    }
}

void UplinkConnection::on_cut(std::string_view) {
    lose();
}

void UplinkConnection::on_closed(bool, const amqp::ErrorView*) {
    lose();
    core().end(core_connection());
}

void UplinkConnection::on_gone(std::string_view why) {
    lose();
    PeerConnection::on_gone(why);
}

void UplinkConnection::fail(std::string_view what) {
    WEFT_LOG(router_config::LogModule::router_core, io::Level::warning,
             tag() + " uplink given up: " + std::string(what));
    refused(what);
    lose();
    close(kInternalError, what);
}

bool UplinkConnection::on_over(amqp::Session& session) {
    PeerConnection::on_over(session);
    if (machine().is_open()) {  // else on_closed follows
        core().end(core_connection(), session.channel());
        if (&session == words_ || &session == messages_) {
            fail("the peer ended the session of its links");
        }
    }
    return true;
}

void UplinkConnection::on_bytes(Bytes in, Instant now) {
    heard_ = now;
    Connection::on_bytes(in, now);
}

// --- links of ours -------------------------------------------------------------------------------

std::string UplinkConnection::link_name() {
    return "uplink." + std::to_string(id()) + "." + std::to_string(next_name_++) + "." +
           core().router_id();
}

amqp::Link* UplinkConnection::ask(amqp::Session*& session, const amqp::Attach& wish, OwnLink own) {
    if (session == nullptr) {
        session = machine().begin();
    }
    amqp::Attach named = wish;
    const std::string name = link_name();
    named.name = name;
    amqp::Link* const link = session == nullptr ? nullptr : session->attach(named);
    if (link != nullptr) {
        own_.emplace(link, std::move(own));
        wake();
    }
    return link;
}

/// The core's end of a link; null: it takes none.
router::Link* UplinkConnection::join(amqp::Link& link, const router::AttachRequest& request) {
    router::AttachRequest whole = request;
    whole.capacity = profile().link_capacity;
    whole.session = link.session().channel();
    whole.port_link = reinterpret_cast<std::uintptr_t>(&link);
    const auto attached = core().attach(core_connection(), whole);
    if (!attached) {
        WEFT_LOG(
            router_config::LogModule::router_core, io::Level::warning,
            tag() + " no link for " + printable(request.address) + ": " + attached.error().text);
        return nullptr;
    }
    tie(link, *attached->link);
    return attached->link;
}

bool UplinkConnection::attach_anonymous() {
    amqp::Link* const link = ask(messages_, wish_to(false), {.kind = Kind::anonymous});
    router::Link* const ours = link == nullptr ? nullptr
                                               : join(*link, {.direction = router::Direction::out,
                                                              .address = router::kUpstreamAddress,
                                                              .treatment = kUpstream});
    if (ours != nullptr) {
        core().activate(*ours, now());
    }
    return ours != nullptr;
}

bool UplinkConnection::attach_receiver(std::string_view address,
                                       std::string_view capability,
                                       Kind kind) {
    amqp::Attach wish = wish_to(true);
    const Buffer capabilities = capability_of(capability);
    wish.source->address = address;
    wish.source->capabilities = capabilities;
    wish.target->capabilities = capabilities;
    return ask(kind == Kind::tracking ? words_ : messages_, wish, {.kind = kind}) != nullptr;
}

void UplinkConnection::attach_heartbeat() {
    amqp::Attach wish = wish_to(false);
    wish.target->address = edge::kHeartbeatAddress;
    heartbeat_ = ask(words_, wish, {.kind = Kind::heartbeat});
    heard_ = now();
    heart_ = transport().loop().every(pace_.value_or(edge::kHeartbeatEvery), [this] { beat(); });
}

/// A pair of links for questions.
void UplinkConnection::attach_client(std::string_view address, Kind kind) {
    amqp::Attach questions = wish_to(false);
    questions.target->address = address;
    (void)ask(words_, questions, {.kind = kind});
    amqp::Attach answers = wish_to(true);
    answers.source->dynamic = true;
    (void)ask(words_, answers, {.kind = kind});
}

/// Null: it is no link for questions.
UplinkClient* UplinkConnection::client_of(const amqp::Link& link) {
    return look_ups_.has(link) ? &look_ups_ : management_.has(link) ? &management_ : nullptr;
}

void UplinkConnection::beat() {
    const Duration silent = now() - heard_;
    if (pace_ && silent > edge::answer_max(pace_)) {
        transport().read_now();  // what came while this router was held up counts
        if (now() - heard_ > edge::answer_max(pace_)) {
            transport().abort("the router at the other end is silent");
        }
        return;
    }
    if (heartbeat_ != nullptr && heartbeat_->credit() > 0) {
        Buffer message;
        edge::write_heartbeat(message, beats_++);
        (void)heartbeat_->send({.settled = !pace_}, message, /*more=*/false);
        wake();
    }
}

amqp::Link* UplinkConnection::open_link(std::string_view key,
                                        router::Direction direction,
                                        const std::string& capability) {
    const bool receives = direction == router::Direction::in;
    const router::AddressKey whole{std::string(key)};
    std::string memory;
    const std::string_view address = router::mobile_address(whole.name(), memory);
    const Buffer capabilities = capability_of(capability);
    amqp::Attach wish = wish_to(receives);
    amqp::Terminus& far = receives ? *wish.source : *wish.target;
    far.address = address;
    far.capabilities = capabilities;
    amqp::Link* const link = ask(messages_, wish, {.kind = Kind::proxy, .key = whole.text});
    if (link == nullptr || receives) {
        return link;
    }
    const auto phase = static_cast<std::uint8_t>(whole.phase() - '0');
    if (join(*link, {.direction = direction, .address = address, .phase = phase}) == nullptr) {
        own_.erase(link);
        link->detach(true, std::nullopt);
        return nullptr;
    }
    return link;
}

void UplinkConnection::close_link(amqp::Link& link) {
    own_.erase(&link);
    if (router::Link* const ours = core_link(link)) {
        core().detach(*ours, now());
    }
    link.detach(true, std::nullopt);
    wake();
}

void UplinkConnection::lead(amqp::Link& link, bool upstream) {
    router::Link& ours = *core_link(link);
    if (!upstream) {
        core().deactivate(ours, now());
        return;
    }
    core().activate(ours, now());
    start(link, ours);
}

/// Of one that goes out: its credit counts from when it is active.
void UplinkConnection::start(amqp::Link& link, router::Link& ours) {
    if (ours.direction == router::Direction::out && (link.credit() > 0 || link.drain())) {
        core().on_credit(ours, link.credit(), link.drain(), now());
    }
}

// --- attaches ------------------------------------------------------------------------------------

void UplinkConnection::on_attach(amqp::Link& link, const amqp::Attach& attach) {
    if (take_routed(link, attach)) {
        return;
    }
    const auto own = own_.find(&link);
    if (own == own_.end()) {
        accept(link, attach);
    } else if (link.is_receiver() ? attach.source : attach.target) {
        answered(link, own->second, attach);
    }  // else it is refused: its detach follows
}

void UplinkConnection::answered(amqp::Link& link, const OwnLink& own, const amqp::Attach& attach) {
    router::Link* ours = core_link(link);
    switch (own.kind) {
        case Kind::tracking:
            link.grant(edge::kTrackingCredit);
            break;
        case Kind::heartbeat:
        case Kind::anonymous:
            break;
        case Kind::downlink:
            ours = join(link, {.direction = router::Direction::in});
            break;
        case Kind::proxy:
            if (link.is_receiver()) {
                const router::AddressKey key{own.key};
                std::string memory;
                ours = join(link, {.direction = router::Direction::in,
                                   .address = router::mobile_address(key.name(), memory),
                                   .phase = static_cast<std::uint8_t>(key.phase() - '0')});
            }
            upstream_.attached(own.key, link.is_receiver());
            break;
        case Kind::look_up:
        case Kind::management: {
            UplinkClient& client = own.kind == Kind::look_up ? look_ups_ : management_;
            if (link.is_receiver()) {
                client.set_receiver(link, attach.source->address.value_or(""));
            } else {
                client.set_sender(link);
            }
            if (own.kind == Kind::management && client.is_ready()) {
                upstream_.manages(client);
            }
            break;
        }
    }
    if (link.is_receiver() && ours != nullptr) {
        core().activate(*ours, now());
    }
    wake();
}

/// The peer attaches one: a container's link that is passed on whole, or one beside the downlink
/// for messages that take their time.
void UplinkConnection::accept(amqp::Link& link, const amqp::Attach& attach) {
    const bool names = attach.target && (attach.target->address || attach.target->dynamic ||
                                         attach.target->kind != amqp::Terminus::Kind::target);
    if (attach.receiver || names) {
        if (!observer().routes(*this, link, attach)) {
            refuse_link(link, {"qd:no-route-to-dest", "No route to the destination node"});
        }
        return;
    }
    router::Link* const ours = join(link, {.direction = router::Direction::in});
    if (ours == nullptr || !link.accept(reply_to(attach, {}, profile().max_message_size))) {
        if (ours != nullptr) {
            core().detach(*ours, now());
        }
        return;
    }
    core().activate(*ours, now());
}

void UplinkConnection::on_detach(amqp::Link& link, bool closed, const amqp::ErrorView* error) {
    if (take_routed(link, closed, error)) {
        return;
    }
    if (router::Link* const ours = core_link(link)) {
        core().detach(*ours, now());
    }
    const auto at = own_.find(&link);
    if (at == own_.end()) {
        return;
    }
    const OwnLink own = std::move(at->second);
    own_.erase(at);
    heartbeat_ = own.kind == Kind::heartbeat ? nullptr : heartbeat_;
    const std::string why = error == nullptr ? std::string{"the peer detached it"}
                                             : std::string(error->condition) + " " +
                                                   printable(error->description.substr(0, 200));
    if (own.kind == Kind::proxy) {
        upstream_.failed(own.key, link.is_receiver(), why);
    } else if (own.kind == Kind::look_up) {
        look_ups_.close();  // then all links are plain
    } else if (own.kind == Kind::management) {
        upstream_.manages_no_more();
        management_.close();
    } else if (machine().is_open()) {
        fail("the peer refuses or detaches a link of edge routers: " + why +
             "; has its listener the role edge?");
    }
}

// --- deliveries and credit -----------------------------------------------------------------------

void UplinkConnection::on_transfer(amqp::Link& link,
                                   const amqp::IncomingTransfer& transfer,
                                   amqp::Context& context) {
    router::Link* const ours = core_link(link);
    if (ours == nullptr) {
        if (UplinkClient* const client = client_of(link)) {
            client->take(transfer);
        } else {
            take_tracking(link, transfer);
        }
        return;
    }
    router::Arrival arrival{transfer};
    arrival.provenance.stays_down = true;
    if (wire::outcome_of(arrival.state) == wire::Outcome::transactional) [[unlikely]] {
        arrival.state = {};  // an original router passes on what its client says
    }
    core().on_transfer(*ours, arrival, context, now());
}

void UplinkConnection::take_tracking(amqp::Link& link, const amqp::IncomingTransfer& transfer) {
    constexpr std::size_t kWordMax = 2 * edge::kTrackedKeyMax + 256;
    if (transfer.first || transfer.aborted) {
        word_.clear();
    }
    if (word_.size() + transfer.payload.size() > kWordMax) {
        fail("a word about an address is too large");
        return;
    }
    append(word_, transfer.payload);
    if (transfer.more) {
        return;
    }
    if (!transfer.settled) {
        link.update(transfer.id, wire::kAccepted, /*settled=*/true);
    }
    link.grant(edge::kTrackingCredit);
    if (transfer.aborted) {
        return;
    }
    if (const auto tracking = edge::read_tracking(word_)) {
        upstream_.told(tracking->key, tracking->wanted);
    } else {
        WEFT_LOG(router_config::LogModule::router_core, io::Level::warning,
                 tag() + " a word about an address means nothing: " + tracking.error().text);
    }
}

void UplinkConnection::on_credit(amqp::Link& link) {
    if (router::Link* const ours = core_link(link)) {
        core().on_credit(*ours, link.credit(), link.drain(), now());
    } else if (UplinkClient* const client = client_of(link)) {
        client->go_on();
        wake();
    }
}

void UplinkConnection::on_window(amqp::Session& session) {
    tell_room(session);
    core().on_writable(core_connection(), now(), session.channel());
}

}  // namespace weft::node
