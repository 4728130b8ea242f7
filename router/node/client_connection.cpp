#include "router/node/client_connection.hpp"

#include "common/amqp/capabilities.hpp"
#include "common/base/assert.hpp"
#include "common/base/conditions.hpp"
#include "common/io/log.hpp"
#include "common/wire/delivery_state.hpp"
#include "common/wire/reader.hpp"
#include "router/config/log_modules.hpp"
#include "router/node/policing.hpp"
#include "router/node/product.hpp"
#include "router/node/tenancy.hpp"
#include "router/node/termini.hpp"

#include <algorithm>
#include <initializer_list>
#include <memory>
#include <utility>

namespace weft::node {

using io::Level;

namespace {

/// Which it wants, for messages.
std::string address_in(const amqp::Attach& attach) {
    const auto& terminus = attach.receiver ? attach.source : attach.target;
    return !terminus           ? std::string{}
           : terminus->dynamic ? "a dynamic address"
                               : std::string{terminus->address.value_or("(no address)")};
}

/// A dynamic node is to have no address: who goes by the one might forget the other.
/// Spec: AMQP 1.0 §3.5.3, §3.5.4
bool has_address_too(const amqp::Attach& attach) {
    const auto& terminus = attach.receiver ? attach.source : attach.target;
    return terminus && terminus->dynamic && terminus->address;
}

/// 0: nothing is said.
std::uint64_t least_said(std::initializer_list<std::uint64_t> limits) {
    std::uint64_t least = 0;
    for (const std::uint64_t limit : limits) {
        least = least == 0 || limit == 0 ? std::max(least, limit) : std::min(least, limit);
    }
    return least;
}

}  // namespace

ClientConnection::ClientConnection(router::Core& core,
                                   io::Transport& transport,
                                   const std::shared_ptr<const PeerProfile>& profile,
                                   PeerObserver& observer)
    : ClientConnection{core, transport, profile, observer,
                       router::Traits::of_client(profile->strip)} {
    begin();
}

ClientConnection::ClientConnection(router::Core& core,
                                   io::Transport& transport,
                                   const std::shared_ptr<const PeerProfile>& profile,
                                   PeerObserver& observer,
                                   router::Traits traits)
    : PeerConnection{core, transport, std::move(profile), observer, traits},
      pending_{observer.attaches(), in_core().id} {}

void ClientConnection::on_opened(const amqp::Open& open) {
    identify();
    if (outgoing()) {
        let_out();
    }
    if (!denied_.empty()) {
        log_policy(Level::info, denied_);
        note_refused("connection", {}, denied_, policy::kConnectionRemedy);
        close(kResourceLimitExceeded, policy::kConnectionDisallowed);
        return;
    }
    if (unnamed_) {
        WEFT_LOG(io::Module::server, Level::info, tag() + " refused: " + unnamed_->text);
        note_refused("connection", open.hostname, unnamed_->text, {});
        close(unnamed_->condition, unnamed_->text);
        return;
    }
    if (!in_core().traits.is_edge && is_router(product_in(open.properties))) {
        core_connection().traits = core_connection().traits.beyond_mesh();
    }
    succeeded();
    log_opened(Level::debug);
}

void ClientConnection::on_closed(bool, const amqp::ErrorView*) {
    lose_routed();
    core().end(core_connection());
}

void ClientConnection::on_gone(std::string_view why) {
    pending_.clear();
    PeerConnection::on_gone(why);
}

// --- policy -------------------------------------------------------------------------------------

std::shared_ptr<const amqp::Options> ClientConnection::on_opening(const amqp::Open& open, Buffer&) {
    const PolicyDesk* const desk = observer().policy_desk();
    if (profile().is_surplus) {
        denied_ = "DENY Connection: there are as many as policy/maxConnections allows";
    } else if (desk != nullptr && desk->is_open() && !in_core().traits.is_edge) {
        let_in(open);
    }
    if (identity().grant && desk != nullptr && denied_.empty()) {
        let_in_by_grant();
    }
    if (profile().tenants != nullptr && denied_.empty()) {
        find_tenant(open);
    }
    return limited();
}

/// Its open is not answered yet: that says what the rules allow.
void ClientConnection::let_in(const amqp::Open& open) {
    const std::string& own = profile().policy_vhost;
    auto policing = Policing::let_in(*this, *observer().policy_desk(),
                                     {.connection = id(),
                                      .user = identity().user,
                                      .host = host_of(peer()),
                                      .vhost = own.empty() ? std::string(open.hostname) : own,
                                      .name = peer()});
    if (!policing) {
        denied_ = policing.error().text;
        return;
    }
    police(*std::move(policing));
    const policy::Rules& rules = this->policing()->permit().rules();
    log_policy(Level::debug, "ALLOW AMQP Open for user \"" + identity().user + "\", vhost \"" +
                                 rules.vhost() + "\", group \"" + rules.group().name + "\"");
}

/// The service that has said who it is has also said what it may do.
void ClientConnection::let_in_by_grant() {
    Result<void> granted;
    if (policing() != nullptr) {
        granted = policing()->add_grant(identity());
    } else if (auto alone = Policing::of_grant(*this, *observer().policy_desk(), identity())) {
        police(*std::move(alone));
    } else {
        granted = tl::unexpected(std::move(alone).error());
    }
    if (!granted) {
        denied_ = "DENY Connection: what the authentication service grants can't be followed: " +
                  granted.error().text;
    }
}

/// By its vhost's name, where it has rules and that is a host's; else by what its open says.
void ClientConnection::find_tenant(const amqp::Open& open) {
    const policy::Rules* const rules =
        policing() == nullptr ? nullptr : &policing()->permit().rules();
    const bool is_ruled = rules != nullptr && !rules->vhost().empty() &&
                          rules->vhost().find_first_of("*#") == std::string::npos;
    const std::string& own = profile().policy_vhost;
    const std::string_view host = is_ruled                           ? rules->vhost()
                                  : rules != nullptr && !own.empty() ? std::string_view{own}
                                                                     : open.hostname;
    const auto is_capital = [](char c) { return c >= 'A' && c <= 'Z'; };
    if (rules != nullptr && !is_ruled && std::ranges::any_of(host, is_capital)) {
        unnamed_ = Error{kInvalidField,
                         "the host of the open is to be written in small letters: "
                         "rules may mean another one"};
        return;
    }
    auto tenancy =
        Tenancy::of_host(profile().tenants, host, transport().loop(), [this] { wake(); });
    if (tenancy) {
        belong(*std::move(tenancy));
    } else {
        unnamed_ = std::move(tenancy).error();
    }
}

/// The peer has answered what this router dialled.
void ClientConnection::let_out() {
    PolicyDesk* const desk = observer().policy_desk();
    const std::string& vhost = profile().policy_vhost;
    if (desk == nullptr || !desk->is_open() || vhost.empty()) {
        return;
    }
    auto policing = Policing::of_connector(*this, *desk, vhost, identity().user);
    if (policing) {
        police(*std::move(policing));
    } else {
        denied_ = policing.error().text;
    }
}

/// What the group says of frames, sessions and windows, and the tenant's quota of these; null: they
/// say nothing.
std::shared_ptr<const amqp::Options> ClientConnection::limited() const {
    if (policing() == nullptr && tenancy() == nullptr) {
        return nullptr;
    }
    auto options = std::make_shared<amqp::Options>(profile().engine);
    if (policing() != nullptr) {
        limit(*options, policing()->permit().group());
    }
    if (tenancy() != nullptr) {
        options->session_window =
            tenancy()->session_window(options->session_window, options->max_frame_size);
    }
    const bool is_changed = options->max_frame_size != profile().engine.max_frame_size ||
                            options->channel_max != profile().engine.channel_max ||
                            options->session_window != profile().engine.session_window;
    return is_changed ? options : nullptr;
}

void ClientConnection::limit(amqp::Options& options, const policy::GroupConfig& group) {
    constexpr std::uint32_t kWindowMax = 1U << 16;
    if (group.max_frame_size > 0) {
        options.max_frame_size = std::max(amqp::kFrameSizeMin, group.max_frame_size);
    }
    if (group.max_sessions > 0) {
        options.channel_max = static_cast<std::uint16_t>(std::min(group.max_sessions - 1, 0xffffU));
    }
    if (group.max_session_window > 0) {
        const std::uint64_t frames = group.max_session_window / options.max_frame_size;
        options.session_window =
            static_cast<std::uint32_t>(std::clamp<std::uint64_t>(frames, 1, kWindowMax));
    }
}

void ClientConnection::on_begin(amqp::Session& session, const amqp::Begin& begin) {
    if (begin.remote_channel) {
        return;  // it answers one of ours
    }
    if (policing() != nullptr && !policing()->admits(session)) [[unlikely]] {
        const std::string why = "the connection has " +
                                std::to_string(policing()->permit().group().max_sessions) +
                                " sessions, as many as it may have";
        log_policy(Level::info, "DENY AMQP Begin Session: " + why);
        note_refused("session", {}, why + policing()->rule(), policy::kSessionRemedy);
        end_session(session,
                    amqp::ErrorView{kResourceLimitExceeded, policy::kSessionDisallowed, {}});
        return;
    }
    const auto begun = tenancy() == nullptr ? Result<void>{} : tenancy()->begin(now());
    if (!begun) [[unlikely]] {
        note_refused("session", {}, begun.error().text, {});
        end_session(session, amqp::ErrorView{begun.error().condition, begun.error().text, {}});
    }
}

std::uint64_t ClientConnection::max_message_size() const {
    const std::uint64_t own = profile().max_message_size;
    const std::uint64_t rules =
        policing() == nullptr ? 0 : policing()->permit().rules().max_message_size();
    const std::uint64_t quota =
        tenancy() == nullptr ? 0 : tenancy()->tenant().quota.max_message_size;
    return least_said({own, rules, quota});
}

/// The link is detached already. As the original the rules end the whole connection; what a
/// listener says of sizes ends the link alone.
void ClientConnection::end_oversize() {
    const bool is_by_rules = policing() != nullptr &&
                             max_message_size() == policing()->permit().rules().max_message_size();
    const std::uint64_t quota =
        tenancy() == nullptr ? 0 : tenancy()->tenant().quota.max_message_size;
    if (quota > 0 && max_message_size() == quota) {
        tenancy()->count_size();
    }
    if (is_by_rules && max_message_size() > 0) {
        policing()->count_size();
        log_policy(Level::warning, "DENY AMQP Transfer maxMessageSize exceeded");
        note_refused("message", {}, "it is larger than maxMessageSize" + policing()->rule(),
                     policy::kSizeRemedy);
        close(kConnectionForced, "Message size exceeded");
    }
}

void ClientConnection::reconsider() {
    if (policing() == nullptr || !machine().is_open()) {
        return;
    }
    if (const auto reviewed = policing()->review(); !reviewed) {
        log_policy(Level::info, reviewed.error().text);
        note_refused("connection", {}, reviewed.error().text, policy::kConnectionRemedy);
        close(kResourceLimitExceeded, policy::kConnectionDisallowed);
    }
}

bool ClientConnection::judge(std::size_t& left) {
    while (policing() != nullptr && machine().is_open() && policing()->is_judging()) {
        if (left == 0) {
            return false;
        }
        if (amqp::Link* const link = policing()->judge_some(left)) {
            end_astray(*link);
        }
    }
    return true;
}

void ClientConnection::end_astray(amqp::Link& link) {
    log_policy(Level::info, "DENY AMQP link \"" + std::string(link.name()) +
                                "\": the rules that allowed it have changed");
    note_refused("link", link.name(), "the rules that allowed it have changed" + policing()->rule(),
                 policy::kLinkRemedy);
    if (link.passes()) {
        end_routed(link, amqp::ErrorView{kUnauthorizedAccess, policy::kLinkDisallowed, {}});
        return;
    }
    router::Link* const ours = core_link(link);
    if (ours == nullptr) {  // not answered yet: it ends with the connection
        close(kConnectionForced, policy::kLinkDisallowed);
        return;
    }
    observer().forget(link);
    core().detach(*ours, now());
    uncount(link);
    link.detach(true, amqp::ErrorView{kUnauthorizedAccess, policy::kLinkDisallowed, {}});
    answer_in_order();  // it may have been the one that others waited for
    wake();
}

void ClientConnection::log_policy(Level level, std::string_view what) {
    if (may_log(router_config::LogModule::policy, level)) {
        WEFT_LOG(router_config::LogModule::policy, level, tag() + " " + std::string(what));
    }
}

// --- attaches -----------------------------------------------------------------------------------

void ClientConnection::on_attach(amqp::Link& link, const amqp::Attach& attach) {
    if (policing() != nullptr && !link.passes()) [[unlikely]] {
        if (const auto refused = policing()->refuses(link, attach)) {
            log_policy(Level::info,
                       "DENY AMQP Attach " + std::string(attach.receiver ? "receiver" : "sender") +
                           " link \"" + std::string(link.name()) + "\": " + refused->why);
            note_refused("link", address_in(attach), refused->why + policing()->rule(),
                         policy::kLinkRemedy);
            refuse_link(link, {refused->condition, std::string(policy::kLinkDisallowed)});
            return;
        }
    }
    if (take_routed(link, attach)) {
        return;
    }
    if (is_for_routed(link.session())) {
        refuse_link(link, {kNotAllowed,
                           "this session is for the links that the router attaches; "
                           "attach on a session of your own"});
        return;
    }
    if (!has_address_too(attach)) [[likely]] {
        take_named(link, attach);
        return;
    }
    amqp::Attach dynamic = attach;
    (attach.receiver ? dynamic.source : dynamic.target)->address.reset();
    take_named(link, dynamic);
}

/// By the names that the router knows.
void ClientConnection::take_named(amqp::Link& link, const amqp::Attach& attach) {
    if (tenancy() == nullptr) [[likely]] {
        take_attach(link, attach);
        return;
    }
    amqp::Attach whole = attach;
    Tenancy::Memory memory;
    if (const auto named = tenancy()->make_whole(link, whole, memory); !named) {
        refuse_link(link, named.error());
        return;
    }
    take_attach(link, whole);
}

void ClientConnection::take_attach(amqp::Link& link, const amqp::Attach& attach) {
    if (!observer().routes(*this, link, attach)) {
        attach_plain(link, attach);
    }
}

void ClientConnection::attach_plain(amqp::Link& link, const amqp::Attach& attach) {
    auto request = read_attach(attach);
    if (!request) {
        note_refused("link", address_in(attach), request.error().text, {});
        refuse_link(link, request.error());
        return;
    }
    attach_as(link, attach, *request);
}

void ClientConnection::attach_as(amqp::Link& link,
                                 const amqp::Attach& attach,
                                 const router::AttachRequest& request) {
    router::AttachRequest whole = request;
    whole.capacity = profile().link_capacity;
    whole.session = link.session().channel();
    whole.port_link = reinterpret_cast<std::uintptr_t>(&link);
    const auto attached = core().attach(core_connection(), whole);
    if (!attached) {
        note_refused("link", address_in(attach),
                     std::string(attached.error().condition) + ": " + attached.error().text, {});
        refuse_link(link, attached.error());
        return;
    }
    router::Link& ours = *attached->link;
    tie(link, ours);
    WEFT_LOG(router_config::LogModule::router_core, Level::debug,
             tag() + "[L" + std::to_string(ours.id) + "] attached " +
                 (attach.receiver ? "out " : "in ") + attached->address);
    bool known = true;
    if (attach.receiver) {
        // Whoever is told that it receives misses no message that anyone sends from then on.
        core().activate(ours, now());
        known = observer().others_know(*this, ours);
    }
    amqp::Attach reply = reply_to(attach, attached->address, max_message_size());
    std::string own;
    if (tenancy() != nullptr) [[unlikely]] {
        tenancy()->make_own(reply, ours.direction, own);
    }
    Buffer offered;
    if (attach.receiver && ours.address->wildcard != nullptr) {
        offered = amqp::capabilities({kWildcardsCapability});
        reply.offered_capabilities = offered;
    }
    if (known && pending_.empty()) {
        accept(link, reply);
        return;
    }
    if (!pending_.expect(link, ours, reply)) {
        core().detach(ours, now());
        refuse_link(link, {kResourceLimitExceeded, std::string(kTooManyAttaches)});
        return;
    }
    if (known) {
        pending_.accept(ours.id);
    }
}

void ClientConnection::accept(amqp::Link& link, const amqp::Attach& reply) {
    router::Link& ours = *core_link(link);
    if (!link.accept(reply)) {
        log_refused(link, {kFrameSizeTooSmall, "the answer to its attach is too large for it"});
        uncount(link);
        core().detach(ours, now());
        return;
    }
    start(link, ours);
}

void ClientConnection::start(amqp::Link& link, router::Link& ours) {
    if (ours.direction == router::Direction::in) {
        core().activate(ours, now());
    } else if (link.credit() > 0 || link.drain()) {
        renew_credit(link);
    }
}

void ClientConnection::answer(std::uint64_t id) {
    pending_.accept(id);
    answer_in_order();
    wake();
}

void ClientConnection::answer_in_order() {
    const auto is_gone = [this](router::LinkRef ours) {
        const router::Link* const link = core().links().find(ours);
        return link == nullptr || link->is_deserted();
    };
    while (const auto answer = pending_.take(is_gone)) {
        wire::Reader in{answer->reply};
        (void)in.descriptor();
        const auto reply = amqp::decode_attach(in.rest());
        WEFT_CHECK(reply);  // we wrote it
        if (answer->refusal) {
            core().detach(*core_link(*answer->link), now());
            refuse_link(*answer->link, *answer->refusal);
        } else {
            accept(*answer->link, *reply);
        }
    }
}

void ClientConnection::on_detach(amqp::Link& link, bool closed, const amqp::ErrorView* error) {
    uncount(link);
    if (error != nullptr && error->condition == kMessageSizeExceeded && link.is_receiver()) {
        end_oversize();
    }
    if (take_routed(link, closed, error)) {
        return;
    }
    router::Link* ours = core_link(link);
    if (ours == nullptr) {
        observer().forget(link);
        return;  // it was refused, or was not attached yet
    }
    if (error != nullptr && may_log(io::Module::server, Level::info)) {
        log_error("[L" + std::to_string(ours->id) + "] detached", error);
    }
    observer().forget(link);
    core().detach(*ours, now());
    answer_in_order();  // it may have been the one that others waited for
}

// --- deliveries and credit ----------------------------------------------------------------------

void ClientConnection::on_transfer(amqp::Link& link,
                                   const amqp::IncomingTransfer& transfer,
                                   amqp::Context& context) {
    WEFT_DCHECK(core_link(link) != nullptr);  // until it is tied, the peer has no credit
    if (tenancy() != nullptr) [[unlikely]] {
        tenancy()->charge(link.session(), transfer.first, transfer.payload.size(), now());
    }
    if (!transfer.state.empty() && !transfer.aborted) [[unlikely]] {
        if (const auto why = refuses_part(link, *core_link(link), transfer.state)) {
            refuse_part(link, transfer, context, *why);
            return;
        }
        if (wire::outcome_of(transfer.state) == wire::Outcome::transactional &&
            core_link(link)->address != nullptr) {  // else the core judges it
            amqp::IncomingTransfer outside = transfer;
            outside.state = {};  // nothing is part of a transaction that no broker keeps
            core().on_transfer(*core_link(link), {outside}, context, now());
            return;
        }
    }
    core().on_transfer(*core_link(link), {transfer}, context, now());
}

/// It is not the core's, or no longer; who sent it settled would not hear of it.
void ClientConnection::refuse_part(amqp::Link& link,
                                   const amqp::IncomingTransfer& transfer,
                                   amqp::Context& context,
                                   const Error& why) {
    if (!transfer.first) {  // what the core has of it ends: others wait behind that
        core().on_transfer(*core_link(link), {{.id = transfer.id, .first = false, .aborted = true}},
                           context, now());
    }
    if (transfer.settled) {
        observer().forget(link);
        core().detach(*core_link(link), now());
        uncount(link);
        link.detach(true, amqp::ErrorView{why.condition, why.text, {}});
    } else {
        link.update(transfer.id, wire::rejected(why.condition, why.text), /*settled=*/true);
        if (transfer.first) {
            link.grant(link.credit() + 1);  // the core has not seen it
        }
    }
    wake();
}

void ClientConnection::on_window(amqp::Session& session) {
    tell_room(session);
    core().on_writable(core_connection(), now(), session.channel());
}

bool ClientConnection::on_over(amqp::Session& session) {
    PeerConnection::on_over(session);
    if (machine().is_open()) {  // else on_closed follows
        core().end(core_connection(), session.channel());
        machine().spend(router::Limits{}.slice);
        answer_in_order();
    }
    return true;
}

void ClientConnection::on_credit(amqp::Link& link) {
    renew_credit(link);
}

}  // namespace weft::node
