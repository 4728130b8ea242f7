#include "router/core/lines.hpp"

#include "router/core/branch.hpp"
#include "router/core/measure.hpp"
#include "router/core/routes.hpp"

#include <cstdint>
#include <utility>

namespace weft::router {
namespace {

/// The one of two lines whose front goes next (Q1); null lines have none.
WaitingLine* next_of(WaitingLine* one, WaitingLine* other, std::uint32_t passed_over) {
    if (one == nullptr || other == nullptr) {
        return one != nullptr ? one : other;
    }
    const bool before = goes_before(*one->front()->delivery, *other->front()->delivery);
    const bool overdue = passed_over + 1 >= WaitingLine::kRound;
    return before != overdue ? one : other;
}

void count_turn(bool both, std::uint32_t& passed_over) {
    const bool overdue = passed_over + 1 >= WaitingLine::kRound;
    passed_over = both && !overdue ? passed_over + 1 : 0;
}

/// True if a consumer may take what is next in a line of what other loops brought: it waits for
/// those here, but if none can take it another loop may.
bool may_take_relayed(const Link& consumer, const WaitingLine& line) {
    const Provenance& provenance = line.front()->delivery->provenance;
    return consumer.outlet.relay ? may_cross(provenance)
                                 : !(consumer.outlet.uplink && provenance.stays_down);
}

/// As Lines::next, of what fits every consumer.
WaitingLine* next_usual(const Link& consumer) {
    Address& address = *consumer.address;
    WaitingLine* const waiting = address.waiting.empty() ? nullptr : &address.waiting;
    WaitingLine* const relayed = address.relayed();
    if (relayed == nullptr || relayed->empty() || !may_take_relayed(consumer, *relayed)) {
        return waiting;
    }
    return next_of(waiting, relayed, address.loops->passed_over);
}

}  // namespace

/// True if a consumer to whom not all goes gets that.
bool Lines::goes_to(const Link& consumer, Delivery& delivery) {
    return may_get(consumer, delivery) &&
           (!consumer.outlet.limited() || size_of(delivery) <= consumer.outlet.bytes_max);
}

/// Null: none of the line goes there, as far as it is looked at.
WaitingLine* Lines::with_any_for(const Link& consumer, WaitingLine& line) {
    const auto goes = [&](Delivery& delivery) { return goes_to(consumer, delivery); };
    return line.first(goes) == nullptr ? nullptr : &line;
}

Branch& Lines::take_other(WaitingLine& line, const Link& consumer) {
    Branch& branch = *line.first([&](Delivery& delivery) { return goes_to(consumer, delivery); });
    line.remove(branch);
    return branch;
}

WaitingLine* Lines::next_of_many(const Link& consumer) {
    WaitingLine* const next = next_of_all(consumer);
    if (next == nullptr || !gets_all_others(consumer)) [[likely]] {
        return next;
    }
    WaitingLine* found = with_any_for(consumer, *next);
    consumer.address->for_each_line([&](WaitingLine& line) {
        found = found != nullptr || line.empty() ? found : with_any_for(consumer, line);
    });
    return found;
}

WaitingLine* Lines::next_of_all(const Link& consumer) {
    SizeLimits* const limits = consumer.address->limits.get();
    if (limits == nullptr) [[likely]] {
        return next_usual(consumer);
    }
    if (consumer.outlet.limited()) {
        pass_over_large(consumer);
    }
    const auto takeable = [&](WaitingLine& line) {
        const bool fits =
            !line.empty() && size_of(*line.front()->delivery) <= consumer.outlet.bytes_max;
        return fits ? &line : nullptr;
    };
    WaitingLine* relayed = takeable(limits->line(Scope::here));
    if (relayed != nullptr && !may_take_relayed(consumer, *relayed)) {
        relayed = nullptr;
    }
    WaitingLine* const large =
        next_of(takeable(limits->line(Scope::all)), relayed, limits->passed_over);
    WaitingLine* const usual = next_usual(consumer);
    return next_of(usual == nullptr ? nullptr : takeable(*usual), large,
                   /*passed_over=*/0);  // in order
}

void Lines::count_turns(Address& address) {
    if (Loops* const loops = address.loops.get()) {
        count_turn(!address.waiting.empty() && !loops->waiting.empty(), loops->passed_over);
    }
    if (SizeLimits* const limits = address.limits.get()) {
        const bool waiting = !limits->line(Scope::all).empty();
        const bool relayed = !limits->line(Scope::here).empty();
        count_turn(waiting && relayed, limits->passed_over);
    }
}

/// What is next and does not fit a consumer with a limit waits for others, or comes back if none
/// takes it: each is moved once.
void Lines::pass_over_large(const Link& consumer) {
    Address& address = *consumer.address;
    std::size_t left = kPassedOverMax;
    const auto pass_over = [&](WaitingLine& line, Scope scope, std::uint64_t bytes) {
        for (; !line.empty() && size_of(*line.front()->delivery) > bytes; --left) {
            if (left == 0) {
                sort_later(address, line);
                return;
            }
            wait(address, line.take(), scope);
        }
    };
    for (const Scope scope : scopes_of(address)) {
        pass_over(waiting_in(address, scope), scope, consumer.outlet.bytes_max);
        pass_over(address.limits->line(scope), scope, address.most_taken(scope));
    }
}

void Lines::sort_later(Address& address, WaitingLine& line) {
    if (!line.is_looked_at()) {
        line.look_again();
    }
    put_off(address);
}

void Lines::put_off(Address& address) {
    if (!std::exchange(address.followed, true)) {  // Q2
        put_off_.push_back(&address);
    }
}

void Lines::wait(Address& address, Branch& branch, Scope scope) {
    Delivery& delivery = *branch.delivery;
    WaitingLine* line = &waiting_in(address, scope);
    if (SizeLimits* const limits = address.limits.get()) [[unlikely]] {
        const std::uint64_t size = size_of(delivery);
        if (size > address.most_taken(scope)) {
            settlement_.give_up_large(branch);
            settlement_.review(delivery);
            return;
        }
        line = size > limits->least() ? &limits->line(scope) : line;
    }
    pool_.count_steps(line->push(branch, delivery.priority));
}

}  // namespace weft::router
