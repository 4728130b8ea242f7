#pragma once

#include "router/core/address_table.hpp"
#include "router/core/link_table.hpp"

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace weft::router {

/// The accounts of all producers: what deliveries claim of them, and the credit that is offered for
/// what is left. Credit flows to a producer only while somebody receives.
///
/// A producer may be gone before its deliveries: then there is no account any more, and what they
/// claimed is claimed of nobody.
///
/// Threading: loop-confined. Spec: AMQP 1.0 §2.6.7
class Accounts {
public:
    Accounts(LinkTable& links, DeliveryPool& pool) : links_{links}, pool_{pool} {}

    /// A delivery came in on `in`. One whose credit comes back on receipt claims nothing.
    static void open(Link& in, Delivery& delivery) {
        const Traits& traits = in.connection.traits;
        if (traits.credit_on_receipt && !in.streams) [[unlikely]] {
            open_of_router(in, delivery);
        } else {
            in.account.open(delivery.claims);
        }
    }
    /// It was passed on whole to all who get it,
    void delivered(Delivery& delivery) {
        if (Link* in = delivery.claims.undelivered ? links_.find(delivery.in) : nullptr) {
            delivered(*in, delivery);
            if (in->connection.traits.is_loop) {
                offer(*in);
            }
        }
    }
    /// which its producer is offered more for in the same call anyway.
    static void delivered(Link& in, Delivery& delivery) {
        if (std::exchange(delivery.claims.undelivered, false)) {
            in.account.delivered();
        }
    }
    /// Nobody its producer has to wait for needs it any more: the producer (null: it is gone) gets
    /// the credit back that it claims.
    void return_credit(Link* in, Delivery& delivery);

    /// Keeps `payload`, what came in last of it, at its producer's expense;
    void keep(Delivery& delivery, Bytes payload) {
        pool_.keep(delivery, payload);
        charge(delivery, static_cast<std::ptrdiff_t>(payload.size()));
    }
    /// if somebody has not passed it on.
    void keep_rest(Delivery& delivery, Bytes payload) {
        if (delivery.first_chunk != nullptr || is_behind(delivery)) {
            keep(delivery, payload);
        }
    }
    /// A branch of it that lagged no longer does.
    void catch_up(Delivery& delivery) {
        charge(delivery, -static_cast<std::ptrdiff_t>(pool_.catch_up(delivery)));
    }
    /// So many bytes more (or, negative, less) of it are kept.
    void charge(Delivery& delivery, std::ptrdiff_t bytes);
    /// What is kept of it is not at its producer's expense any more.
    void discharge(Delivery& delivery);
    /// A message that another router sends on a link for many may not take all memory: from
    /// kUnchargedMax kept on it counts against that link.
    void charge_if_large(const Link& in, Delivery& delivery);

    /// Tells a producer what it may send now.
    void offer(Link& in);
    /// The same to those that bring deliveries of an address from other loops, and on demand: what
    /// consumers here can take has changed.
    void offer_loops(Address& address) {
        for (Link* entry : address.entries()) {
            offer(*entry);
        }
        offer_containers(address);
    }
    /// The same to those that send on demand, all together: what any consumer can take has changed,
    /// or how they stand. Very many hear of it later, once a turn.
    void offer_containers(Address& address) {
        if (!address.containers().empty()) [[unlikely]] {
            divide_soon(address);
        }
    }
    /// A consumer drains: each container is to say whether it has more. One at another router
    /// (`far`): only those of this router are, the others hear of it themselves.
    void ask_containers(Address& address, bool far = false);
    /// A container has used up, or given back, what it was asked to.
    static void answered(const Link& container);
    /// Addresses whose containers are to hear of it later: each is `undivided`, and `followed`.
    std::vector<Address*>& divided_later() { return divided_later_; }
    /// Tells the containers of an address what each may send now. O(containers).
    void divide(Address& address);
    /// The same soon, with what else there is to do with the address.
    void divide_later(Address& address);
    /// Who carries words about containers between routers; null: nobody. Must outlive the core, or
    /// be taken back before.
    void set_far_observer(FarDemandObserver* observer) { far_observer_ = observer; }
    FarDemandObserver* far_observer() const { return far_observer_; }
    /// Takes back all credit of clients for good: the router is about to stop.
    void quiesce();
    bool is_quiescing() const { return quiescing_; }

private:
    /// Containers of one address among which credit is divided at once.
    static constexpr std::size_t kDividedAtOnce = 16;

    static void open_of_router(Link& in, Delivery& delivery);
    static std::uint32_t room_for(const Link& in);
    std::uint64_t wanted_of(const Address& address, std::uint64_t room) const;
    static std::uint64_t wanted_here(const Address& address);
    static std::uint64_t room_for_far(const Address& address);
    void divide_soon(Address& address);
    static std::uint64_t note(Address& address);
    void end_far_drains(Address& address);

    LinkTable& links_;
    DeliveryPool& pool_;
    std::vector<Address*> divided_later_;
    bool quiescing_ = false;
    FarDemandObserver* far_observer_ = nullptr;
};

}  // namespace weft::router
