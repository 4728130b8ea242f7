#include "router/core/rerouting.hpp"

#include "common/wire/delivery_state.hpp"
#include "router/core/edge_links.hpp"
#include "router/core/far_demands.hpp"
#include "router/core/measure.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace weft::router {

/// Gives a branch that has no link to a neighbour, in its place among what its link has already.
Link& Rerouting::send_along(Branch& branch, Route& route) {
    Link& out = routes_.link_for(*branch.delivery, route, branch.delivery->priority);
    choose_way(branch, route);
    FarDemands::note_leaving(*route.address, *branch.delivery);
    assign(branch, out);
    pool_.count_steps(enqueue(branch));
    return out;
}

/// A branch of which no byte has left can't go to the neighbour that it was meant for: it takes
/// another way, goes to a consumer here or waits for one, or is over. Its new link goes to
/// `others`: to be resumed.
void Rerouting::forward_again(Branch& branch, std::vector<Link*>& others) {
    Delivery& delivery = *branch.delivery;
    // The route itself may be gone soon.
    const Route meant{.address = branch.route->address, .trunk = branch.route->trunk};
    Address& address = *meant.address;
    unassign(branch);
    if (is_multicast(&address)) {
        multicast_again(branch, address, meant, others);
        return;
    }
    const Scope scope = scope_of(delivery);
    const RouterIndex origin = delivery.provenance.origin;
    FarDemands::note_return(address, delivery);
    Routes::Way way = choose(branch, address, scope);
    if (way.route != nullptr) {
        others.push_back(&send_along(branch, *way.route));
    } else if (may_be_taken(branch, address, scope)) {
        WaitingLine& waiting = waiting_in(address, scope);
        lines_.wait(address, branch, scope);
        if (way.link != nullptr) {
            outgoing_.feed(*way.link);
            way = routes_.choose(address, scope, origin);
        }
        while (way.link != nullptr && !waiting.empty()) {
            outgoing_.feed(*way.link);
            way = routes_.choose(address, scope, origin);
        }
    } else {
        give_up(address, branch, DropReason::no_path);
        return;
    }
    tally_.forwarded_again();
}

/// A branch that nobody receives any more goes to the fallback of its address, or is over.
void Rerouting::give_up(Address& address, Branch& branch, DropReason reason) {
    Delivery& delivery = *branch.delivery;
    if (delivery.provenance.from_fallback || !address.falls_back() ||
        (delivery.stays && !may_return(delivery))) {
        settlement_.release(branch, reason);
        return;
    }
    tally_.redirected(address);
    place(*address.fallback, branch, Scope::all);
}

/// A copy of a multicast message, taken from its link. While no neighbour has got a byte of any
/// copy, the message goes the ways that there are now, as if it came now: the copies that wait
/// stay, and this one goes where one is missing. Once a neighbour has, it may have passed its copy
/// on to those for whom this one was meant, so this one goes where it was to go, or nowhere.
void Rerouting::multicast_again(Branch& branch,
                                Address& address,
                                const Route& meant,
                                std::vector<Link*>& others) {
    Delivery& delivery = *branch.delivery;
    Branch* spare = &branch;
    bool reaches = false;
    for (Route* route : ways_of(delivery, address)) {
        if (delivery.left && !is_one_way(*route, meant)) {
            continue;
        }
        reaches = true;
        if (waits_for(delivery, *route)) {
            continue;
        }
        if (spare == nullptr) {
            Copy& copy = pool_.make_copy(delivery, nullptr);
            DeliveryPool::sort(copy);
            spare = &copy;
            delivery.copied = true;
            open(*spare, /*claims=*/branch.claims);
            delivery.laggards += lags(*spare) ? 1U : 0U;
        }
        others.push_back(&send_along(*std::exchange(spare, nullptr), *route));
    }
    if (!reaches) {
        settlement_.release(branch, DropReason::no_path);
        return;
    }
    if (spare != nullptr) {
        settlement_.finish(branch, {});  // the others serve whom it was meant for
    }
    tally_.forwarded_again();
}

/// Over which neighbours a message goes now that was on its way to some behind `address`.
const std::vector<Route*>& Rerouting::ways_of(const Delivery& delivery, Address& address) {
    const RouterIndex origin = delivery.provenance.origin;
    return delivery.sent_to == nullptr ? routes_.reached_from(address, origin)
                                       : routes_.reached_for_all(*delivery.sent_to, origin);
}

/// True if a copy for that neighbour is there.
bool Rerouting::waits_for(const Delivery& delivery, const Route& route) {
    for (const Branch* branch = &delivery.branch; branch != nullptr; branch = next_of(*branch)) {
        if (branch->is_open() && branch->route != nullptr && is_one_way(*branch->route, route)) {
            return true;
        }
    }
    return false;
}

