#include "router/core/address_table.hpp"

#include "router/core/edge_links.hpp"

#include <algorithm>

namespace weft::router {
namespace {

/// A producer that counts among the suppliers.
bool is_supplier(const Link& producer) {
    const Traits& traits = producer.connection.traits;
    return !traits.is_loop && !traits.is_uplink && !traits.in_process && !producer.streams;
}

}  // namespace

bool Address::used_itself() const {
    const auto idle = [](const auto& route) { return route->outstanding == 0; };
    return followed || pinned || spread != nullptr || !outlets.empty() || !producers.empty() ||
           waiting_count() > 0 || !remotes.empty() || !std::ranges::all_of(routes, idle);
}

bool Address::unused() const {
    return !used_itself() && (fallback == nullptr || !fallback->used_itself()) &&
           (fallback_for == nullptr || !fallback_for->used_itself());
}

void Address::look_again(Scope scope) {
    if (scope == Scope::all) {
        waiting.look_again();
    } else if (loops != nullptr) {
        loops->waiting.look_again();
    }
    if (limits != nullptr) {
        limits->line(scope).look_again();
    }
}

bool Address::is_looked_through() const {
    bool any = false;
    for_each_line([&](const WaitingLine& line) { any |= line.is_looked_at(); });
    return any;
}

std::size_t Address::waiting_count() const {
    std::size_t count = 0;
    for_each_line([&](const WaitingLine& line) { count += line.count(); });
    return count;
}

// A limit counts while its consumer is active. Copies of a multicast go to everybody anyway.

void Address::add_limit(Link& consumer) {
    if (consumer.outlet.limited() && treatment.distribution != Distribution::multicast) {
        if (limits == nullptr) {
            limits = std::make_unique<SizeLimits>();
        }
        limits->add(consumer);
    }
}

void Address::remove_limit(const Link& consumer) {
    if (consumer.outlet.limited() && limits != nullptr) {
        limits->remove(consumer);
        if (limits->unused()) {
            limits.reset();
        }
    }
}

// The order of links is not kept: turns are taken among equals anyway. But those that a spread
// message is still to reach stay before those that it has reached, as those in process before
// others.

void Address::place(std::uint32_t position, Link& consumer) {
    outlets[position] = &consumer.outlet;
    consumer.position = position;
    if (index) {
        index->set(position, consumer.outlet);
    }
}

EdgeUse& Address::with_edge() {
    if (edge == nullptr) {
        edge = std::make_unique<EdgeUse>();
    }
    return *edge;
}

void Address::add_consumer(Link& link) {
    if (EdgeLinks* const own = link.connection.edge.get()) {
        own->add(link);
        EdgeUse& use = with_edge();
        use.most = std::max(use.most, static_cast<std::uint32_t>(own->at(*this).size()));
    }
    outlets.push_back(&link.outlet);
    uplink = link.outlet.uplink ? &link : uplink;
    if (link.outlet.relay) {
        with_loops().exits.push_back(&link);
    }
    auto position = static_cast<std::uint32_t>(outlets.size() - 1);
    const auto make_room = [&](std::uint32_t& first) {  // behind those that stand before others
        if (position != first) {
            place(position, link_of(*outlets[first]));
        }
        position = first++;
    };
    if (link.outlet.in_process) {
        if (spread != nullptr && spread->left >= in_process) {
            make_room(spread->left);
        }
        make_room(in_process);
    }
    place(position, link);
    review_index();
}

void Address::remove_consumer(Link& link) {
    if (link.connection.edge != nullptr) {
        link.connection.edge->remove(link);
    }
    set_credit(link, 0);
    if (link.outlet.relay) {
        std::erase(loops->exits, &link);
    }
    std::uint32_t hole = link.position;
    const auto close_up = [&](std::uint32_t& first) {  // of those that stand before others
        if (hole < first) {
            place(hole, link_of(*outlets[--first]));
            hole = first;
        }
    };
    std::uint32_t none = 0;
    std::uint32_t& unreached = spread != nullptr ? spread->left : none;
    if (unreached < in_process) {
        close_up(unreached);
        close_up(in_process);
    } else {
        close_up(in_process);
        close_up(unreached);
    }
    place(hole, link_of(*outlets.back()));
    outlets.pop_back();
    if (uplink == &link) {  // another one may have taken over before it goes
        const auto other = std::ranges::find(outlets, true, &Outlet::uplink);
        uplink = other == outlets.end() ? nullptr : &link_of(**other);
    }
    if (index) {
        index->pop();
        link.outlet.index = nullptr;
    }
    review_index();
}

/// A few outlets are looked at faster than an index is kept.
void Address::review_index() {
    if (!index && outlets.size() >= indexed_from) {
        index = std::make_unique<OutletIndex>(treatment.distribution);
        for (std::size_t i = 0; i < outlets.size(); ++i) {
            index->set(i, *outlets[i]);
        }
    } else if (index && outlets.size() < indexed_from / 2) {
        index->release();
        index.reset();
    }
}

void Address::add_producer(Link& link) {
    link.position = static_cast<std::uint32_t>(producers.size());
    producers.push_back(&link);
    suppliers += is_supplier(link) ? 1U : 0U;
    if (link.connection.edge != nullptr) {
        ++with_edge().producers;
    }
    if (link.connection.traits.is_loop && !link.streams) {
        with_loops().entries.push_back(&link);
    } else if (link.on_demand) {
        link.holding = static_cast<std::uint32_t>(with_loops().containers.size());
        loops->containers.push_back(&link);
        loops->rations.add(link.counters.deliveries);
        if (link.far != kNoRouter) {
            loops->askers.insert(std::ranges::lower_bound(loops->askers, link.far, {}, &Link::far),
                                 &link);
        }
    }
}

/// The newest: others are of a router that had the number before, and about to go.
Link* Loops::asker(RouterIndex router) const {
    const auto at = std::ranges::lower_bound(askers, router, {}, &Link::far);
    return at == askers.end() || (*at)->far != router ? nullptr : *at;
}

Loops& Address::with_loops() {
    if (!loops) {
        loops = std::make_unique<Loops>();
    }
    return *loops;
}

void Address::remove_producer(Link& link) {
    if (link.connection.edge != nullptr) {
        --edge->producers;
    }
    if (link.connection.traits.is_loop) {
        std::erase(loops->entries, &link);
    } else if (link.on_demand) {
        std::vector<Link*>& containers = loops->containers;
        containers[link.holding] = containers.back();
        containers[link.holding]->holding = link.holding;
        containers.pop_back();
        loops->rations.remove(link.holding);
        if (link.far != kNoRouter) {
            std::erase(loops->askers, &link);
        }
    }
    suppliers -= is_supplier(link) ? 1U : 0U;
    producers[link.position] = producers.back();
    producers[link.position]->position = link.position;
    producers.pop_back();
}

std::uint64_t outstanding_at(const Address& address) {
    std::uint64_t sum = 0;
    if (address.index) {
        sum = address.index->outstanding();
    } else {
        for (const Outlet* outlet : address.outlets) {
            sum += outlet->relay ? 0 : outlet->outstanding;
        }
    }
    for (const auto& route : address.routes) {
        sum += route->outstanding;
    }
    return sum;
}

std::uint64_t wanted_afar(const Address& address) {
    const FarDemand* const far = address.loops == nullptr ? nullptr : address.loops->far.get();
    const bool stays =
        address.treatment.distribution == Distribution::closest && address.active_consumers > 0;
    return far == nullptr || !address.routable || stays ? 0 : far->credit();
}

bool keeps_here(const Address& address) {
    const FarDemand* const far = address.loops == nullptr ? nullptr : address.loops->far.get();
    return far != nullptr && far->is_exact() && address.active_consumers > 0 &&
           wanted_afar(address) == 0;
}

Awaited awaited_by(const Link& consumer) {
    const Address* const address = consumer.address;
    if (address == nullptr || consumer.direction == Direction::in) {
        return {};
    }
    const std::size_t count = address->outlets.size();
    const std::size_t next = (std::size_t{address->turn} + 1) % count;
    const std::size_t rank = (consumer.position + count - next) % count;
    const auto part_of = [&](std::size_t all) {
        return all / count + (rank < all % count ? 1 : 0);
    };
    std::size_t stuck = 0;
    address->for_each_line([&](const WaitingLine& line) { stuck += line.stuck(); });
    return {part_of(address->waiting_count()), part_of(stuck)};
}

Address* AddressTable::find(std::string_view key) const {
    if (found_last_ != nullptr && found_last_->key.text == key) {
        return found_last_;
    }
    const auto at = by_key_.find(key);
    return at == by_key_.end() ? nullptr : found_last_ = at->second.get();
}

void AddressTable::make_upstream() {
    upstream_ = &obtain({std::string(kUpstreamKey)}, {.distribution = Distribution::closest});
    upstream_->pinned = true;
}

Address& AddressTable::obtain(const AddressKey& key, const Treatment& treatment) {
    Address* const known = find(key.text);
    Address& address = known != nullptr ? *known : make(key, treatment);
    if (treatment.fallback) {
        give_fallback(address, treatment);
    }
    return address;
}

/// Joins an address with the one that is its fallback, or that it is the fallback of.
void AddressTable::give_fallback(Address& address, const Treatment& treatment) {
    const bool is_fallback = address.key.phase() == 'F';
    const bool joined = address.fallback != nullptr || address.fallback_for != nullptr;
    if (joined || (!is_fallback && address.key.phase() != '0')) {
        return;
    }
    AddressKey key = address.key;
    key.set_phase(is_fallback ? 0 : kFallbackPhase);
    Address* const known = find(key.text);
    Address& other = known != nullptr ? *known : make(key, treatment);
    Address& primary = is_fallback ? other : address;
    Address& fallback = is_fallback ? address : other;
    primary.fallback = &fallback;
    fallback.fallback_for = &primary;
}

Address& AddressTable::make(const AddressKey& key, const Treatment& treatment) {
    auto address = std::make_unique<Address>(key, treatment);
    address->indexed_from = indexed_from_;
    Address& result = *address;
    result.listing = listed_.size();
    listed_.push_back(&result);
    by_key_.emplace(std::string_view(result.key.text), std::move(address));
    read_wildcards_of(result);
    return result;
}

/// What can't be read as a subscription, or is one too many, is an address like others: who
/// attaches to it here is refused before. Of one too many, messages sent to that very name are all
/// that its receivers get, until there is room for it.
void AddressTable::read_wildcards_of(Address& address) {
    if (!may_have_wildcards(address.key, address.treatment)) {
        return;
    }
    if (auto read = read_wildcards(address.key.name()); read && *read) {
        if (!wildcards_.has_room((*read)->shape())) {
            ++wildcards_left_out_;
            wildcards_.left_out().add((*read)->shape(), address);
            return;
        }
        address.wildcard = std::make_unique<const WildcardName>(**std::move(read));
        wildcards_.add(address);
    } else {
        address.wildcards = &wildcards_;
        address.reached_by_wildcards = wildcards_.reach(address);
    }
}

Address& AddressTable::admit() {
    Address& address = wildcards_.left_out().take();
    auto read = read_wildcards(address.key.name());
    address.wildcard = std::make_unique<const WildcardName>(**std::move(read));
    wildcards_.add(address);
    return address;
}

void AddressTable::forget_wildcards_of(Address& address) {
    if (address.wildcard != nullptr) {
        wildcards_.remove(address);
    } else if (!wildcards_.left_out().empty() && address.wildcards == nullptr &&
               may_have_wildcards(address.key, address.treatment)) {
        if (const auto read = read_wildcards(address.key.name()); read && *read) {
            wildcards_.left_out().remove((*read)->shape(), address);
        }
    }
}

bool AddressTable::may_bring(const AddressKey& key,
                             const Treatment& treatment,
                             std::uint64_t connection) const {
    const Address* const known = find(key.text);
    if (!may_have_wildcards(key, known != nullptr ? known->treatment : treatment)) {
        return true;
    }
    const auto read = read_wildcards(key.name());
    if (!read || !*read) {
        return true;
    }
    return known != nullptr ? known->wildcard != nullptr
                            : wildcards_.shapes().may_bring((*read)->shape(), connection);
}

void AddressTable::charge(const Address& subscription, std::uint64_t connection) {
    wildcards_.charge(subscription, connection);
}

Address& AddressTable::obtain_passing(const AddressKey& key, const Treatment& treatment) {
    passing_.push_back(key.text);
    passing_bytes_ += key.text.size();
    while (passing_.size() > kPassingMax || passing_bytes_ > kPassingBytesMax) {
        passing_bytes_ -= passing_.front().size();
        if (Address* const oldest = find(passing_.front()); oldest != nullptr && oldest->unused()) {
            erase(*oldest);
        }
        passing_.pop_front();
    }
    return obtain(key, treatment);
}

void AddressTable::erase(Address& address) {
    Address* const other = address.fallback != nullptr ? address.fallback : address.fallback_for;
    erase_one(address);
    if (other != nullptr) {
        erase_one(*other);
    }
}

void AddressTable::erase_one(Address& address) {
    forget_wildcards_of(address);
    listed_[address.listing] = listed_.back();
    listed_[address.listing]->listing = address.listing;
    listed_.pop_back();
    found_last_ = nullptr;
    // The map's key points into the address: take it out of the map before it dies.
    const auto at = by_key_.find(address.key.text);
    const std::unique_ptr<Address> last_owner = std::move(at->second);
    by_key_.erase(at);
}

}  // namespace weft::router
