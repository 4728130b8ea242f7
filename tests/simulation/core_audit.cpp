#include "tests/simulation/core_audit.hpp"

#include "router/core/edge_links.hpp"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace weft::router {
namespace {

/// What is found of a delivery.
struct Seen {
    std::uint32_t open = 0;
    std::uint32_t unsent = 0;
    std::uint32_t claiming = 0;
    std::uint32_t laggards = 0;
};

/// How many branches are on their way to a neighbour for an address.
using OfRoutes = std::unordered_map<const Route*, std::uint32_t>;

/// What the deliveries say of the link that they came in on.
struct OfProducer {
    std::uint32_t outstanding = 0;
    std::uint32_t undelivered = 0;
    std::uint32_t stuck = 0;
    std::size_t held = 0;
};

std::size_t kept_bytes(const Delivery& delivery) {
    std::size_t sum = 0;
    for (const Chunk* chunk = delivery.first_chunk; chunk != nullptr; chunk = chunk->next) {
        sum += chunk->size;
    }
    return sum;
}

class Auditor {
public:
    explicit Auditor(const Core& core) : core_{core} {}

    std::vector<std::string> run() {
        const Link* link = core_.links().next(0);
        std::size_t links = 0;
        for (; link != nullptr; link = core_.links().next(link->self.index + 1), ++links) {
            look_at(*link);
        }
        expect(links == core_.links().size(), "the links are miscounted");
        core_.addresses().visit([this](const Address& address) { look_at(address); });
        look_at_deliveries();
        look_at_producers();
        for (const Route* route : routes_) {
            expect(route->outstanding == of_route_[route], "a route's outstanding is miscounted");
            expect(route->unsent == unsent_of_route_[route], "a route's unsent are miscounted");
        }
        return std::move(faults_);
    }

private:
    void expect(bool condition, const char* what) {
        if (!condition) {
            faults_.emplace_back(what);
        }
    }

    void see(const Branch& branch) {
        const Delivery& delivery = *branch.delivery;
        Seen& seen = seen_[&delivery];
        ++seen.open;
        seen.unsent += branch.stage == Stage::unsettled ? 0U : 1U;
        seen.claiming += branch.claims ? 1U : 0U;
        seen.laggards += lags(branch) ? 1U : 0U;
        of_route_[branch.route] += 1;
        unsent_of_route_[branch.route] += branch.has_begun() ? 0U : 1U;
        expect(branch.is_open(), "a closed branch stands in a list");
        expect(branch.sent <= delivery.received, "more was sent than came in");  // I1
        expect(delivery.first_chunk == nullptr ? branch.sent == delivery.received
                                               : branch.sent >= delivery.dropped,
               "bytes that a branch needs were thrown away");
    }

    void look_at(const Link& link) {
        if (link.direction == Direction::in) {
            producers_.push_back(&link);
            if (link.current != nullptr && link.current->is_headless()) {
                seen_[link.current];
            }
            return;
        }
        const bool gone = link.life == Life::gone;
        std::uint32_t outstanding = 0;
        std::uint32_t stuck = 0;
        for (const BranchList* list : {&link.queue, &link.unsettled}) {
            for (const Branch& branch : *list) {
                see(branch);
                ++outstanding;
                stuck += branch.stuck ? 1U : 0U;
                expect(branch.link == &link, "a branch stands in another link's list");
                expect((branch.stage == Stage::unsettled) == (list == &link.unsettled),
                       "a branch is in the wrong list");
                expect(gone || branch.has_begun() || link.connection.traits.from_router ||
                           link.streams || is_multicast(link),
                       "an anycast branch was given to a consumer that did not take it");
                expect((branch.route != nullptr) == link.connection.traits.from_router,
                       "a branch on the wrong sort of link");
            }
        }
        expect(outstanding == link.outlet.outstanding, "outstanding is miscounted");
        expect(stuck == link.stuck, "stuck is miscounted");
        expect(link.outlet.busy == !link.queue.empty(), "busy is wrong");
        expect(link.queued == std::ranges::distance(link.queue), "queued is wrong");
        expect(gone || !link.outlet.full || link.in_line(), "nobody will wake a full link");
        expect(!gone || (link.outlet.credit == 0 && link.outlet.full && link.is_deserted()),
               "a link that is gone takes something");
        expect(gone || !link.outlet.relay || !link.streams ||
                   link.outlet.credit ==
                       std::ranges::count_if(
                           link.queue, [](const Branch& branch) { return !branch.has_begun(); }),
               "a way beside an exit has other credit than for what waits there");
        look_for_starvation(link);
    }

