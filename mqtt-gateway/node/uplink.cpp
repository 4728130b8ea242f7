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

void Uplink::started(PublicationId id) {
    publications_.started(id, loop_.now());
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
    publications_.tick(loop_.now(), late_);
    for (const Publications::Late& late : late_) {
        const Publication* publication = publications_.find(late.id);
        if (publication != nullptr && publication->settled) {
            ++counters_.dropped;
            publications_.forget(late.id);
        } else if (publication != nullptr) {
            user_.on_fate(late.id,
                          late.in_flight ? UplinkUser::Fate::too_late : UplinkUser::Fate::no_credit,
                          {});
        }
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
        reception.link = nullptr;
        reception.held.clear();
        reception.inbox = daemon::Inbox{limits_.message_max};
        if (reception.life == Life::attached) {
            reception.life = Life::again;
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
    for (auto& [id, reception] : receptions_) {
        attach(reception);
    }
    connection.wake();
}

// --- receptions ---------------------------------------------------------------------------------

ReceptionId Uplink::receive(Interest interest) {
    const ReceptionId id = ++last_reception_;
    const std::uint32_t credit = interest.exclusive ? 0 : kSharedCredit;
    Reception& reception = receptions_
                               .emplace(id, Reception{.id = id,
                                                      .interest = std::move(interest),
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
    reception.link = connections_.front()->attach(reception);
    if (reception.link == nullptr) {
        // Not now: what a router refuses is told within an event, and never within a call.
        again_ = loop_.after(kReattachAfter, [this] { attach_again(); });
    }
}

void Uplink::attach_again() {
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

void Uplink::end(ReceptionId id) {
    const auto found = receptions_.find(id);
    if (found == receptions_.end()) {
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

void Uplink::detach(std::map<ReceptionId, Reception>::iterator at) {
    if (amqp::Link* link = at->second.link; link != nullptr) {
        link->user = 0;
        link->detach(/*closed=*/true, std::nullopt);
        connections_.front()->wake();
    }
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
    if (found == receptions_.end() || found->second.link == nullptr) {
        return;
    }
    Reception& reception = found->second;
    reception.link->update(arrival.delivery, state, /*settled=*/true, /*batchable=*/true);
    std::erase(reception.held, arrival.delivery);
    if (reception.life == Life::ending && reception.held.empty()) {
        detach(found);
    }
    connections_.front()->wake();
}

Uplink::Reception* Uplink::find(ReceptionId id) {
    const auto found = receptions_.find(id);
    return found == receptions_.end() ? nullptr : &found->second;
}

void Uplink::attached(Reception& reception) {
    reception.life = Life::attached;
    reception.link->grant(reception.credit);
    user_.on_attached(reception.id);
}

/// A router that had taken it takes it away: it may be different in a while.
void Uplink::detached(Reception& reception, const Error& why) {
    const ReceptionId id = reception.id;
    if (reception.life == Life::ending) {
        receptions_.erase(id);
        return;
    }
    reception.link = nullptr;
    reception.held.clear();
    reception.inbox = daemon::Inbox{limits_.message_max};
    if (reception.life == Life::fresh) {
        receptions_.erase(id);
        user_.on_refused(id, why);
        return;
    }
    reception.life = Life::again;
    again_ = loop_.after(kReattachAfter, [this] { attach_again(); });
}

void Uplink::arrived(Reception& reception,
                     std::uint64_t connection,
                     const wire::IncomingTransfer& transfer) {
    const Arrival arrival{.reception = reception.id,
                          .connection = connection,
                          .delivery = transfer.id,
                          .settled = transfer.settled};
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
    const Reception* still = find(arrival.reception);
    if (!transfer.more && still != nullptr && still->link == &link && !still->interest.exclusive) {
        link.grant(kSharedCredit);
    }
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
