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

AskingSession session_of(const PeerConnection& connection, const amqp::Link& link) {
    return {.connection = connection.routed().id, .channel = link.session().channel()};
}

/// The condition is one of ours, which outlive all; another's becomes the most general one.
std::string_view condition_of(std::string_view condition) {
    for (const std::string_view known :
         {LinkRouter::kNoRoute, LinkRouter::kExpiration, kResourceLimitExceeded}) {
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
    Crossing(RoutedAttaches& routing, std::uint64_t pair, PairWords& out)
        : partner{pair, out}, routing_{routing}, pair_{pair} {}
    ~Crossing() override { routing_.crossing_.erase(pair_); }

    DistantPartner partner;

private:
    RoutedAttaches& routing_;
    std::uint64_t pair_;
};

RoutedAttaches::RoutedAttaches(router::Core& core, std::size_t count, Hand hand)
    : core_{core}, hand_{std::move(hand)}, out_(count) {}

// --- a peer asks --------------------------------------------------------------------------------

RoutedEnd& RoutedAttaches::add_asked(PeerConnection& connection,
                                     amqp::Link& link,
                                     const amqp::Attach& attach,
                                     std::uint64_t id) {
    return connection.routed_links().add_asked(
        link, {.id = id, .address = *wanted_address(attach), .survives = survives(attach)});
}

bool RoutedAttaches::routes(PeerConnection& connection,
                            amqp::Link& link,
                            const amqp::Attach& attach) {
    if (router_ == nullptr) {
        if ((!asking_ && asked_.empty()) || !wanted_address(attach)) {
            return false;
        }
        ask_home(connection, link, attach);
        return true;
    }
    const std::uint64_t id = core_.links().take_id();
    const auto far = router_->route({.session = session_of(connection, link),
                                     .container = connection.engine().remote_container(),
                                     .attach = attach,
                                     .id = id});
    if (!far) {
        connection.refuse_link(link, far.error());
        return true;
    }
    if (*far == nullptr) {
        return false;
    }
    const auto told = amqp::Passage{link}.begin();
    RoutedEnd& near = add_asked(connection, link, attach, id);
    near.set_peer((*far)->facts().id);
    near.machine().join((*far)->machine());
    (*far)->machine().join(near.machine());
    if (told) {
        near.machine().on_flow(*told);
    }
    return true;
}

void RoutedAttaches::ask_home(PeerConnection& connection,
                              amqp::Link& link,
                              const amqp::Attach& attach) {
    const std::uint64_t pair = core_.links().take_id();
    const std::string& container = connection.engine().remote_container();
    Asked& asked = asked_[pair];
    asked.connection = &connection;
    asked.link = &link;
    write(asked.attach, attach);
    pairs_asked_.emplace(&link, pair);
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
    if (const auto at = pairs_asked_.find(&link); at != pairs_asked_.end()) {
        asked_.erase(at->second);
        pairs_asked_.erase(at);
    }
}

void RoutedAttaches::forget(const amqp::Session& session) {
    std::erase_if(pairs_asked_, [&](const auto& entry) {
        const bool gone = &entry.first->session() == &session;
        if (gone) {
            asked_.erase(entry.second);
        }
        return gone;
    });
}

// --- between loops ------------------------------------------------------------------------------

linkroute::Partner& RoutedAttaches::cross(RoutedEnd& end, std::uint64_t pair, std::size_t to) {
    auto crossing = std::make_unique<Crossing>(*this, pair, out_[to]);
    linkroute::Partner& partner = crossing->partner;
    end.keep(std::move(crossing));
    end.machine().join(partner);
    crossing_.emplace(pair, &end);
    return partner;
}

/// On home: another loop asks.
void RoutedAttaches::asked(std::size_t from, const PairWord& word, Bytes bytes) {
    const amqp::Attach attach = read_attach_word(bytes.subspan(word.number));
    const auto far = router_->route({.session = {.connection = word.value, .channel = word.session},
                                     .container = as_text(bytes.first(word.number)),
                                     .attach = attach,
                                     .id = word.pair});
    if (!far) {
        const amqp::ErrorView error{far.error().condition, far.error().text, {}};
        out_[from].add({.kind = Kind::refused, .pair = word.pair},
                       [&](Buffer& out) { write(out, true, &error); });
    } else if (*far == nullptr) {
        out_[from].add({.kind = Kind::plain, .pair = word.pair});
    } else {
        out_[from].add({.kind = Kind::taken, .pair = word.pair, .value = (*far)->facts().id});
        cross(**far, word.pair, from);
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
    const Asked asked = std::move(at->second);
    asked_.erase(at);
    pairs_asked_.erase(asked.link);
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

void RoutedAttaches::receive(std::size_t from, const PairWords& words) {
    Bytes rest = words.bytes;
    for (const PairWord& word : words.words) {
        const Bytes bytes = rest.first(word.size);
        rest = rest.subspan(word.size);
        if (word.kind == Kind::ask) {
            asked(from, word, bytes);
        } else if (word.kind == Kind::plain || word.kind == Kind::taken ||
                   word.kind == Kind::refused) {
            answered(word, bytes);
        } else if (const auto at = crossing_.find(word.pair); at != crossing_.end()) {
            say(word, bytes, at->second->machine());
        }
    }
}

void RoutedAttaches::hand_over() {
    for (std::size_t to = 0; to < out_.size(); ++to) {
        if (!out_[to].empty()) {
            hand_(to, std::exchange(out_[to], {}));
        }
    }
}

}  // namespace weft::node
