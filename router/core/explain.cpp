#include "router/core/explain.hpp"

#include "router/core/core.hpp"

#include <algorithm>

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
    if (!consumer.active) {
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

Explanation Core::explain(std::string_view text, RouterIndex origin) {
    Explanation about;
    about.key = parse_address(text, options_.router_id);
    about.stopping = quiescing_;
    explain_rule(about);
    Address* address = addresses_.find(about.key.text);
    if (about.treatment.distribution == Distribution::unavailable) {
        about.decision.kind = about.relayed.kind = Decision::Kind::unavailable;
    }
    if (address == nullptr) {
        return about;
    }
    about.in_use = true;
    about.treatment = address->treatment;
    about.waiting = address->waiting.size() + address->relayed.size();
    explain_consumers(*address, about);
    explain_routes(*address, origin, about);
    explain_producers(*address, about);
    about.decision = decision(*address, /*relayed=*/false, origin);
    about.relayed = decision(*address, /*relayed=*/true, origin);
    return about;
}

/// As those who attach now would be treated.
void Core::explain_rule(Explanation& about) const {
    about.treatment.distribution = options_.default_distribution;
    if (about.key.address_class() != 'M') {
        about.treatment.distribution = Distribution::balanced;
    } else if (const AddressRule* rule = rules_.find(about.key.name())) {
        about.treatment = rule->treatment;
        about.rule = rule->name;
        about.rule_pattern = rule->pattern.text();
    }
    about.by_rule = about.treatment;
}

void Core::explain_consumers(const Address& address, Explanation& about) const {
    for (const Link* consumer : address.consumers) {
        if (consumer->outlet.relay) {
            continue;  // that loop tells of its own
        }
        const Standing standing = standing_of(*consumer);
        ++about.consumers_by_standing[static_cast<std::size_t>(standing)];
        if (about.consumers.size() < kExplainedMax) {
            about.consumers.push_back({.link = consumer->id,
                                       .connection = consumer->connection.id,
                                       .credit = consumer->outlet.credit,
                                       .outstanding = consumer->outlet.outstanding,
                                       .in_process = consumer->outlet.in_process,
                                       .standing = standing});
        }
    }
}

void Core::explain_routes(Address& address, RouterIndex origin, Explanation& about) {
    const Destinations& allowed = allowed_from(origin);
    for (const auto& route : routes_of(address)) {
        if (!route->destinations.empty() && about.routes.size() < kExplainedMax) {
            about.routes.push_back({.connection = route->trunk->connection.id,
                                    .outstanding = route->outstanding,
                                    .cost = cost_of(*route, allowed),
                                    .destinations = route->destinations});
        }
    }
    for (const RouterIndex router : address.remotes) {
        const bool reachable = router < paths_.size() && paths_[router].trunk != nullptr;
        if (!reachable && about.unreachable.size() < kExplainedMax) {
            about.unreachable.push_back(router);
        }
    }
}

void Core::explain_producers(const Address& address, Explanation& about) const {
    for (const Link* producer : address.producers) {
        if (!producer->connection.is_client()) {
            continue;
        }
        const Blocked reason = blocked(*producer);
        ++about.producer_count;
        about.producers_at_capacity += reason == Blocked::capacity_used ? 1U : 0U;
        if (about.producers.size() < kExplainedMax) {
            about.producers.push_back({.link = producer->id,
                                       .connection = producer->connection.id,
                                       .outstanding = producer->outstanding,
                                       .capacity = producer->capacity,
                                       .blocked = reason});
        }
    }
}

/// What anycast() or multicast() would do with the next message. The routes are up to date.
Decision Core::decision(const Address& address, bool relayed, RouterIndex origin) const {
    using Kind = Decision::Kind;
    if (!(relayed ? address.reachable_here() : address.reachable())) {
        return {.kind = Kind::nobody};
    }
    const bool may_wait_here = may_wait(address, relayed);
    if (is_multicast(&address)) {
        const Destinations& allowed = allowed_from(origin);
        const bool goes_on = std::ranges::any_of(address.routes, [&](const auto& route) {
            return cost_of(*route, allowed).has_value();
        });
        return {.kind = may_wait_here || goes_on ? Kind::everyone : Kind::no_path};
    }
    const Way way = choice(address, relayed, origin, address.turn + 1);
    if (way.route != nullptr) {
        return {.kind = Kind::route, .connection = way.route->trunk->connection.id};
    }
    const BranchList& before = relayed ? address.relayed : address.waiting;
    if (way.link != nullptr && before.empty()) {
        return {.kind = way.link->outlet.relay ? Kind::relay : Kind::consumer,
                .link = way.link->id,
                .connection = way.link->connection.id};
    }
    return {.kind = may_wait_here ? Kind::wait : Kind::no_path};
}

}  // namespace weft::router