    static bool is_multicast(const Link& link) {
        return link.address->treatment.distribution == Distribution::multicast;
    }

    /// All that waits came from the edge router that the consumer leads to.
    static bool is_none_for(const Link& link, const WaitingLine& line) {
        return gets_all_others(link) &&
               const_cast<WaitingLine&>(line).first(
                   [&](const Delivery& delivery) { return may_get(link, delivery); }) == nullptr;
    }

    void look_for_starvation(const Link& link) {
        const bool blocked = link.outlet.full || !link.is_active() || is_searched(link);
        if (!link.queue.empty() && !blocked) {
            const Branch& front = link.queue.front();
            const bool has_more = front.sent < front.delivery->received || front.delivery->whole;
            expect(!has_more || (!front.has_begun() && link.outlet.credit == 0),
                   "a branch is not sent although it could be");
        }
        if (link.address == nullptr) {
            return;
        }
        const bool takes = ready(link);
        const auto sorted = [&](const WaitingLine& line) {
            return !link.outlet.limited() || !line.is_looked_at();
        };
        expect(!takes || link.address->waiting.empty() || !sorted(link.address->waiting) ||
                   is_none_for(link, link.address->waiting),
               "a delivery waits, and a consumer is ready");
        const WaitingLine* const relayed = link.address->relayed();
        expect(!takes || relayed == nullptr || relayed->empty() || !sorted(*relayed) ||
                   (link.outlet.relay && !may_cross(relayed->front()->delivery->provenance)),
               "a relayed delivery waits, and a consumer or another loop is ready");
        if (const SizeLimits* limits = link.address->limits.get()) {
            expect(!takes || link.outlet.limited() || limits->line(Scope::all).empty() ||
                       is_none_for(link, limits->line(Scope::all)),
                   "a large delivery waits, and a consumer is ready");
        }
        // What it waits for may have gone elsewhere: then it is answered when the link moves again.
        const bool held_up = link.outlet.credit > 0 && (link.outlet.full || link.outlet.busy);
        const Loops* const loops = link.address->loops.get();
        const bool asking =
            loops != nullptr && (std::ranges::any_of(loops->entries, &Link::rest_asked) ||
                                 loops->rations.is_any_asked());
        const bool in_turn = link.DrainHook::is_linked() && link.address->followed;
        // Or its copy of a message that is given out in slices: who gives it out answers then.
        const bool spreads = link.DrainHook::is_linked() && link.address->spread != nullptr;
        // Or another router, which may have containers and has not asked yet.
        const bool expects = link.DrainHook::is_linked() && link.address->key.phase() != '0' &&
                             link.address->containers().empty();
        expect(!link.is_draining() || held_up || asking || in_turn || spreads || expects,
               "a drain is not answered");
    }

    /// Containers have no more than consumers want.
    void look_at_rations(const Address& address) {
        const FarDemand* const far = address.loops->far.get();
        const bool is_unknown = address.routable && address.own_containers() > 0 &&
                                (far == nullptr || !far->is_exact());
        const bool by_room = is_unknown || address.in_process > 0 ||
                             address.treatment.distribution == Distribution::multicast;
        if (by_room && address.reachable()) {
            return;
        }
        std::uint64_t wanted = address.credit_here;
        for (const Link* exit : address.exits()) {
            wanted += ready(*exit) ? exit->outlet.credit : 0;
        }
        if (!address.relayed()->empty() || !address.waiting.empty()) {
            wanted = 0;
        }
        const std::uint64_t here = wanted;
        wanted += wanted == 0 && !address.waiting.empty() ? 0 : wanted_afar(address);
        std::uint64_t given_afar = 0;
        const Rations& rations = address.loops->rations;
        std::uint64_t given = 0;
        for (std::size_t i = 0; i < rations.size(); ++i) {
            expect(address.containers()[i]->holding == i, "a container is misplaced");
            given += rations.credit_of(i);
            given_afar += address.containers()[i]->far == kNoRouter ? 0 : rations.credit_of(i);
        }
        expect(given <= wanted, "containers may send more than consumers want");
        const std::size_t askers = address.loops->askers.size();
        expect(given_afar < here + std::max<std::size_t>(askers, 1),
               "containers of other routers may send more than consumers here want");
        expect(std::ranges::is_sorted(address.loops->askers, {}, &Link::far) &&
                   std::ranges::count_if(address.containers(),
                                         [](const Link* each) { return each->far != kNoRouter; }) ==
                       static_cast<std::ptrdiff_t>(askers),
               "containers of other routers are misplaced");
    }