void Rerouting::redistribute(Address& address, Scope scope, std::size_t& left) {
    look_through(address, waiting_in(address, scope), scope, left);
    if (address.limits != nullptr) {
        look_through(address, address.limits->line(scope), scope, left);
    }
}

void Rerouting::look_through(Address& address, WaitingLine& line, Scope scope, std::size_t& left) {
    for (Branch* next = line.to_look_at(); next != nullptr && left > 0; next = line.to_look_at()) {
        --left;
        look_at(address, line, *next, scope);
        if (line.to_look_at() == next) {
            line.looked_at();
        }
    }
}

/// A branch that waits in `line` goes where it can now, waits where those of its size do, or stays.
void Rerouting::look_at(Address& address, WaitingLine& line, Branch& branch, Scope scope) {
    const Routes::Way way = choose(branch, address, scope);
    if (way.route == nullptr && may_be_taken(branch, address, scope)) {
        const SizeLimits* const limits = address.limits.get();
        if (limits != nullptr && &line == &waiting_in(address, scope) &&
            size_of(*branch.delivery) > limits->least()) {
            line.remove(branch);
            lines_.wait(address, branch, scope);
        }
        if (way.link != nullptr) {
            outgoing_.feed(*way.link);
        }
        return;
    }
    line.remove(branch);
    if (way.route != nullptr) {
        outgoing_.pump(send_along(branch, *way.route));
    } else {
        give_up(address, branch, DropReason::no_path);
    }
}

/// A branch that was taken out goes where it can now, or back to its place among those that wait.
void Rerouting::place(Address& address, Branch& branch, Scope scope) {
    const Routes::Way way = choose(branch, address, scope);
    if (way.route != nullptr) {
        outgoing_.pump(send_along(branch, *way.route));
    } else if (may_be_taken(branch, address, scope)) {
        lines_.wait(address, branch, scope);
        if (way.link != nullptr) {
            outgoing_.feed(*way.link);
        }
    } else {
        settlement_.release(branch, DropReason::no_path);
    }
}

/// True if consumers may take it later.
bool Rerouting::may_be_taken(const Branch& branch, Address& address, Scope scope) {
    const PassedOver own{address, own_consumers(*branch.delivery, address)};
    return has_consumers(address, scope, branch.delivery->provenance);
}

Routes::Way Rerouting::choose(const Branch& branch, Address& address, Scope scope) {
    Delivery& delivery = *branch.delivery;
    const PassedOver own{address, own_consumers(delivery, address)};
    const Link* const in = keeps_here(address) ? links_.find(delivery.in) : nullptr;
    const bool stays = in != nullptr && in->on_demand;
    const RouterIndex origin = stays ? kNoRouter : delivery.provenance.origin;
    std::uint64_t large = 0;
    if (address.limits != nullptr) [[unlikely]] {
        const std::uint64_t size = size_of(delivery);
        large = size > address.limits->least() ? size : 0;
    }
    if (delivery.provenance.stays_down) [[unlikely]] {
        return routes_.choose_below(large, address, scope);
    }
    return large > 0 ? routes_.choose_for(large, address, scope, origin)
                     : routes_.choose(address, scope, origin);
}

void Rerouting::release_large(Address& address, std::size_t& left) {
    for (const Scope scope : scopes_of(address)) {
        const std::uint64_t most = address.most_taken(scope);
        for (WaitingLine* line : {&waiting_in(address, scope), &address.limits->line(scope)}) {
            for (; left > 0 && !line->empty() && size_of(*line->front()->delivery) > most; --left) {
                Branch& branch = line->take();
                const bool returns = scope == Scope::here && may_return(*branch.delivery);
                place(address, branch, returns ? Scope::all : scope);
            }
        }
    }
}

void Rerouting::let_go(Address& address, WaitingLine& waiting, std::size_t& left) {
    for (; left > 0 && !waiting.empty(); --left) {
        Branch& branch = waiting.take();
        if (address.reachable() && may_return(*branch.delivery)) {
            place(address, branch, Scope::all);
        } else {
            give_up(address, branch, DropReason::no_consumer);
        }
    }
}

void Rerouting::gather_strays(Trunk& trunk) {
    if (!trunk.strayed || trunk.is_searched()) {
        return;
    }
    trunk.search();
    if (trunk.is_searched()) {
        searched_.push_back(&trunk);
        if (searched_.size() == 1) {
            work();
        }
    }
}

void Rerouting::work() {
    std::size_t left = slice_;
    while (left > 0 && !searched_.empty()) {
        Trunk& trunk = *searched_.front();
        std::vector<Link*> others;
        while (left > 0 && trunk.is_searched()) {
            search(trunk, left, others);
        }
        if (!trunk.is_searched()) {
            searched_.pop_front();
            others.insert(others.end(), trunk.streams.begin(), trunk.streams.end());
            std::ranges::copy_if(trunk.out, std::back_inserter(others),
                                 [](const Link* link) { return link != nullptr; });
        }
        outgoing_.resume_all(others);
    }
}

