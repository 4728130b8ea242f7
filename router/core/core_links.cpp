#include "common/base/assert.hpp"
#include "common/base/conditions.hpp"
#include "router/core/core.hpp"
#include "router/core/outcome.hpp"

#include <algorithm>
#include <utility>

/// Attaching and detaching, and who hears of it.
namespace weft::router {
namespace {

constexpr std::string_view kNoRoute = "qd:no-route-to-dest";

/// SplitMix64: names need to be unguessable by accident, not by an enemy.
std::uint64_t next_random(std::uint64_t& state) {
    std::uint64_t z = (state += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
}

}  // namespace

std::string Core::temporary_name() {
    constexpr std::string_view kDigits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+_";
    std::string name = "temp.";
    for (int word = 0; word < 2; ++word) {
        std::uint64_t random = next_random(random_state_);
        for (int i = 0; i < 8 && name.size() < 20; ++i, random >>= 6) {
            name += kDigits[random & 63];
        }
    }
    return name;
}

Result<AddressKey> Core::resolve(const AttachRequest& request, std::string& echo) {
    if (request.coordinator) {
        return fail(kPreconditionFailed,
                    "a router keeps no messages and coordinates no transactions");
    }
    if (request.dynamic) {
        const std::string name = temporary_name();
        const bool for_receiver = request.direction == Direction::out;
        echo = for_receiver ? topological_address(options_.router_id, name) : "amqp:/_$" + name;
        return parse_address(echo, options_.router_id);
    }
    if (echo.empty()) {
        if (request.direction == Direction::in) {
            return AddressKey{};  // anonymous: each message brings its own
        }
        return fail(kNoRoute, "No route to the destination node: the source has no address");
    }
    AddressKey key = parse_address(echo, options_.router_id);
    if (key.text.empty()) {
        return fail(kInvalidField, "\"" + echo.substr(0, 64) + "\" is not an address");
    }
    if (key.address_class() == 'M' && key.name().starts_with(kRoutersOwn)) {
        return fail(kNotAllowed, "addresses that begin with \"" + std::string(kRoutersOwn) +
                                     "\" are what routers tell of themselves");
    }
    // Of a router's loops one knows the paths; the others know of the ends of those from it.
    const bool known = topology_ != nullptr || addresses_.find(key.text) != nullptr;
    const bool elsewhere = key.address_class() != 'M' && key.address_class() != 'L';
    if (elsewhere && (request.direction == Direction::out || !known)) {
        return fail(kNoRoute, "No route to the destination node: " + echo.substr(0, 64) +
                                  " is not of this router");
    }
    return key;
}

Result<Treatment> Core::treatment_of(const AddressKey& key, const AttachRequest& request) const {
    if (request.treatment) {
        return *request.treatment;
    }
    Treatment treatment;
    treatment.distribution = options_.default_distribution;
    if (key.address_class() != 'M') {
        treatment.distribution = Distribution::balanced;
    } else if (const AddressRule* rule = rules_.find(key.name())) {
        treatment = rule->treatment;
    }
    if (treatment.distribution == Distribution::unavailable) {
        return fail(kNotFound, "Node not found: " + std::string(key.name()) + " is unavailable");
    }
    return treatment;
}

Result<Attached> Core::attach(Connection& connection, const AttachRequest& request) {
    Attached attached;
    attached.address = request.address;
    if (admission_ != nullptr) {
        const bool receives = request.direction == Direction::out;
        auto verdict = admission_->admit({connection, request.address, receives, request.dynamic});
        if (!verdict) {
            return tl::unexpected(std::move(verdict).error());
        }
        attached.address = std::move(verdict->address);
    }
    WEFT_TRY(const AddressKey key, resolve(request, attached.address));
    Address* address = nullptr;
    if (!key.text.empty()) {
        WEFT_TRY(const Treatment treatment, treatment_of(key, request));
        address = &addresses_.obtain(key, treatment);
    }
    attached.link = &make_link(connection, request);
    if (is_for_other_routers(key)) {
        attached.link->target = attached.address;
    }
    add_link(*attached.link, address);
    return attached;
}

Link& Core::attach_relay(Connection& connection,
                         Direction direction,
                         std::string_view key,
                         const Treatment& treatment,
                         std::uintptr_t port_link) {
    Link& link = make_link(connection, {.direction = direction, .port_link = port_link});
    add_link(link, &addresses_.obtain(AddressKey{std::string(key)}, treatment));
    return link;
}

void Core::add_link(Link& link, Address* address) {
    link.address = address;
    if (link.direction == Direction::in && address != nullptr) {
        address->add_producer(link);
    } else if (link.direction == Direction::out) {
        address->add_consumer(link);
    }
}

Link& Core::make_link(Connection& connection, const AttachRequest& request) {
    if (free_slots_.empty()) {
        free_slots_.push_back(static_cast<std::uint32_t>(slots_.size()));
        slots_.emplace_back();
    }
    const std::uint32_t index = free_slots_.back();
    free_slots_.pop_back();
    Slot& slot = slots_[index];
    slot.link = std::make_unique<Link>(connection, request.direction);
    Link& link = *slot.link;
    link.self = {index, slot.generation};
    link.id = std::exchange(next_link_id_, next_link_id_ + options_.id_step);
    link.capacity = request.capacity;
    link.presettles = request.presettles;
    link.outlet.in_process = connection.in_process();
    link.outlet.relay = connection.is_relay();
    link.annotates = connection.is_neighbour() || (connection.is_client() && !connection.strip.out);
    link.port_link = request.port_link;
    link.progress = link.zero_credit_since = tenths_;
    ++link_count_;
    if (connection.is_peer()) {
        link.listing = client_links_.size();
        client_links_.push_back(&link);
    }
    return link;
}

void Core::free_link(Link& link) {
    if (link.connection.is_peer()) {
        client_links_[link.listing] = client_links_.back();
        client_links_[link.listing]->listing = link.listing;
        client_links_.pop_back();
    }
    const std::uint32_t index = link.self.index;
    ++slots_[index].generation;
    slots_[index].link.reset();
    free_slots_.push_back(index);
    --link_count_;
}

void Core::activate(Link& link) {
    link.active = true;
    if (link.direction == Direction::in) {
        offer_credit(link);
    } else if (link.address != nullptr) {
        consumer_active(link);
        feed(link);
    }
}

void Core::deactivate(Link& link) {
    link.outlet.credit = 0;
    link.draining = false;
    link.active = false;
    consumer_inactive(link);
}

Core::Reach Core::reach_of(const Address& address) {
    return {.any = address.reachable(),
            .here = address.reachable_here(),
            .beside = address.active_here > 0,
            .local = address.active_consumers > address.in_process,
            .routable = address.routable};
}

void Core::consumer_active(Link& link) {
    Address& address = *link.address;
    const Reach before = reach_of(address);
    link.outlet.attached = true;
    ++address.active_consumers;
    address.active_here += link.outlet.relay ? 0U : 1U;
    reach_changed(address, before);
}

void Core::consumer_inactive(Link& link) {
    Address& address = *link.address;
    const Reach before = reach_of(address);
    link.outlet.attached = false;
    --address.active_consumers;
    address.active_here -= link.outlet.relay ? 0U : 1U;
    reach_changed(address, before);
}

/// Credit begins to flow with the first consumer and ends with the last; other loops and routers
/// hear of both.
void Core::reach_changed(Address& address, const Reach& before) {
    const Reach now = reach_of(address);
    if (before.any && !now.any) {
        release_all(address.waiting);
    }
    if (before.here && !now.here) {
        release_all(address.relayed);
    }
    if (before.local && !now.local && now.routable) {
        redistribute(address, address.waiting);
    }
    if (before.beside && !now.beside && now.routable) {
        redistribute(address, address.relayed);
    }
    if (now.any != before.any || now.here != before.here) {
        for (Link* producer : address.producers) {
            offer_credit(*producer);
        }
    }
    if ((now.here != before.here || (now.here && now.beside != before.beside)) &&
        demand_ != nullptr) {
        demand_->on_demand(address, now.here);
    }
    if (now.local != before.local && local_demand_ != nullptr) {
        local_demand_->on_demand(address, now.local);
    }
}

/// Nobody is left to take what waits.
void Core::release_all(BranchList& waiting) {
    while (!waiting.empty()) {
        Branch& branch = waiting.front();
        count_drop(find(branch.delivery->in), DropReason::no_consumer,
                   branch.delivery->presettled());
        close(branch, kReleased);
    }
}

void Core::detach(Link& link) {
    Address* address = link.address;
    if (link.backlogged) {
        std::vector<Link*>& backlog = link.connection.backlog;
        backlog[link.backlog_at] = backlog.back();
        backlog[link.backlog_at]->backlog_at = link.backlog_at;
        backlog.pop_back();
    }
    link.direction == Direction::out ? detach_consumer(link) : detach_producer(link);
    free_link(link);
    if (address != nullptr && address->unused()) {
        addresses_.erase(*address);
    }
}

/// What came in whole goes on without it.
void Core::detach_producer(Link& link) {
    link.active = false;
    if (link.current != nullptr) {
        abandon(*link.current, DropReason::producer_lost);
    }
    while (!link.decided.empty()) {
        finish_decided(link.decided.front(), {});
    }
    if (link.held > 0) {
        link.connection.port.hold(link, -static_cast<std::ptrdiff_t>(link.held));
    }
    if (link.address != nullptr) {
        link.address->remove_producer(link);
        if (link.drain_asked) {
            relay_drained(link);
        }
    }
}

void Core::detach_consumer(Link& link) {
    if (Trunk* trunk = link.connection.trunk) {
        trunk->remove(link);
        // A peer that refuses links for streams is not asked again.
        trunk->streaming = trunk->streaming && (!link.streams || link.counters.deliveries > 0);
        link.active = false;
        lose_consumer(link);
        return;
    }
    Address& address = *link.address;
    address.remove_consumer(link);
    const bool was_active = std::exchange(link.active, false);
    lose_consumer(link);
    if (was_active) {
        consumer_inactive(link);
    }
}

}  // namespace weft::router