    void look_at(const Address& address) {
        // One that subscriptions mean is kept for a while after a message.
        expect(!address.unused() || !address.routes.empty() || address.meant != nullptr,
               "an address that nobody uses is kept");
        for (const auto& route : address.routes) {
            routes_.push_back(route.get());
        }
        std::uint32_t active = 0;
        std::uint32_t here = 0;
        std::uint64_t credit = 0;
        std::uint32_t position = 0;
        for (const Link& link : address.consumers()) {
            active += link.is_active() ? 1U : 0U;
            here += link.is_active() && !link.outlet.relay ? 1U : 0U;
            const bool counts = !link.outlet.relay && !link.outlet.in_process && !link.outlet.full;
            credit += counts ? link.outlet.credit : 0U;
            expect(link.position == position++, "a consumer is misplaced");
        }
        expect(credit == address.credit_here, "credit is miscounted");
        expect(!address.index || address.index->is_true(), "the index of outlets is not true");
        expect(active == address.active_consumers, "active consumers are miscounted");
        expect(here == address.active_here, "active consumers here are miscounted");
        expect(address.followed || active > 0 || address.waiting.empty(),
               "a delivery waits for nobody");
        const WaitingLine* const relayed = address.relayed();
        expect(address.followed || here > 0 || relayed == nullptr || relayed->empty(),
               "a relayed delivery waits for nobody");
        if (!address.containers().empty() && !address.followed) {
            look_at_rations(address);
        }
        for (std::uint32_t i = 0; i < address.producers.size(); ++i) {
            expect(address.producers[i]->position == i, "a producer is misplaced");
        }
        if (address.spread != nullptr) {
            for (const Branch& branch : address.spread->messages) {
                see(branch);
                expect(branch.link == nullptr && branch.line == nullptr && !is_copy(branch) &&
                           branch.stage == Stage::waiting && branch.sent == 0,
                       "what stands for consumers is not what it is");
            }
        }
        address.for_each_line([&](const WaitingLine& each) {
            const WaitingLine* const line = &each;
            std::size_t count = 0;
            std::size_t stuck = 0;
            line->for_each_list([&](const BranchList& list) {
                look_at_waiting(list);
                for (const Branch& branch : list) {
                    ++count;
                    stuck += branch.stuck ? 1U : 0U;
                    expect(branch.line == line, "a branch waits in another line");
                }
            });
            expect(count == line->count() && stuck == line->stuck(),
                   "what waits in a line is miscounted");
        });
        look_at_scopes(address);
    }

    void look_at_scopes(const Address& address) {
        const auto look = [this](const WaitingLine& line, Scope scope) {
            line.for_each_list([&](const BranchList& list) {
                for (const Branch& branch : list) {
                    expect(scope_of(*branch.delivery) == scope, "a branch waits for others");
                }
            });
        };
        look(address.waiting, Scope::all);
        if (const WaitingLine* relayed = address.relayed()) {
            look(*relayed, Scope::here);
        }
        if (address.limits != nullptr) {
            look(address.limits->line(Scope::all), Scope::all);
            look(address.limits->line(Scope::here), Scope::here);
        }
    }

    /// Copies are open, and in the list where they belong.
    void look_at_copies(const Delivery& delivery) {
        for (const bool behind : {false, true}) {
            const Copy* copy = behind ? delivery.behind : delivery.up_to_date;
            for (const Copy* previous = nullptr; copy != nullptr; copy = copy->next) {
                ++copies_;
                expect(copy->is_open() && copy->delivery == &delivery, "a copy is closed");
                expect(copy->behind == behind && behind == (copy->sent < delivery.received),
                       "a copy is in the wrong list");  // I5
                expect(copy->previous == previous, "copies are linked wrongly");
                expect(delivery.copied, "an only branch has copies");
                previous = copy;
            }
        }
    }

