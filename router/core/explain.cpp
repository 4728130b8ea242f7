#include "router/core/explain.hpp"

#include "router/core/core.hpp"

#include <algorithm>
#include <cstddef>
#include <ranges>
#include <utility>
#include <vector>

/// The live decision in dry run.
namespace weft::router {

const char* to_string(Standing standing) {
    switch (standing) {
        case Standing::eligible:
            return "eligible";
        case Standing::attaching:
            return "attaching";
        case Standing::stalled:
            return "stalled";
        case Standing::no_credit:
            return "no-credit";
        case Standing::full:
            return "connection-full";
        case Standing::busy:
            return "busy";
    }
    return "unknown";
}

Standing standing_of(const Link& consumer) {
    if (!consumer.is_active()) {
        return Standing::attaching;
    }
    const Ineligible why = ineligible(consumer.outlet);
    if (why != Ineligible::no && consumer.stalled) {
        return Standing::stalled;
    }
    switch (why) {
        case Ineligible::no_credit:
            return Standing::no_credit;
        case Ineligible::full:
            return Standing::full;
        case Ineligible::busy:
            return Standing::busy;
        case Ineligible::no:
            break;
    }
    return Standing::eligible;
}

namespace {

/// The rule for those who attach now, if there is one.
void explain_rule(Core& core, Explanation& about) {
    const AddressRule* rule =
        about.key.address_class() == 'M' ? core.rules().find(about.key.name()) : nullptr;
    if (rule != nullptr) {
        about.rule = rule->name;
        about.rule_pattern = rule->pattern.text();
    }
}

/// The first of `all`; how many are left out.
template <class Links>
auto those_looked_at(Links&& all, std::size_t& left_out) {
    const std::size_t count = std::min(all.size(), kLookedAtMax);
    left_out = all.size() - count;
    return std::views::take(std::forward<Links>(all), static_cast<std::ptrdiff_t>(count));
}

void explain_consumers(const Address& address, Explanation& about) {
    for (const Link& consumer : those_looked_at(address.consumers(), about.consumers_left_out)) {
        if (consumer.outlet.relay) {
            continue;  // that loop tells of its own
        }
        const Standing standing = standing_of(consumer);
        ++about.consumers_by_standing[static_cast<std::size_t>(standing)];
        if (about.consumers.size() < kExplainedMax) {
            about.consumers.push_back({.link = consumer.id,
                                       .connection = consumer.connection.id,
                                       .credit = consumer.outlet.credit,
                                       .outstanding = consumer.outlet.outstanding,
                                       .in_process = consumer.outlet.in_process,
                                       .standing = standing});
        }
    }
}

void explain_routes(Routes& routes, Address& address, RouterIndex origin, Explanation& about) {
    const Destinations& allowed = routes.allowed_from(origin);
    for (const auto& route : routes.of(address)) {
        if (!route->destinations.empty() && about.routes.size() < kExplainedMax) {
            about.routes.push_back({.connection = route->trunk->connection.id,
                                    .outstanding = route->outstanding,
                                    .cost = cost_of(*route, allowed),
                                    .destinations = route->destinations});
        }
    }
    for (const Remote& remote : address.remotes) {
        if (!routes.has_path(remote.router) && about.unreachable.size() < kExplainedMax) {
            about.unreachable.push_back(remote.router);
        }
    }
}

void explain_producers(const Address& address, Explanation& about) {
    for (const Link* producer : those_looked_at(address.producers, about.producers_left_out)) {
        if (!producer->connection.traits.is_client) {
            continue;
        }
        const Blocked reason = blocked(*producer);
        ++about.producer_count;
        about.producers_at_capacity += reason == Blocked::capacity_used ? 1U : 0U;
        if (about.producers.size() < kExplainedMax) {
            about.producers.push_back({.link = producer->id,
                                       .connection = producer->connection.id,
                                       .outstanding = producer->account.outstanding(),
                                       .capacity = producer->account.capacity(),
                                       .blocked = reason});
        }
    }
}

/// Subscriptions with wildcards, of what enters the mesh here.
void explain_wildcards(const AddressTable& addresses, RouterIndex origin, Explanation& about) {
    const auto wildcards = read_wildcards(about.key.name());
    const bool is_wild = wildcards && *wildcards;
    if (origin != kThisRouter || is_wild || !may_have_wildcards(about.key, about.treatment)) {
        return;
    }
    std::vector<Address*> found;
    addresses.wildcards().match(about.key.name(), found);
    for (const Address* subscription : found) {
        if (subscription->reachable()) {
            ++about.wildcard_count;
            if (about.wildcards.size() < kExplainedMax) {
                about.wildcards.emplace_back(subscription->key.name());
            }
        }
    }
    if (about.wildcard_count > 0) {
        about.decision.kind = about.relayed.kind = Decision::Kind::everyone;
    }
}

/// What Arrivals would do with the next message. The routes are up to date.
Decision decide(const Routes& routes, const Address& address, Scope scope, RouterIndex origin) {
    using Kind = Decision::Kind;
    if (!(scope == Scope::here ? address.reachable_here() : address.reachable())) {
        return {.kind = Kind::nobody};
    }
    const bool may_wait_here = has_consumers(address, scope);
    if (is_multicast(&address)) {
        const Destinations& allowed = routes.allowed_from(origin);
        const bool goes_on = std::ranges::any_of(address.routes, [&](const auto& route) {
            return cost_of(*route, allowed).has_value();
        });
        return {.kind = may_wait_here || goes_on ? Kind::everyone : Kind::no_path};
    }
    const Routes::Way way = routes.choice(address, scope, origin, address.turn + 1);
    if (way.route != nullptr) {
        return {.kind = Kind::route, .connection = way.route->trunk->connection.id};
    }
    const WaitingLine* const before = scope == Scope::here ? address.relayed() : &address.waiting;
    if (way.link != nullptr && (before == nullptr || before->empty())) {
        return {.kind = way.link->outlet.relay ? Kind::relay : Kind::consumer,
                .link = way.link->id,
                .connection = way.link->connection.id};
    }
    return {.kind = may_wait_here ? Kind::wait : Kind::no_path};
}

}  // namespace

Explanation explain(Core& core, std::string_view text, RouterIndex origin) {
    Explanation about;
    about.key = parse_address(text, core.router_id());
    core.resolver_.enter(about.key);
    about.stopping = core.accounts().is_quiescing();
    about.by_rule = about.treatment = core.resolver_.treatment_of(about.key);
    explain_rule(core, about);
    Address* address = core.addresses().find(about.key.text);
    if (about.treatment.distribution == Distribution::unavailable) {
        about.decision.kind = about.relayed.kind = Decision::Kind::unavailable;
    }
    if (address == nullptr) {
        explain_wildcards(core.addresses(), origin, about);
        return about;
    }
    about.in_use = true;
    about.treatment = address->treatment;
    explain_producers(*address, about);
    about.waiting = address->waiting_count();
    about.falls_back = address->falls_back();
    address = about.falls_back ? address->fallback : address;
    explain_consumers(*address, about);
    explain_routes(core.routes(), *address, origin, about);
    about.decision = decide(core.routes(), *address, Scope::all, origin);
    about.relayed = decide(core.routes(), *address, Scope::here, origin);
    explain_wildcards(core.addresses(), origin, about);
    return about;
}

}  // namespace weft::router
