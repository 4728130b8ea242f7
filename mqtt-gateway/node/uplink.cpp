#include "mqtt-gateway/node/uplink.hpp"

#include "common/amqp/engine.hpp"
#include "common/base/conditions.hpp"
#include "common/wire/delivery_state.hpp"
#include "mqtt-gateway/node/uplink_connection.hpp"

#include <algorithm>
#include <utility>

namespace weft::gateway {

using Life = Uplink::Reception::Life;

Uplink::Uplink(io::Loop& loop, UplinkUser& user, const Limits& limits)
    : loop_{loop}, user_{user}, limits_{limits}, publications_{limits.publications} {}

Uplink::~Uplink() = default;

// --- publications -------------------------------------------------------------------------------

PublicationId Uplink::publish(Publication publication) {
    const PublicationId id = publications_.add(std::move(publication), loop_.now());
    if (id == 0) {
        ++counters_.refused_full;
        return 0;
    }
    if (is_up()) {
        connections_.front()->wake();
    }
    plan();
    return id;
}

void Uplink::publish_again(PublicationId id) {
    ++counters_.again;
    publications_.again(id, loop_.now());
    if (is_up()) {
        connections_.front()->wake();
    }
    plan();
}

void Uplink::publish_later(PublicationId id) {
    ++counters_.again;
    publications_.rest(id, loop_.now());
    plan();
}

void Uplink::forget(PublicationId id) {
    if (const auto delivery = publications_.delivery_of(id); delivery && is_up()) {
        connections_.front()->give_up(id, *delivery);
    }
    publications_.forget(id);
}

void Uplink::started(PublicationId id, wire::DeliveryId delivery) {
    publications_.started(id, delivery, loop_.now());
    ++counters_.published;
    plan();
}

void Uplink::decided(PublicationId id, Bytes state) {
    if (publications_.find(id) == nullptr) {
        return;  // given up meanwhile
    }
    publications_.put_aside(id);
    user_.on_fate(id, UplinkUser::Fate::decided, state);
    plan();
}

/// One timer for all, set for the next that will have waited too long.
void Uplink::plan() {
    const Instant due = publications_.deadline();
    if (due >= planned_) {
        return;  // it finds nothing to do, and looks again
    }
    planned_ = due;
    timer_ = loop_.after(std::max(due - loop_.now(), Duration::zero()), [this] { end_waits(); });
}

void Uplink::end_waits() {
    planned_ = kNever;
    late_.clear();
    publications_.tick(loop_.now(), kLateAtOnce, late_);
    for (const Publications::Late& late : late_) {
        const Publication* publication = publications_.find(late.id);
        if (publication != nullptr && publication->settled) {
            ++counters_.dropped;
            publications_.forget(late.id);
        } else if (publication != nullptr) {
            if (late.in_flight && !publication->is_once && is_up()) {
                connections_.front()->give_up(late.id, late.delivery);
            }
            user_.on_fate(late.id,
                          late.in_flight ? UplinkUser::Fate::too_late : UplinkUser::Fate::no_credit,
                          {});
        }
    }
    if (is_up()) {
        connections_.front()->wake();  // those that have rested wait
    }
    plan();
}

// --- connections --------------------------------------------------------------------------------

void Uplink::opened(UplinkConnection& connection) {
    connections_.push_back(&connection);
    if (connections_.size() == 1) {
        take_over();
        user_.on_up();
    }
}

void Uplink::gone(UplinkConnection& connection) {
    const bool used = is_used(connection);
    std::erase(connections_, &connection);
    if (!used) {
        return;
    }
    std::vector<PublicationId> lost;
    publications_.lost(lost);
    std::erase_if(receptions_, [](const auto& each) { return each.second.life == Life::ending; });
    for (auto& [id, reception] : receptions_) {
        forget_link(reception, limits_.message_max);
        if (reception.life == Life::attached) {
            reception.life = Life::again;
            user_.on_detached(id);
        }
    }
    if (is_up()) {
        take_over();
    } else {
        user_.on_down();
    }
    for (const PublicationId id : lost) {
        const Publication* publication = publications_.find(id);
        if (publication != nullptr && publication->settled) {
            ++counters_.dropped;  // the half that was sent is no message
            publications_.forget(id);
        } else if (publication != nullptr) {
            user_.on_fate(id, UplinkUser::Fate::lost, {});
        }
    }
    plan();
}

void Uplink::take_over() {
    ++counters_.takeovers;
    UplinkConnection& connection = *connections_.front();
    connection.begin_publishing();
    awaited_.clear();
    for (auto& [id, reception] : receptions_) {
        attach(reception);
        if (reception.link != nullptr) {
            awaited_.insert(id);
        }
    }
    held_ = !awaited_.empty();
    if (held_) {
        publishing_ = loop_.after(kAttachMax, [this] { begin_publishing(); });
    }
    connection.wake();
}

/// Its link stands, or never will. The credit of the last one is told before anything is published.
void Uplink::await_no_more(ReceptionId id) {
    if (awaited_.erase(id) > 0 && awaited_.empty()) {
        publishing_ = loop_.after(Duration::zero(), [this] { begin_publishing(); });
    }
}

void Uplink::begin_publishing() {
    awaited_.clear();
    held_ = false;
    if (is_up()) {
        connections_.front()->wake();
    }
}

// --- receptions ---------------------------------------------------------------------------------

ReceptionId Uplink::receive(Interest interest) {
    const ReceptionId id = ++last_reception_;
    const std::uint32_t credit = interest.exclusive ? 0 : kSharedCredit;
    const Life life = interest.stands ? Life::again : Life::fresh;
    Reception& reception = receptions_
                               .emplace(id, Reception{.id = id,
                                                      .interest = std::move(interest),
                                                      .life = life,
                                                      .credit = credit,
                                                      .inbox = daemon::Inbox{limits_.message_max}})
                               .first->second;
    if (is_up()) {
        attach(reception);
        connections_.front()->wake();
    }
    return id;
}

void Uplink::attach(Reception& reception) {
    ++reception.links;
    reception.link = connections_.front()->attach(reception, limits_.message_max);
    if (reception.link == nullptr) {
        attach_soon();  // what a router refuses is told within an event, and never within a call
    }
}

/// All that have no link, together: one that flaps does not put off the others.
void Uplink::attach_soon() {
    if (!std::exchange(attaches_soon_, true)) {
        again_ = loop_.after(kReattachAfter, [this] { attach_again(); });
    }
}

void Uplink::attach_again() {
    attaches_soon_ = false;
    if (!is_up()) {
        return;  // whoever takes over attaches all
    }
    for (auto& [id, reception] : receptions_) {
        if (reception.link == nullptr) {
            attach(reception);
        }
    }
    connections_.front()->wake();
}

void Uplink::end(ReceptionId id, Ending ending) {
    const auto found = receptions_.find(id);
    if (found == receptions_.end()) {
        return;
    }
    if (ending == Ending::left) {
        detach(found, /*closed=*/false);
        return;
    }
    if (ending == Ending::later) {
        end_later(id);
        return;
    }
    Reception& reception = found->second;
    if (reception.link == nullptr || reception.held.empty()) {
        detach(found);
        return;
    }
    reception.life = Life::ending;
    reception.link->grant(0);
    connections_.front()->wake();
}

void Uplink::end_later(ReceptionId id) {
    allow(id, 0);
    ends_.emplace_back(loop_.now() + kEndLater, id);
    if (ends_.size() == 1) {
        end_due();
    }
}

void Uplink::end_due() {
    for (; !ends_.empty() && ends_.front().first <= loop_.now(); ends_.pop_front()) {
        end(ends_.front().second);
    }
    if (!ends_.empty()) {
        ender_ = loop_.after(ends_.front().first - loop_.now(), [this] { end_due(); });
    }
}

void Uplink::detach(std::map<ReceptionId, Reception>::iterator at, bool closed) {
    if (amqp::Link* link = at->second.link; link != nullptr) {
        link->user = 0;
        link->detach(closed, std::nullopt);
        connections_.front()->wake();
    }
    await_no_more(at->first);
    receptions_.erase(at);
}

void Uplink::allow(ReceptionId id, std::uint32_t credit) {
    Reception* reception = find(id);
    if (reception == nullptr) {
        return;
    }
    reception->credit = credit;
    if (reception->link != nullptr && reception->life == Life::attached) {
        reception->link->grant(credit);
        connections_.front()->wake();
    }
}

void Uplink::settle(const Arrival& arrival, Bytes state) {
    if (arrival.settled || !is_up() || connections_.front()->id() != arrival.connection) {
        return;
    }
    const auto found = receptions_.find(arrival.reception);
    if (found == receptions_.end() || found->second.link == nullptr ||
        found->second.links != arrival.link) {
        return;
    }
    Reception& reception = found->second;
    reception.link->update(arrival.delivery, state, /*settled=*/true, /*batchable=*/true);
    std::erase(reception.held, arrival.delivery);
    if (!reception.interest.exclusive) {
        --reception.unsettled;
        grant_shared(reception);
    }
    if (reception.life == Life::ending && reception.held.empty()) {
        detach(found);
    }
    connections_.front()->wake();
}

/// While credit is drained no more is given: the drain would be called off.
void Uplink::grant_shared(Reception& reception) {
    if (!reception.draining) {
        reception.link->grant(kSharedCredit - reception.unsettled);
    }
}

void Uplink::drain(ReceptionId id) {
    Reception* reception = find(id);
    if (reception == nullptr || reception->link == nullptr || reception->life != Life::attached) {
        return;
    }
    reception->draining = true;
    reception->drained = kSharedCredit - reception->unsettled;
    reception->link->grant(reception->drained, /*drain=*/true);
    connections_.front()->wake();
}

void Uplink::drained(Reception& reception) {
    const bool to_end = reception.drained > 0;
    reception.draining = false;
    grant_shared(reception);
    user_.on_drained(reception.id, to_end);
}

void Uplink::forget_link(Reception& reception, std::size_t message_max) {
    reception.link = nullptr;
    reception.held.clear();
    reception.unsettled = 0;
    reception.draining = false;
    reception.inbox = daemon::Inbox{message_max};
}

Uplink::Reception* Uplink::find(ReceptionId id) {
    const auto found = receptions_.find(id);
    return found == receptions_.end() ? nullptr : &found->second;
}

void Uplink::attached(Reception& reception) {
    reception.life = Life::attached;
    reception.link->grant(reception.credit);
    await_no_more(reception.id);
    user_.on_attached(reception.id);
}

/// A router that had taken it takes it away: it may be different in a while.
void Uplink::detached(Reception& reception, const Error& why) {
    const ReceptionId id = reception.id;
    await_no_more(id);
    if (reception.life == Life::ending) {
        receptions_.erase(id);
        return;
    }
    forget_link(reception, limits_.message_max);
    if (reception.life == Life::fresh) {
        receptions_.erase(id);
        user_.on_refused(id, why);
        return;
    }
    const bool stood = std::exchange(reception.life, Life::again) == Life::attached;
    attach_soon();
    if (stood) {
        user_.on_detached(id);
    }
}

std::size_t Uplink::arrived(Reception& reception,
                            std::uint64_t connection,
                            const wire::IncomingTransfer& transfer) {
    const std::uint64_t before = user_.steps();
    const Arrival arrival{.reception = reception.id,
                          .connection = connection,
                          .link = reception.links,
                          .delivery = transfer.id,
                          .settled = transfer.settled};
    if (!transfer.more && !transfer.aborted && !transfer.settled && !reception.interest.exclusive) {
        ++reception.unsettled;
    }
    reception.drained -= reception.draining && !transfer.more && reception.drained > 0 ? 1 : 0;
    amqp::Link& link = *reception.link;
    if (transfer.first && !transfer.more && !transfer.aborted) {
        take(reception, arrival, transfer.payload);
    } else if (reception.inbox.add(transfer)) {
        const bool too_large = reception.inbox.is_too_large();
        const Buffer message = reception.inbox.take();
        if (too_large) {
            ++counters_.too_large;
            settle(arrival, wire::rejected(kMessageSizeExceeded,
                                           "the gateway takes no message of so many bytes"));
        } else {
            take(reception, arrival, message);
        }
    }
    Reception* still = find(arrival.reception);
    if (!transfer.more && still != nullptr && still->link == &link && !still->interest.exclusive) {
        grant_shared(*still);
    }
    return static_cast<std::size_t>(user_.steps() - before);
}

void Uplink::take(Reception& reception, const Arrival& arrival, Bytes message) {
    if (reception.life == Life::ending) {
        settle(arrival, wire::kReleased);
        return;
    }
    if (reception.interest.exclusive && !arrival.settled) {
        reception.held.push_back(arrival.delivery);
    }
    ++counters_.received;
    user_.on_message(arrival, message);
}

}  // namespace weft::gateway
