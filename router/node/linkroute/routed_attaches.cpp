#include "router/node/linkroute/routed_attaches.hpp"

#include "common/amqp/passage.hpp"
#include "common/base/conditions.hpp"
#include "router/node/linkroute/termini.hpp"
#include "router/node/peer_connection.hpp"
#include "router/node/tenancy.hpp"

#include <utility>

namespace weft::node {
namespace {

using Kind = PairWord::Kind;

constexpr std::size_t kHome = 0;

constexpr std::size_t kAskSteps = 10;

/// What an attach takes while home is asked.
std::size_t memory_of(const Buffer& attach) {
    constexpr std::size_t kOverhead = 256;
    return kOverhead + 2 * attach.size();  // it is on its way, too
}

AskingSession session_of(const PeerConnection& connection, const amqp::Link& link) {
    return {.connection = connection.in_core().id,
            .channel = link.session().channel(),
            .of_router = connection.profile().peers == router_config::Role::inter_router ||
                         connection.profile().peers == router_config::Role::edge};
}

/// The condition is one of ours, which outlive all; another's becomes the most general one.
std::string_view condition_of(std::string_view condition) {
    for (const std::string_view known :
         {kNoRoute, LinkRouter::kExpiration, kResourceLimitExceeded, kResourceLocked, kNotFound,
          kNotImplemented, kPreconditionFailed}) {
        if (condition == known) {
            return known;
        }
    }
    return kInternalError;
}

}  // namespace

/// An end whose partner is on another loop.
class RoutedAttaches::Crossing final : public RoutedGuard {
public:
    Crossing(RoutedAttaches& routing,
             linkroute::PairEnd& its_end,
             std::uint64_t asker,
             std::uint64_t pair,
             PairWords& out)
        : end{its_end},
          partner{pair, out, routing.list_.words(), asker},
          routing_{routing},
          pair_{pair} {}
    ~Crossing() override {
        routing_.crossing_.erase(pair_);
        if (offered != nullptr) {
            routing_.out_[kHome].add({.kind = Kind::over, .pair = pair_});
        }
    }

