#include "common/amqp/passage.hpp"
#include "common/base/conditions.hpp"
#include "router/node/linkroute/routed_attaches.hpp"
#include "router/node/linkroute/termini.hpp"
#include "router/node/peer_connection.hpp"
#include "router/node/tenancy.hpp"

#include <utility>

/// What a session with transactions asks, which the router coordinates.
namespace weft::node {

AskingSession asking_session(const PeerConnection& connection, const amqp::Link& link) {
    return {.connection = connection.in_core().id,
            .channel = link.session().channel(),
            .of_router = connection.profile().peers == router_config::Role::inter_router ||
                         connection.profile().peers == router_config::Role::edge};
}

// --- links that were attached before their session had a coordinator ----------------------------

/// The session's links are moved, as far as they can be.
void RoutedAttaches::go_on(PeerConnection& connection,
                           amqp::Link& link,
                           const amqp::Attach& attach) {
    if (!route(connection, link, attach)) {
        connection.attach_plain(link, attach);
    }
}

/// A link that is attached is to be passed on to its broker; or stays as it is.
void RoutedAttaches::move(PeerConnection& connection, amqp::Link& link) {
    amqp::Attach attach = Moves::attach_of(link, *connection.kept_by_brokers(link));
    std::string name;
    if (const Tenancy* const tenancy = connection.tenancy()) {
        name = tenancy->link_name(attach.name);
        attach.name = name;
    }
    if (router_ == nullptr) {
        ask_home(connection, link, attach, /*is_late=*/true);
        return;
    }
    const std::uint64_t id = core_.links().take_id();
    auto far = router_->route({.session = asking_session(connection, link),
                               .container = connection.engine().remote_container(),
                               .attach = attach,
                               .id = id,
                               .transacts = true,
                               .is_late = true});
    link.session().engine().spend(router_->take_steps());
    if (!far || far->end == nullptr) {
        return;
    }
    std::optional<amqp::Flow> told;
    RoutedEnd& near = add_attached(connection, link, id, std::move(far->broker), told);
    near.set_peer(far->end->facts().id);
    near.machine().join(far->end->machine());
    far->end->machine().join(near.machine());
    coordinators_.enter(link.session(), near);
    if (told) {
        near.machine().on_flow(*told);
    }
}

/// A link that is attached passes from now on; `told`: what its peer has said of credit.
RoutedEnd& RoutedAttaches::add_attached(PeerConnection& connection,
                                        amqp::Link& link,
                                        std::uint64_t id,
                                        std::string broker,
                                        std::optional<amqp::Flow>& told) {
    const router::Link& ours = *connection.kept_by_brokers(link);
    RoutedFacts facts{.id = id,
                      .asker = connection.in_core().id,
                      .address = std::string(ours.address->key.name()),
                      .broker = std::move(broker),
                      .late = linkroute::PairEnd::Late{}};
    told = amqp::Passage{link}.begin();
    if (!link.is_receiver()) {
        facts.late->count = link.delivery_count();
    }
    const auto past = connection.leave_core(link);
    RoutedEnd& near = connection.routed_links().add_attached(link, std::move(facts));
    near.past() = past;
    return near;
}

/// Home has decided on such a link.
void RoutedAttaches::moved(const Asked& asked, const PairWord& word, Bytes bytes) {
    if (word.kind != PairWord::Kind::taken) {
        return;  // it stays as it is
    }
    amqp::Link& link = *asked.link;
    const router::Link* const ours = asked.connection->kept_by_brokers(link);
    if (ours == nullptr || !Moves::is_ready(link, *ours)) {
        out_[kHomeLoop].add({.kind = PairWord::Kind::lost, .closed = true, .pair = word.pair});
        return;
    }
    std::optional<amqp::Flow> told;
    RoutedEnd& near =
        add_attached(*asked.connection, link, word.pair, std::string(as_text(bytes)), told);
    near.set_peer(word.value);
    cross(near, word.pair, kHomeLoop);
    coordinators_.enter(link.session(), near);
    if (told) {
        near.machine().on_flow(*told);
    }
}

// --- transactions that the router coordinates ---------------------------------------------------

void RoutedAttaches::coordinate(PeerConnection& connection,
                                amqp::Link& link,
                                const amqp::Attach& attach,
                                std::uint64_t id) {
    amqp::Session& session = link.session();
    if (!coordinators_.is_free(session)) {
        connection.refuse_link(
            link, {kNotAllowed, "the session has a link to its coordinator: use that one"});
        return;
    }
    const auto told = amqp::Passage{link}.begin();
    const bool is_new = !coordinators_.has(session);
    const std::vector<RoutedEnd*> others =
        is_new ? connection.routed_links().ends_of(session) : std::vector<RoutedEnd*>{};
    RoutedEnd& near = add_asked(connection, link, attach, id, {});
    coordinators_.serve(session, asking_session(connection, link),
                        connection.engine().remote_container(), near, attach);
    for (RoutedEnd* const other : others) {
        coordinators_.enter(session, *other);
    }
    if (told) {
        near.machine().on_flow(*told);
    }
}

/// A link to a broker's coordinator, for a session that has its own here.
void RoutedAttaches::open_control(const AskingSession& session,
                                  const std::string& container,
                                  BrokerControl& control) {
    const std::string address =
        router::broker_prefix(control.broker()).append("/").append(linkroute::kCoordinator);
    const std::uint64_t id = core_.links().take_id();
    const std::string name = "$coordinator." + std::to_string(id);
    amqp::Attach attach{.name = name};
    attach.source.emplace();
    attach.target.emplace().kind = amqp::Terminus::Kind::target;
    attach.target->address = address;
    attach.initial_delivery_count = 0;
    if (router_ == nullptr) {
        controls_asked_.emplace(id, AskedControl{&control, session.connection});
        control_pairs_.emplace(&control, id);
        out_[kHomeLoop].add({.kind = PairWord::Kind::ask,
                             .settled = true,
                             .session = session.channel,
                             .number = static_cast<std::uint32_t>(container.size()),
                             .pair = id,
                             .value = session.connection},
                            [&](Buffer& out) {
                                append(out, as_bytes(container));
                                write(out, attach);
                            });
        return;
    }
    auto far = router_->route({.session = session,
                               .container = container,
                               .attach = attach,
                               .id = id,
                               .transacts = true});
    if (!far || far->end == nullptr) {  // a broker's link routes are of no other loop
        control.refused(far ? no_route().text : far.error().text);
        return;
    }
    control.end().join(far->end->machine());
    far->end->machine().join(control.end());
}

/// It is about to be destroyed.
void RoutedAttaches::forget_control(BrokerControl& control) {
    if (const auto pair = control_pairs_.extract(&control); !pair.empty()) {
        controls_asked_.erase(pair.mapped());
    }
    controls_crossing_.erase(&control);
}

/// False: home was asked for something else.
bool RoutedAttaches::answered_control(const PairWord& word, Bytes bytes) {
    const auto asked = controls_asked_.extract(word.pair);
    if (asked.empty()) {
        return false;
    }
    BrokerControl& control = *asked.mapped().control;
    control_pairs_.erase(&control);
    if (word.kind != PairWord::Kind::taken) {
        const auto why =
            word.kind == PairWord::Kind::refused ? read_detach_word(bytes).error : std::nullopt;
        control.refused(why ? why->description : std::string_view(no_route().text));
    } else if (control.end().is_over()) {
        out_[kHomeLoop].add({.kind = PairWord::Kind::lost, .closed = true, .pair = word.pair});
    } else {
        controls_crossing_[&control] =
            cross(control.end(), asked.mapped().asker, word.pair, kHomeLoop);
    }
    return true;
}
}  // namespace weft::node
