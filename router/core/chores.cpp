#include "router/core/chores.hpp"

#include "router/core/edge_links.hpp"

#include <algorithm>
#include <vector>

namespace weft::router {

void Chores::follow(Address& address) {
    address.untold = static_cast<std::uint32_t>(address.producers.size());
    accounts_.offer_loops(address);  // they hear it in the order in which they hear of consumers
    look_at(address);
}

void Chores::look_at(Address& address) {
    if (address.followed) {
        return;
    }
    if (turn_ != clock_.now()) {
        turn_ = clock_.now();
        at_once_ = slice_;
    }
    const std::size_t before = at_once_;
    address.followed = true;
    if (settle(address, at_once_) && !address.is_undivided()) {
        address.followed = false;
    } else {
        followed_.push_back(&address);
    }
    steps_ += before - at_once_;
}

void Chores::look_around() {
    if (!watch_.is_under_way()) {
        watch_.begin();
        std::size_t left = slice_;
        watch_.go_on(left);
    }
}

void Chores::begin(Gate& gate) {
    gate.shut = false;
    gate.due = gate.line.size();
    if (gate.connection.traits.from_router) {  // the urgent first
        gate.line.sort([](const GateHook& one, const GateHook& other) {
            return static_cast<const Link&>(one).priority >
                   static_cast<const Link&>(other).priority;
        });
    }
}

void Chores::open(Gate& gate) {
    std::size_t left = slice_;
    begin(gate);
    go_on(gate, left);
}

void Chores::open(Connection& connection) {
    std::size_t left = slice_;
    HeldGates held;
    held.swap(connection.held);
    while (!held.empty()) {  // the first in turn may take all the room that there is
        Gate& gate = held.front();
        gate.HeldHook::unlink();
        connection.held.push_back(gate);
        begin(gate);
        go_on(gate, left);
    }
}

/// What is left of its line after this is for `work`.
void Chores::go_on(Gate& gate, std::size_t& left) {
    outgoing_.let_through(gate, left);
    if (gate.due > 0 && !gate.OpeningHook::is_linked()) {
        opening_.push_back(gate);
    }
}

void Chores::work() {
    turn_ = {};  // what comes now is of another turn
    std::size_t left = slice_;
    watch_.go_on(left);
    left = slice_;
    while (left > 0 && !opening_.empty()) {
        Gate& gate = opening_.front();
        opening_.pop_front();
        go_on(gate, left);
    }
    for (std::vector<Address*>* const addresses :
         {&lines_.those_put_off(), &accounts_.divided_later()}) {
        followed_.insert(followed_.end(), addresses->begin(), addresses->end());
        addresses->clear();
    }
    left = slice_;
    while (left > 0 && !followed_.empty()) {
        Address& address = *followed_.front();
        followed_.pop_front();
        const std::size_t before = left;
        const bool done = settle(address, left);
        divide(address, left);
        left -= left == before ? 1U : 0U;  // a look is a step, too
        if (!done || address.is_undivided()) {
            followed_.push_back(&address);
            continue;
        }
        address.followed = false;
        if (address.unused()) {
            addresses_.erase(address);
        }
    }
}

/// Once a turn, however many causes there were: very many containers hear what each may send.
void Chores::divide(Address& address, std::size_t& left) {
    if (address.is_undivided() && left > 0) {
        left -= std::min(left, address.containers().size());
        accounts_.divide(address);
    }
}

/// Does what follows from how `address` is now, at most `left` steps of it. True: all is done.
bool Chores::settle(Address& address, std::size_t& left) {
    for (const Scope scope : scopes_of(address)) {
        if (scope == Scope::all ? address.reachable() : address.reachable_here()) {
            continue;
        }
        rerouting_.let_go(address, waiting_in(address, scope), left);
        if (address.limits != nullptr) {
            rerouting_.let_go(address, address.limits->line(scope), left);
        }
    }
    if (address.limits != nullptr) {
        rerouting_.release_large(address, left);
    }
    for (const Scope scope : scopes_of(address)) {
        rerouting_.redistribute(address, scope, left);
    }
    drains_.answer_rested(address, left);
    // From the end: of those that come and go meanwhile none is left out.
    const bool all_else = left > 0;
    auto& untold = address.untold;
    untold = std::min(untold, static_cast<std::uint32_t>(address.producers.size()));
    for (; untold > 0 && left > 0; --left) {
        Link& producer = *address.producers[--untold];
        if (!producer.on_demand) {  // those heard of it together
            accounts_.offer(producer);
            tell_reach(producer);
        }
    }
    return all_else && untold == 0 && !address.is_looked_through();
}

}  // namespace weft::router
