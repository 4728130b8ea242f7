#include "router/node/linkroute/routed_attaches.hpp"

#include "common/amqp/passage.hpp"
#include "common/base/conditions.hpp"
#include "router/node/linkroute/termini.hpp"
#include "router/node/peer_connection.hpp"

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
            .of_router = connection.profile().peers == router_config::Role::inter_router};
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
    Crossing(RoutedAttaches& routing, RoutedEnd& its_end, std::uint64_t pair, PairWords& out)
        : end{its_end},
          partner{pair, out, routing.list_.words(), its_end.facts().asker},
          routing_{routing},
          pair_{pair} {}
    ~Crossing() override { routing_.crossing_.erase(pair_); }

    RoutedEnd& end;
    DistantPartner partner;

private:
    RoutedAttaches& routing_;
    std::uint64_t pair_;
};

RoutedAttaches::RoutedAttaches(router::Core& core,
                               MemoryShares& attaches,
                               std::size_t count,
                               Hand hand)
    : core_{core}, attaches_{attaches}, hand_{std::move(hand)}, out_(count) {}

// --- a peer asks --------------------------------------------------------------------------------

RoutedEnd& RoutedAttaches::add_asked(PeerConnection& connection,
                                     amqp::Link& link,
                                     const amqp::Attach& attach,
                                     std::uint64_t id) {
    return connection.routed_links().add_asked(link, {.id = id,
                                                      .asker = connection.in_core().id,
                                                      .address = *wanted_address(attach),
                                                      .survives = survives(attach)});
}

bool RoutedAttaches::routes(PeerConnection& connection,
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
                               .id = id});
    link.session().engine().spend(router_->take_steps());
    if (!far) {
        connection.refuse_link(link, far.error());
        return true;
    }
    if (far->end == nullptr && !far->offer) {
        return false;
    }
    const auto told = amqp::Passage{link}.begin();
    RoutedEnd& near = add_asked(connection, link, attach, id);
    if (far->end != nullptr) {
        near.set_peer(far->end->facts().id);
        near.machine().join(far->end->machine());
        far->end->machine().join(near.machine());
    } else {
        const std::uint64_t number = far->offer->facts.id;
        const std::size_t to = loop_of(far->offer->connection);
        write(out_[to], *far->offer);
        near.set_peer(number);
        near.keep(std::move(far->offer->guard));
        cross(near, number, to);
    }
    if (told) {
        near.machine().on_flow(*told);
    }
    return true;
}

void RoutedAttaches::ask_home(PeerConnection& connection,
                              amqp::Link& link,
                              const amqp::Attach& attach) {
    Buffer written;
    write(written, attach);
    if (!attaches_.keep(connection.in_core().id, memory_of(written))) {
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
    const AskingSession session = session_of(connection, link);
    out_[kHome].add({.kind = Kind::ask,
                     .session = session.channel,
                     .number = static_cast<std::uint32_t>(container.size()),
                     .pair = pair,
                     .value = session.connection},
                    [&](Buffer& out) {
                        out.insert(out.end(), container.begin(), container.end());
                        out.insert(out.end(), asked.attach.begin(), asked.attach.end());
                    });
}

void RoutedAttaches::forget(const amqp::Link& link) {
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
    asked_.erase(at);
    const auto waiting = waiting_.find(connection);
    if (--waiting->second == 0) {
        waiting_.erase(waiting);
    }
}

// --- between loops ------------------------------------------------------------------------------

void RoutedAttaches::cross(RoutedEnd& end, std::uint64_t pair, std::size_t to) {
    auto crossing = std::make_unique<Crossing>(*this, end, pair, out_[to]);
    crossing_.emplace(pair, crossing.get());
    end.machine().join(crossing->partner);
    end.keep(std::move(crossing));
}

/// On home: another loop asks.
void RoutedAttaches::asked(std::size_t from, const PairWord& word, Bytes bytes) {
    const amqp::Attach attach = read_attach_word(bytes.subspan(word.number));
    auto far = router_->route({.session = {.connection = word.value, .channel = word.session},
                               .container = as_text(bytes.first(word.number)),
                               .attach = attach,
                               .id = word.pair});
    steps_ += router_->take_steps();
    if (!far) {
        const amqp::ErrorView error{far.error().condition, far.error().text, {}};
        out_[from].add({.kind = Kind::refused, .pair = word.pair},
                       [&](Buffer& out) { write(out, true, &error); });
    } else if (far->end != nullptr) {
        out_[from].add({.kind = Kind::taken, .pair = word.pair, .value = far->end->facts().id});
        cross(*far->end, word.pair, from);
    } else if (far->offer) {
        const std::uint64_t number = far->offer->facts.id;
        const std::size_t to = loop_of(far->offer->connection);
        out_[from].add({.kind = Kind::taken, .pair = word.pair, .value = number});
        write(out_[to], *far->offer);
        switchboard_.connect({.loop = from, .number = word.pair}, {.loop = to, .number = number},
                             std::move(far->offer->guard));
    } else {
        out_[from].add({.kind = Kind::plain, .pair = word.pair});
    }
}

/// Home has decided on a link of this loop's.
void RoutedAttaches::answered(const PairWord& word, Bytes bytes) {
    const auto at = asked_.find(word.pair);
    if (at == asked_.end()) {  // it is gone meanwhile
        if (word.kind == Kind::taken) {
            out_[kHome].add({.kind = Kind::lost, .closed = true, .pair = word.pair});
        }
        return;
    }
    const Asked asked = at->second;
    forget(*asked.link);
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
    const auto told = amqp::Passage{*asked.link}.begin();
    RoutedEnd& near = add_asked(*asked.connection, *asked.link, attach, word.pair);
    near.set_peer(word.value);
    cross(near, word.pair, kHome);
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
    } else if (word.kind == Kind::plain || word.kind == Kind::taken || word.kind == Kind::refused) {
        steps_ += kAskSteps;
        answered(word, bytes);
    } else if (!take_of_connection(word, bytes)) {
        pass_on(word, bytes);
    }
}

/// What one end of a pair says to the other.
void RoutedAttaches::pass_on(const PairWord& word, Bytes bytes) {
    if (router_ != nullptr && word.kind == Kind::attached) {  // only a far end says so
        router_->answered(word.pair);
    }
    if (const auto at = crossing_.find(word.pair); at != crossing_.end()) {
        say(word, bytes, at->second->end.machine(), at->second->partner);
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
        return;
    }
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
    linkroute::PairEnd& machine = at->second->end.machine();
    if (machine.life() == (is_late ? RoutedEnd::Life::offered : RoutedEnd::Life::open)) {
        machine.give_up(is_late ? kUnansweredError : kStolenError);
    }
}

void RoutedAttaches::end_turn() {
    steps_ = 0;
    list_.end_turn();
    for (std::size_t to = 0; to < out_.size(); ++to) {
        if (!out_[to].empty()) {
            hand_(to, std::exchange(out_[to], {}));
        }
    }
}

}  // namespace weft::node