    void look_at_waiting(const BranchList& list) {
        const Delivery* before = nullptr;
        for (const Branch& branch : list) {
            see(branch);
            expect(branch.link == nullptr && branch.stage == Stage::waiting,
                   "a waiting branch has a consumer");
            expect(before == nullptr || (before->priority == branch.delivery->priority &&
                                         older(*before, *branch.delivery)),
                   "a waiting branch is out of order");
            before = branch.delivery;
        }
    }

    void look_at_deliveries() {
        std::size_t held = 0;
        std::uint64_t stuck = 0;
        for (const auto& [delivery, seen] : seen_) {
            const std::size_t kept = kept_bytes(*delivery);
            const std::size_t states = delivery->outcome.size() +
                                       (delivery->state != nullptr ? delivery->state->size() : 0);
            expect(std::cmp_equal(delivery->state_bytes, states), "states are miscounted");
            held += kept + states;
            look_at_copies(*delivery);
            stuck += delivery->stuck ? 1U : 0U;
            expect(seen.open == delivery->open_branches, "open branches are miscounted");
            expect(seen.unsent == delivery->unsent_branches, "unsent branches are miscounted");
            expect(seen.claiming == delivery->claiming, "claiming branches are miscounted");
            expect(seen.laggards == delivery->laggards, "laggards are miscounted");  // I4
            expect(kept == 0 || kept == delivery->received - delivery->dropped,
                   "the chunks are not what was received");                                // I2
            expect(seen.open > 0 || delivery->is_headless(), "a delivery has no branch");  // I3
            expect(kept == 0 || seen.laggards > 0 || delivery->is_headless(),
                   "bytes are kept for nobody");
            OfProducer& in = of_producer_[key(delivery->in)];
            if (!delivery->claims.credit) {
                expect(!delivery->claims.undelivered,
                       "undelivered, though its credit was given back");
            } else {
                ++in.outstanding;
                in.undelivered += delivery->claims.undelivered ? 1U : 0U;
            }
            in.held += delivery->claims.bytes ? kept : 0;
            in.stuck += delivery->stuck ? 1U : 0U;
            if (!is_attached(delivery->in)) {
                expect(delivery->whole, "a delivery is not whole, and its producer is gone");
                expect(!delivery->is_decided() || delivery->is_linked(),
                       "nobody will settle what was decided");
            }
        }
        expect(seen_.size() == core_.deliveries().in_use(), "a delivery is in no list");
        expect(held == core_.deliveries().held_bytes(), "held bytes are miscounted");
        expect(seen_.size() + copies_ == core_.deliveries().taken(), "copies are miscounted");
        expect(stuck == core_.counters().stuck, "stuck deliveries are miscounted");
    }

    static std::uint64_t key(LinkRef ref) {
        return std::uint64_t{ref.index} << 32 | ref.generation;
    }

    bool is_attached(LinkRef ref) const {
        return std::ranges::any_of(producers_,
                                   [ref](const Link* link) { return link->self == ref; });
    }

    void look_at_producers() {
        for (const Link* link : producers_) {
            const OfProducer found = of_producer_[key(link->self)];
            expect(found.outstanding == link->account.outstanding(),
                   "a producer's outstanding is miscounted");
            expect(found.undelivered == link->account.undelivered(), "undelivered is miscounted");
            expect(found.held == link->account.held(), "a producer's held bytes are miscounted");
            expect(found.stuck == link->stuck, "a producer's stuck is miscounted");
            expect(link->account.undelivered() <= link->account.outstanding(),
                   "more is undelivered than outstanding");
            Address* const address = link->address;
            const bool relay = link->connection.traits.is_loop;
            const bool reachable =
                address == nullptr || (relay ? address->reachable_here() : address->reachable());
            const bool review =
                address != nullptr && address->wildcards != nullptr &&
                address->wildcards->reach(*address) != address->reached_by_wildcards;
            const bool untold = address != nullptr && (review || link->position < address->untold);
            expect(untold || link->on_demand || link->granted == (reachable && link->is_active()),
                   "a producer has credit that it should not, or none");
        }
    }

    const Core& core_;
    std::vector<std::string> faults_;
    std::vector<const Link*> producers_;
    std::vector<const Route*> routes_;
    OfRoutes of_route_;
    OfRoutes unsent_of_route_;
    std::unordered_map<const Delivery*, Seen> seen_;
    std::size_t copies_ = 0;
    std::unordered_map<std::uint64_t, OfProducer> of_producer_;
};

}  // namespace

std::vector<std::string> audit(const Core& core) {
    return Auditor{core}.run();
}

}  // namespace weft::router