/// Searches the last of the links that are to be, from where it stopped.
void Rerouting::search(Trunk& trunk, std::size_t& left, std::vector<Link*>& others) {
    Link& link = *trunk.unsearched.back();
    if (trunk.searched_next == nullptr && !link.queue.empty()) {
        trunk.searched_next = &link.queue.front();
        trunk.searched_next->searched_next = true;
    }
    while (left > 0 && trunk.searched_next != nullptr) {
        --left;
        Branch& branch = *trunk.searched_next;
        trunk.search_behind(branch);
        if (!branch.has_begun() && strays(branch)) {
            forward_again(branch, others);
        }
        if (trunk.unsearched.empty() || trunk.unsearched.back() != &link) {
            return;  // that was the last
        }
    }
    if (trunk.searched_next == nullptr) {
        trunk.unsearched.pop_back();  // nothing is left there
    }
}

void Rerouting::forget(const Trunk& trunk) {
    if (!trunk.carries() && trunk.streams.empty()) {
        std::erase(searched_, &trunk);
    }
}

/// True if none for whom a branch waits is behind its neighbour any more. Of a multicast message of
/// this router, also if the ways that there are now are not those of its copies; one that passes
/// through stays: others may have it by a way that is new.
bool Rerouting::strays(const Branch& branch) {
    const Delivery& delivery = *branch.delivery;
    Address& address = *branch.route->address;
    const std::vector<Route*>& routes = ways_of(delivery, address);
    const bool astray = std::ranges::none_of(
        routes, [&](const Route* route) { return is_one_way(*route, *branch.route); });
    if (!is_multicast(&address)) {
        return astray;
    }
    const auto waits = [&](const Route* route) { return waits_for(delivery, *route); };
    return delivery.provenance.origin == kThisRouter && !delivery.left &&
           (astray || !std::ranges::all_of(routes, waits));
}

/// What becomes of a delivery of which a lost consumer has got nothing: what it named, but nobody
/// is told that something was done which was not.
Bytes Rerouting::outcome_of_unsent(const Link& lost) {
    const bool usable = lost.default_outcome != nullptr &&
                        wire::outcome_of(*lost.default_outcome) != wire::Outcome::accepted;
    return usable ? Bytes(*lost.default_outcome) : wire::kReleased;
}

bool Rerouting::lose_consumer(Link& link, std::size_t& left) {
    lose(link.unsettled, link, left);
    lose(link.queue, link, left);
    return link.unsettled.empty() && link.queue.empty();
}

void Rerouting::lose_unsent(Link& link) {
    std::size_t all = SIZE_MAX;
    lose(link.queue, link, all);
}

void Rerouting::lose(BranchList& branches, const Link& link, std::size_t& left) {
    std::vector<Link*> others;
    for (; left > 0 && !branches.empty(); --left) {
        lose(branches.front(), link, others);
    }
    outgoing_.resume_all(others);
}

/// The one copy for all on another loop who mean its address goes there by another exit than the
/// lost one, if somebody is left there: that was one address's alone. False: it is no such copy, or
/// nobody is.
bool Rerouting::leave_by_another(Branch& branch, const Link& lost, std::vector<Link*>& others) {
    const Delivery& delivery = *branch.delivery;
    if (!lost.outlet.relay || lost.streams || delivery.sent_to == nullptr || branch.has_begun()) {
        return false;
    }
    Link* const exit = routes_.exit_for_all(*delivery.sent_to, lost.loop);
    if (exit == nullptr) {
        return false;
    }
    unassign(branch);
    assign(branch, *exit);
    pool_.count_steps(enqueue(branch));
    if (others.empty() || others.back() != exit) {
        others.push_back(exit);
    }
    tally_.forwarded_again();
    return true;
}

void Rerouting::lose(Branch& branch, const Link& link, std::vector<Link*>& others) {
    const Delivery& delivery = *branch.delivery;
    if (branch.answered) {
        settlement_.finish(branch, {});
        return;
    }
    if (branch.route != nullptr && !branch.has_begun()) {
        forward_again(branch, others);
        return;
    }
    if (leave_by_another(branch, link, others)) {
        return;
    }
    const bool whole = branch.stage == Stage::unsettled;
    const Bytes outcome = branch.has_begun() ? wire::kModifiedFailed : outcome_of_unsent(link);
    tally_.drop(links_.find(delivery.in), DropReason::consumer_lost,
                delivery.presettled() && (branch.route != nullptr || !whole));
    settlement_.finish(branch, outcome);
}

}  // namespace weft::router
