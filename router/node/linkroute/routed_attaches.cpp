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

constexpr std::size_t kAskSteps = 10;

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
            routing_.out_[kHomeLoop].add({.kind = Kind::over, .pair = pair_});
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
           (look_ups_ != nullptr && !connection.in_core().traits.is_uplink &&
            look_ups_->holds(connection, link, attach)) ||
           route(connection, link, attach);
}

void RoutedAttaches::look_up_by(LookUps::Ask ask) {
    look_ups_ = std::make_unique<LookUps>(
        attaches_, std::move(ask),
        LookUps::GoOn{.here =
                          [this](PeerConnection& connection, amqp::Link& link,
                                 const amqp::Attach& attach, Found found) {
                              if (!route(connection, link, attach, found)) {
                                  connection.attach_plain(link, attach);
                              }
                              connection.wake();
                          },
                      .of_loop = [this](std::size_t from, const PairWord& word, Bytes bytes,
                                        Found found) { asked(from, word, bytes, found); }});
}

bool RoutedAttaches::route(PeerConnection& connection,
                           amqp::Link& link,
                           const amqp::Attach& attach,
                           Found found) {
    if (router_ == nullptr) {
        if (!waiting_.contains(&connection) && (!asking_ || !wanted_address(attach))) {
            return false;
        }
        ask_home(connection, link, attach);
        return true;
    }
    const std::uint64_t id = core_.links().take_id();
    auto far = router_->route({.session = asking_session(connection, link),
                               .container = connection.engine().remote_container(),
                               .attach = attach,
                               .id = id,
                               .transacts = transacts(link.session()),
                               .found = found});
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
    const AskingSession session = asking_session(connection, link);
    out_[kHomeLoop].add({.kind = Kind::ask,
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
    if (look_ups_ != nullptr) {
        look_ups_->forget(link);
    }
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
    if (look_ups_ != nullptr) {
        look_ups_->forget(session);
    }
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
void RoutedAttaches::asked(std::size_t from, const PairWord& word, Bytes bytes, Found found) {
    const amqp::Attach attach = read_attach_word(bytes.subspan(word.number));
    auto far = router_->route({.session = {.connection = word.value, .channel = word.session},
                               .container = as_text(bytes.first(word.number)),
                               .attach = attach,
                               .id = word.pair,
                               .transacts = word.settled,
                               .is_late = word.closed,
                               .found = found});
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
            out_[kHomeLoop].add({.kind = Kind::lost, .closed = true, .pair = word.pair});
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
    cross(near, word.pair, kHomeLoop);
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
        if (look_ups_ == nullptr || word.closed || !look_ups_->holds(from, word, bytes)) {
            asked(from, word, bytes, Found::plain);
        }
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
        out_[kHomeLoop].add({.kind = Kind::gone, .value = connection});
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
        cross(*end, word.pair, kHomeLoop);
        crossing_.at(word.pair)->offered = end;
        return;
    }
    out_[kHomeLoop].add({.kind = Kind::over, .closed = true, .pair = word.pair});
    const amqp::ErrorView error{refusal.condition, refusal.text, {}};
    out_[kHomeLoop].add({.kind = Kind::detached, .pair = word.pair},
                        [&](Buffer& out) { write(out, true, &error); });
    out_[kHomeLoop].add({.kind = Kind::lost, .closed = true, .pair = word.pair});
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