    linkroute::PairEnd& end;
    DistantPartner partner;
    const RoutedEnd* offered = nullptr;  // by home, which is to hear when it is gone

private:
    RoutedAttaches& routing_;
    std::uint64_t pair_;
};

RoutedAttaches::RoutedAttaches(router::Core& core,
                               MemoryShares& attaches,
                               std::size_t count,
                               Hand hand)
    : core_{core},
      attaches_{attaches},
      hand_{std::move(hand)},
      out_(count),
      coordinators_{list_,
                    [this](const AskingSession& session,
                           const std::string& container,
                           BrokerControl& control) { open_control(session, container, control); },
                    [this](BrokerControl& control) { forget_control(control); }},
      moves_{
          attaches,
          {.is_asked =
               [this](const amqp::Session& session) { return pairs_asked_.contains(&session); },
           .move = [this](PeerConnection& connection, amqp::Link& link) { move(connection, link); },
           .go_on = [this](PeerConnection& connection,
                           amqp::Link& link,
                           const amqp::Attach& attach) { go_on(connection, link, attach); }}} {}

RoutedAttaches::~RoutedAttaches() {
    coordinators_.clear();  // before the ends of its links to brokers go
}

// --- a peer asks --------------------------------------------------------------------------------

RoutedEnd& RoutedAttaches::add_asked(PeerConnection& connection,
                                     amqp::Link& link,
                                     const amqp::Attach& attach,
                                     std::uint64_t id,
                                     std::string broker) {
    return connection.routed_links().add_asked(link, {.id = id,
                                                      .asker = connection.in_core().id,
                                                      .address = *wanted_address(attach),
                                                      .broker = std::move(broker),
                                                      .survives = survives(attach)});
}

bool RoutedAttaches::routes(PeerConnection& connection,
                            amqp::Link& link,
                            const amqp::Attach& attach) {
    return (is_coordinator(attach) && moves_.holds(connection, link, attach)) ||
           route(connection, link, attach);
}

bool RoutedAttaches::route(PeerConnection& connection,
                           amqp::Link& link,
                           const amqp::Attach& attach) {
    if (router_ == nullptr) {
        if (!waiting_.contains(&connection) && (!asking_ || !wanted_address(attach))) {
            return false;
        }
        ask_home(connection, link, attach);
        return true;
    }
    const std::uint64_t id = core_.links().take_id();
    auto far = router_->route({.session = session_of(connection, link),
                               .container = connection.engine().remote_container(),
                               .attach = attach,
                               .id = id,
                               .transacts = transacts(link.session())});
    link.session().engine().spend(router_->take_steps());
    if (!far) {
        connection.refuse_link(link, far.error());
        return true;
    }
    if (far->coordinates) {
        coordinate(connection, link, attach, id);
        return true;
    }
    if (far->end == nullptr && !far->offer) {
        return false;
    }
    const auto told = amqp::Passage{link}.begin();
    RoutedEnd& near = add_asked(connection, link, attach, id, std::move(far->broker));
    if (far->end != nullptr) {
        near.set_peer(far->end->facts().id);
        near.machine().join(far->end->machine());
        far->end->machine().join(near.machine());
    } else {
        const std::uint64_t number = far->offer->facts.id;
        near.set_peer(number);
        cross(near, number, ask_for(*far->offer));
    }
    coordinators_.enter(link.session(), near);
    if (told) {
        near.machine().on_flow(*told);
    }
    return true;
}

void RoutedAttaches::ask_home(PeerConnection& connection,
                              amqp::Link& link,
                              const amqp::Attach& attach,
                              bool is_late) {
    Buffer written;
    write(written, attach);
    if (!attaches_.keep(connection.in_core().id, memory_of(written))) {
        if (is_late) {
            return;  // it stays as it is
        }
        connection.refuse_link(link, {kResourceLimitExceeded, std::string(kTooManyAttaches)});
        return;
    }
    const std::uint64_t pair = core_.links().take_id();
    const std::string& container = connection.engine().remote_container();
    Asked& asked = asked_[pair];
    asked.connection = &connection;
    asked.link = &link;
    asked.attach = std::move(written);
    pairs_asked_[&link.session()].emplace(&link, pair);
    ++waiting_[&connection];
    const amqp::Session& in = link.session();
    const bool is_of_transactions = is_late || transacts(in);
    asked.is_late = is_late;
    if (is_coordinator(attach)) {
        asked.coordinates = &in;
        coordinators_asked_.insert(&in);
    }
    const AskingSession session = session_of(connection, link);
    out_[kHome].add({.kind = Kind::ask,
                     .settled = is_of_transactions,
                     .closed = is_late,
                     .session = session.channel,
                     .number = static_cast<std::uint32_t>(container.size()),
                     .pair = pair,
                     .value = session.connection},
                    [&](Buffer& out) {
                        out.insert(out.end(), container.begin(), container.end());
                        out.insert(out.end(), asked.attach.begin(), asked.attach.end());
                    });
}

/// Links of the session may have a part in transactions.
bool RoutedAttaches::transacts(const amqp::Session& session) const {
    return coordinators_.has(session) || coordinators_asked_.contains(&session) ||
           moves_.has(session);
}

void RoutedAttaches::forget(const amqp::Link& link) {
    moves_.forget(link);
    const auto of_session = pairs_asked_.find(&link.session());
    if (of_session == pairs_asked_.end()) {
        return;
    }
    if (const auto at = of_session->second.find(&link); at != of_session->second.end()) {
        forget_pair(at->second);
        of_session->second.erase(at);
        if (of_session->second.empty()) {
            pairs_asked_.erase(of_session);
        }
    }
}

void RoutedAttaches::forget(const amqp::Session& session) {
    coordinators_.forget(session);
    moves_.forget(session);
    const auto of_session = pairs_asked_.extract(&session);
    if (!of_session.empty()) {
        for (const auto& [link, pair] : of_session.mapped()) {
            forget_pair(pair);
        }
    }
}

/// It is answered, or nobody waits for that any more.
void RoutedAttaches::forget_pair(std::uint64_t pair) {
    const auto at = asked_.find(pair);
    const PeerConnection* const connection = at->second.connection;
    attaches_.give_back(connection->in_core().id, memory_of(at->second.attach));
    if (at->second.coordinates != nullptr) {
        coordinators_asked_.erase(coordinators_asked_.find(at->second.coordinates));
    }
    asked_.erase(at);
    const auto waiting = waiting_.find(connection);
    if (--waiting->second == 0) {
        waiting_.erase(waiting);
    }
}

// --- between loops ------------------------------------------------------------------------------

/// What is returned is to be kept as long as the end is.
std::unique_ptr<RoutedGuard> RoutedAttaches::cross(linkroute::PairEnd& end,
                                                   std::uint64_t asker,
                                                   std::uint64_t pair,
                                                   std::size_t to) {
    auto crossing = std::make_unique<Crossing>(*this, end, asker, pair, out_[to]);
    crossing_.emplace(pair, crossing.get());
    end.join(crossing->partner);
    return crossing;
}

void RoutedAttaches::cross(RoutedEnd& end, std::uint64_t pair, std::size_t to) {
    end.keep(cross(end.machine(), end.facts().asker, pair, to));
}

/// On home: another loop asks.
void RoutedAttaches::asked(std::size_t from, const PairWord& word, Bytes bytes) {
    const amqp::Attach attach = read_attach_word(bytes.subspan(word.number));
    auto far = router_->route({.session = {.connection = word.value, .channel = word.session},
                               .container = as_text(bytes.first(word.number)),
                               .attach = attach,
                               .id = word.pair,
                               .transacts = word.settled,
                               .is_late = word.closed});
    steps_ += router_->take_steps();
    if (!far) {
        const amqp::ErrorView error{far.error().condition, far.error().text, {}};
        out_[from].add({.kind = Kind::refused, .pair = word.pair},
                       [&](Buffer& out) { write(out, true, &error); });
    } else if (far->end != nullptr) {
        out_[from].add({.kind = Kind::taken, .pair = word.pair, .value = far->end->facts().id},
                       [&](Buffer& out) { append(out, as_bytes(far->broker)); });
        cross(*far->end, word.pair, from);
    } else if (far->offer) {
        const std::uint64_t number = far->offer->facts.id;
        out_[from].add({.kind = Kind::taken, .pair = word.pair, .value = number});
        switchboard_.connect({.loop = from, .number = word.pair},
                             {.loop = ask_for(*far->offer), .number = number});
    } else {
        out_[from].add(
            {.kind = far->coordinates ? Kind::coordinates : Kind::plain, .pair = word.pair});
    }
}

/// Home has decided on a link of this loop's.
void RoutedAttaches::answered(const PairWord& word, Bytes bytes) {
    if (answered_control(word, bytes)) {
        return;
    }
    const auto at = asked_.find(word.pair);
    if (at == asked_.end()) {  // it is gone meanwhile
        if (word.kind == Kind::taken) {
            out_[kHome].add({.kind = Kind::lost, .closed = true, .pair = word.pair});
        }
        return;
    }
    const Asked asked = at->second;
    forget(*asked.link);
    if (asked.is_late) {
        moved(asked, word, bytes);
        return;
    }
    if (word.kind == Kind::refused) {
        const auto why = read_detach_word(bytes).error.value();
        asked.connection->refuse_link(*asked.link,
                                      {condition_of(why.condition), std::string(why.description)});
        return;
    }
    const amqp::Attach attach = read_attach_word(asked.attach);
    if (word.kind == Kind::plain) {
        asked.connection->attach_plain(*asked.link, attach);
        asked.connection->wake();
        return;
    }
    if (word.kind == Kind::coordinates) {
        coordinate(*asked.connection, *asked.link, attach, word.pair);
        return;
    }
    const auto told = amqp::Passage{*asked.link}.begin();
    RoutedEnd& near =
        add_asked(*asked.connection, *asked.link, attach, word.pair, std::string(as_text(bytes)));
    near.set_peer(word.value);
    cross(near, word.pair, kHome);
    coordinators_.enter(asked.link->session(), near);
    if (told) {
        near.machine().on_flow(*told);
    }
}

void RoutedAttaches::receive(std::size_t from, PairWords words) {
    received_.push_back({.from = from, .words = std::move(words)});
    go_on();
}

void RoutedAttaches::go_on() {
    list_.go_on();
    while (!received_.empty() && steps_ < kStepsMax) {
        Received& received = received_.front();
        if (received.next == received.words.words.size()) {
            received_.pop_front();
            continue;
        }
        const PairWord& word = received.words.words[received.next++];
        const Bytes bytes = Bytes{received.words.bytes}.subspan(received.bytes, word.size);
        received.bytes += word.size;
        ++steps_;
        take(received.from, word, bytes);
    }
}

void RoutedAttaches::take(std::size_t from, const PairWord& word, Bytes bytes) {
    if (word.kind == Kind::ask) {
        asked(from, word, bytes);
    } else if (word.kind == Kind::plain || word.kind == Kind::taken || word.kind == Kind::refused ||
               word.kind == Kind::coordinates) {
        steps_ += kAskSteps;
        answered(word, bytes);
    } else if (!take_of_connection(word, bytes)) {
        note(word);
        pass_on(word, bytes);
    }
}

/// Home hears what becomes of the far ends on other loops.
void RoutedAttaches::note(const PairWord& word) {
    const bool attached = word.kind == Kind::attached;
    if (router_ != nullptr &&
        (attached || word.kind == Kind::detached || word.kind == Kind::lost)) {
        router_->heard(word.pair, attached);
    }
}

/// What one end of a pair says to the other.
void RoutedAttaches::pass_on(const PairWord& word, Bytes bytes) {
    if (const auto at = crossing_.find(word.pair); at != crossing_.end()) {
        say(word, bytes, at->second->end, at->second->partner);
    } else if (const auto to = switchboard_.pass(word)) {
        PairWord passed = word;
        passed.pair = to->number;
        out_[to->loop].add(passed, [bytes](Buffer& out) { append(out, bytes); });
    }
}

// --- links that were attached before their session had a coordinator
// -------------------------------

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
    auto far = router_->route({.session = session_of(connection, link),
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
    if (word.kind != Kind::taken) {
        return;  // it stays as it is
    }
    amqp::Link& link = *asked.link;
    const router::Link* const ours = asked.connection->kept_by_brokers(link);
    if (ours == nullptr || !Moves::is_ready(link, *ours)) {
        out_[kHome].add({.kind = Kind::lost, .closed = true, .pair = word.pair});
        return;
    }
    std::optional<amqp::Flow> told;
    RoutedEnd& near =
        add_attached(*asked.connection, link, word.pair, std::string(as_text(bytes)), told);
    near.set_peer(word.value);
    cross(near, word.pair, kHome);
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
    coordinators_.serve(session, session_of(connection, link),
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
        out_[kHome].add({.kind = Kind::ask,
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
    if (word.kind != Kind::taken) {
        const auto why = word.kind == Kind::refused ? read_detach_word(bytes).error : std::nullopt;
        control.refused(why ? why->description : std::string_view(no_route().text));
    } else if (control.end().is_over()) {
        out_[kHome].add({.kind = Kind::lost, .closed = true, .pair = word.pair});
    } else {
        controls_crossing_[&control] = cross(control.end(), asked.mapped().asker, word.pair, kHome);
    }
    return true;
}

// --- connections that made link routes for themselves, on other loops ---------------------------

void RoutedAttaches::set_router(LinkRouter& router) {
    router_ = &router;
    if (out_.size() > 1) {
        router.tell_other_loops([this](std::uint64_t connection, std::uint64_t id, Kind kind) {
            out_[loop_of(connection)].add({.kind = kind, .pair = id});
        });
    }
}

/// Home asks for a far end on another loop; returns which.
std::size_t RoutedAttaches::ask_for(FarOffer& offer) {
    const std::size_t to = loop_of(offer.connection);
    write(out_[to], offer);
    guards_.emplace(offer.facts.id, std::move(offer.guard));
    return to;
}

/// Of the loop that gave out the id, as CoreOptions::id_step says.
std::size_t RoutedAttaches::loop_of(std::uint64_t id) const {
    return (id - 1) % out_.size();
}

void RoutedAttaches::watch(std::uint64_t connection) {
    out_[loop_of(connection)].add({.kind = Kind::made, .value = connection});
}

void RoutedAttaches::gone(std::uint64_t connection) {
    if (watched_.erase(connection) > 0) {
        out_[kHome].add({.kind = Kind::gone, .value = connection});
    }
}

/// False: it is something else.
bool RoutedAttaches::take_of_connection(const PairWord& word, Bytes bytes) {
    if (word.kind == Kind::made) {
        watched_.insert(word.value);
        if (!connections_->contains(word.value)) {
            gone(word.value);
        }
    } else if (word.kind == Kind::gone) {
        router_->gone(word.value);
    } else if (word.kind == Kind::offer) {
        steps_ += kAskSteps;
        offered(word, bytes);
    } else if (word.kind == Kind::withdraw || word.kind == Kind::steal) {
        give_up(word);
    } else if (word.kind == Kind::over) {
        router_->over(word.pair, /*refused=*/word.closed);
        guards_.erase(word.pair);
    } else {
        return false;
    }
    return true;
}

/// Home asks for a link to a connection of this loop.
void RoutedAttaches::offered(const PairWord& word, Bytes bytes) {
    FarOffer offer = read_offer_word(word, bytes);
    const auto connection = connections_->find(offer.connection);
    const bool is_there = connection != connections_->end();
    const Error refusal = is_there ? not_offered(offer.facts) : no_route();
    RoutedEnd* const end = is_there ? connection->second->routed_links().offer(
                                          offer.session, read_attach_word(offer.attach),
                                          offer.other_name, std::move(offer.facts))
                                    : nullptr;
    if (end != nullptr) {
        cross(*end, word.pair, kHome);
        crossing_.at(word.pair)->offered = end;
        return;
    }
    out_[kHome].add({.kind = Kind::over, .closed = true, .pair = word.pair});
    const amqp::ErrorView error{refusal.condition, refusal.text, {}};
    out_[kHome].add({.kind = Kind::detached, .pair = word.pair},
                    [&](Buffer& out) { write(out, true, &error); });
    out_[kHome].add({.kind = Kind::lost, .closed = true, .pair = word.pair});
}

/// Home ends a pair whose far end is here, unless that has changed meanwhile.
void RoutedAttaches::give_up(const PairWord& word) {
    const auto at = crossing_.find(word.pair);
    if (at == crossing_.end()) {
        return;
    }
    const bool is_late = word.kind == Kind::withdraw;
    const Crossing& crossing = *at->second;
    linkroute::PairEnd& machine = crossing.end;
    if (machine.life() != (is_late ? RoutedEnd::Life::offered : RoutedEnd::Life::open)) {
        return;
    }
    if (!is_late) {
        log_stolen(*crossing.offered);
    }
    machine.give_up(is_late ? kUnansweredError : kStolenError);
}

void RoutedAttaches::end_turn() {
    steps_ = 0;
    coordinators_.work();
    list_.end_turn();
    for (std::size_t to = 0; to < out_.size(); ++to) {
        if (!out_[to].empty()) {
            hand_(to, std::exchange(out_[to], {}));
        }
    }
}

}  // namespace weft::node
