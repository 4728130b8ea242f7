#pragma once

#include "router/core/address_table.hpp"
#include "router/core/delivery.hpp"
#include "router/core/edge_links.hpp"
#include "router/core/outlet.hpp"
#include "router/core/settlement.hpp"

#include <cstddef>
#include <vector>

namespace weft::router {

/// Large messages that are moved out of the way of a consumer that does not take them, at once.
inline constexpr std::size_t kPassedOverMax = 100;

/// What waits for the consumers of an address: one line, or up to four. What other loops brought
/// stands apart (Loops), and so does what is too large for some of the consumers (SizeLimits).
///
/// Invariants:
///   Q1  of two lines neither is passed over for ever: each has at least one of sixteen turns
///   Q2  who is put off is `followed`, and stands with the chores or here
///
/// Threading: loop-confined.
class Lines {
public:
    /// Both must outlive it.
    Lines(DeliveryPool& pool, Settlement& settlement) : pool_{pool}, settlement_{settlement} {}

    /// The line whose front a consumer is to take next, of all that it takes; null if nothing waits
    /// for it.
    WaitingLine* next(const Link& consumer) {
        Address& address = *consumer.address;
        if (address.loops == nullptr && address.limits == nullptr) [[likely]] {
            return address.waiting.empty()     ? nullptr
                   : gets_all_others(consumer) ? with_any_for(consumer, address.waiting)
                                               : &address.waiting;
        }
        return next_of_many(consumer);
    }
    /// A consumer takes what is next for it in `line`, which `next` returned.
    static Branch& take(WaitingLine& line, const Link& consumer) {
        Address& address = *consumer.address;
        Branch& branch = gets_all_others(consumer) ? take_other(line, consumer) : line.take();
        if (address.loops != nullptr || address.limits != nullptr) [[unlikely]] {
            count_turns(address);
        }
        return branch;
    }
    /// It took nothing of that after all.
    void put_back(WaitingLine& line, Branch& branch, const Link& consumer) {
        if (gets_all_others(consumer)) [[unlikely]] {  // others may stand before it
            pool_.count_steps(line.push(branch, branch.delivery->priority));
        } else {
            line.put_back(branch);
        }
    }
    /// Puts a branch in its place: by its size, if some take no more than so much. What none takes
    /// comes back.
    void wait(Address& address, Branch& branch, Scope scope);

    /// The chores are to go on with an address: a consumer's limit makes more to be sorted than a
    /// turn may, or consumers that drain are to be answered.
    void put_off(Address& address);
    /// The chores take them from here.
    std::vector<Address*>& those_put_off() { return put_off_; }

private:
    static bool goes_to(const Link& consumer, Delivery& delivery);
    static WaitingLine* with_any_for(const Link& consumer, WaitingLine& line);
    static Branch& take_other(WaitingLine& line, const Link& consumer);
    WaitingLine* next_of_many(const Link& consumer);
    WaitingLine* next_of_all(const Link& consumer);
    void pass_over_large(const Link& consumer);
    void sort_later(Address& address, WaitingLine& line);
    static void count_turns(Address& address);

    DeliveryPool& pool_;
    Settlement& settlement_;
    std::vector<Address*> put_off_;
};

}  // namespace weft::router
