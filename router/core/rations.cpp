#include "router/core/rations.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace weft::router {

void Rations::add(std::uint64_t sent) {
    holders_.push_back({.sent = sent, .limit = sent, .told_limit = sent});
}

void Rations::remove(std::size_t at) {
    set_asked(holders_[at], false);
    holders_[at] = holders_.back();
    holders_.pop_back();
}

void Rations::set_asked(Holder& holder, bool asked) {
    asked_ += asked ? 1U : 0U;
    asked_ -= holder.asked ? 1U : 0U;
    holder.asked = asked;
}

void Rations::note(std::size_t at, const Facts& facts) {
    Holder& holder = holders_[at];
    if (std::exchange(holder.sent, facts.sent) != facts.sent) {
        holder.stock = Stock::some;
        holder.silent = 0;
    }
    holder.room = facts.active ? facts.room : 0;
    holder.active = facts.active;
    set_asked(holder, holder.asked && facts.active);
}

void Rations::ask() {
    for (std::size_t i = 0; i < holders_.size(); ++i) {
        ask(i);
    }
}

void Rations::ask(std::size_t at) {
    Holder& holder = holders_[at];
    if (!holder.asked && !holder.draining) {
        holder.silent = 0;
    }
    set_asked(holder, holder.active);
}

void Rations::call_off() {
    for (Holder& holder : holders_) {
        set_asked(holder, false);
    }
}

/// Who used all of it up may have more.
void Rations::answered(std::size_t at) {
    Holder& holder = holders_[at];
    if (!holder.draining) {
        return;
    }
    const bool gave_back = holder.told_limit > holder.sent;
    if (gave_back || holder.sent == holder.drained_from) {
        set_asked(holder, false);
    }
    if (gave_back) {
        holder.stock = Stock::none;
    }
    holder.limit = holder.told_limit = holder.sent;
    holder.draining = holder.told_drain = false;
}

std::size_t Rations::tick() {
    std::size_t silent = 0;
    for (Holder& holder : holders_) {
        if (!holder.draining && !holder.asked) {
            const bool is_due = holder.stock == Stock::none && holder.credit() == 0;
            holder.stock = is_due ? Stock::unknown : holder.stock;
            continue;
        }
        ++holder.silent;
        // Of a single one nobody else waits for what it has.
        if (holder.draining && holder.silent == kSilentTicks && holders_.size() > 1) {
            silent += lose(holder);
        }
        if (holder.silent >= kMissedTicks) {
            silent += lose(holder);
            set_asked(holder, false);
            holder.draining = false;
        }
    }
    return silent;
}

/// 1, if it had some.
std::size_t Rations::lose(Holder& holder) {
    const bool had_credit = holder.credit() > 0;
    holder.stock = had_credit ? Stock::none : holder.stock;
    holder.limit = holder.sent;
    holder.told_drain = false;  // it hears of this, if of nothing else
    return had_credit ? 1 : 0;
}

std::span<const Rations::Grant> Rations::divide(std::uint64_t wanted) {
    std::uint64_t given = 0;
    for (Holder& holder : holders_) {
        holder.limit = holder.sent + std::min(holder.credit(), holder.room);
        given += holder.credit();
    }
    if (given > wanted) {
        keep(wanted);  // R1
    } else if (given < wanted) {
        give(wanted - given);
    }
    ask_for_rest();
    grants_.clear();
    for (std::size_t i = 0; i < holders_.size(); ++i) {
        Holder& holder = holders_[i];
        if (holder.draining && holder.told_drain) {
            continue;  // R4
        }
        if (std::max(holder.limit, holder.sent) != std::max(holder.told_limit, holder.sent) ||
            holder.draining != holder.told_drain) {
            grants_.push_back(
                {.container = i, .credit = holder.credit(), .drain = holder.draining});
        }
        holder.told_limit = holder.limit;
        holder.told_drain = holder.draining;
    }
    return grants_;
}

void Rations::sort() {
    order_.clear();
    for (Holder& holder : holders_) {
        order_.push_back(&holder);
    }
    std::ranges::sort(order_, {}, [](const Holder* holder) {
        return std::pair(holder->credit(), holder->served);
    });
}

/// Consumers left, or others sent what they wanted: those with most lose most. What is under way
/// already comes all the same.
void Rations::keep(std::uint64_t wanted) {
    sort();
    std::uint64_t others = order_.size();
    for (Holder* holder : order_) {
        const std::uint64_t kept = std::min<std::uint64_t>(holder->credit(), wanted / others--);
        holder->limit = holder->sent + kept;
        wanted -= kept;
    }
}

void Rations::give(std::uint64_t free) {
    sort();
    for (Holder* holder : order_) {
        if (free > 0 && holder->is_hungry()) {
            give(*holder, 1);
            --free;
        }
    }
    spread(free, &Holder::may_have);  // R2
    if (std::ranges::none_of(holders_, &Holder::may_use_more)) {
        spread(free, [](const Holder&) { return true; });  // to rest there
    }
}

/// In equal parts, as far as there is space.
template <class Which>
void Rations::spread(std::uint64_t& free, Which which) {
    std::uint64_t takers = 0;
    do {
        const auto takes = [&](const Holder* holder) {
            return std::invoke(which, *holder) && holder->space() > 0;
        };
        takers = static_cast<std::uint64_t>(std::ranges::count_if(order_, takes));
        std::uint64_t left = takers;
        for (Holder* holder : order_) {
            if (free > 0 && takes(holder)) {
                const std::uint64_t part = (free + left - 1) / left;
                const auto credit =
                    static_cast<std::uint32_t>(std::min<std::uint64_t>(part, holder->space()));
                give(*holder, credit);
                free -= credit;
                --left;
            }
        }
    } while (free > 0 && takers > 0);
}

void Rations::give(Holder& holder, std::uint32_t credit) {
    holder.limit = holder.sent + holder.credit() + credit;
    holder.served = ++turn_;
}

/// One that has no room can't be given anything: it is asked all the same whether there is more.
void Rations::ask_for_rest() {
    const bool any_hungry = std::ranges::any_of(holders_, &Holder::is_hungry);
    for (Holder& holder : holders_) {
        const bool holds = holder.credit() > 0;
        if (!holder.draining && ((holds && (any_hungry || holder.asked)) ||  // R3
                                 (holder.asked && !holds && holder.room == 0))) {
            holder.draining = true;
            holder.drained_from = holder.sent;
            holder.silent = 0;
        }
    }
}

}  // namespace weft::router
