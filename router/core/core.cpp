#include "router/core/core.hpp"

#include "common/base/assert.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace weft::router {

const char* to_string(DropReason reason) {
    switch (reason) {
        case DropReason::no_consumer:
            return "no-consumer";
        case DropReason::consumer_lost:
            return "consumer-lost";
        case DropReason::producer_lost:
            return "producer-lost";
        case DropReason::aborted:
            return "aborted";
        case DropReason::slow_consumer:
            return "slow-consumer";
        case DropReason::consumer_queue_full:
            return "consumer-queue-full";
        case DropReason::no_address:
            return "no-address";
        case DropReason::refused:
            return "refused";
        case DropReason::malformed:
            return "malformed";
        case DropReason::router_full:
            return "router-full";
        case DropReason::looped:
            return "looped";
        case DropReason::duplicate:
            return "duplicate";
        case DropReason::no_path:
            return "no-path";
    }
    return "unknown";
}

const char* to_string(Blocked reason) {
    switch (reason) {
        case Blocked::no:
            return "";
        case Blocked::no_consumer:
            return "nobody receives from the address";
        case Blocked::capacity_used:
            return "its capacity is used: deliveries wait for consumers to take and settle them";
        case Blocked::no_credit:
            return "the consumer gives no credit";
        case Blocked::connection_full:
            return "the consumer reads too slowly";
        case Blocked::consumer_stalled:
            return "the consumer is stalled: it took and settled nothing for 10 s";
    }
    return "";
}

Core::Core(CoreOptions options, Admission* admission)
    : options_{std::move(options)},
      admission_{admission},
      own_annotation_{"0/" + options_.router_id},
      next_link_id_{options_.first_id},
      next_connection_id_{options_.first_id},
      random_state_{options_.seed} {}

Core::~Core() = default;

void Core::set_now(Instant now) {
    if (!started_) {
        started_ = now;
    }
    const auto since = now - *started_;
    tenths_ = 1 + static_cast<std::uint32_t>(since / std::chrono::milliseconds(100));
}

Connection& Core::connect(Port& port, Stripping strip, ConnectionKind kind) {
    connections_.push_back(std::make_unique<Connection>(port));
    Connection& connection = *connections_.back();
    connection.id = std::exchange(next_connection_id_, next_connection_id_ + options_.id_step);
    connection.position = connections_.size() - 1;
    connection.strip = strip;
    connection.kind = kind;
    return connection;
}

void Core::disconnect(Connection& connection) {
    const std::size_t position = connection.position;
    std::swap(connections_[position], connections_.back());
    connections_[position]->position = position;
    connections_.pop_back();
}

Result<std::uint64_t> Core::add_rule(AddressRule rule) {
    rule.id = next_rule_id_;
    if (auto added = rules_.add(std::move(rule)); !added) {
        return tl::unexpected(std::move(added).error());
    }
    return next_rule_id_++;
}

Link* Core::find(LinkRef ref) const {
    if (ref.index >= slots_.size() || slots_[ref.index].generation != ref.generation) {
        return nullptr;
    }
    return slots_[ref.index].link.get();
}

const Link* Core::next_link(std::size_t from) const {
    for (; from < slots_.size(); ++from) {
        if (slots_[from].link) {
            return slots_[from].link.get();
        }
    }
    return nullptr;
}

void Core::on_writable(Connection& connection) {
    if (connection.trunk != nullptr && connection.trunk->strayed) {
        gather_strays(*connection.trunk);
    }
    std::vector<Link*> backlog;
    backlog.swap(connection.backlog);
    if (backlog.size() > 1) {  // each is the first in turn: it may take all the room that there is
        const auto first = static_cast<std::ptrdiff_t>(++connection.turn % backlog.size());
        std::ranges::rotate(backlog, backlog.begin() + first);
    }
    if (connection.is_neighbour()) {  // the urgent first
        std::ranges::stable_sort(backlog, std::greater{}, &Link::priority);
    }
    for (Link* link : backlog) {
        link->backlogged = false;
        link->outlet.full = false;
        resume(*link);
    }
}

void Core::on_credit(Link& link, std::uint32_t credit, bool drain) {
    if (!link.active) {
        return;  // an echo of what it was before; it is told anew once it is activated
    }
    if (Trunk* trunk = link.connection.trunk; trunk != nullptr && trunk->strayed) [[unlikely]] {
        gather_strays(*trunk);
    }
    link.outlet.credit = credit;
    link.outlet.full = false;
    link.draining = drain;
    link.asked_relays = false;
    link.progress = tenths_;
    if (credit > 0) {
        link.stalled = false;
    }
    resume(link);
}

void Core::on_update(Link& link, const Update& update, std::uint64_t context) {
    if (context == 0) {
        return;  // a delivery that nobody waits for
    }
    if (link.direction == Direction::out) {
        update_from_consumer(link, *reinterpret_cast<Branch*>(context), update);
    } else {
        update_from_producer(*reinterpret_cast<Delivery*>(context), update);
    }
}

void Core::on_drained(Link& link) {
    if (link.drain_asked) {
        relay_drained(link);
        return;
    }
    link.granted = false;
    offer_credit(link);
}

}  // namespace weft::router
