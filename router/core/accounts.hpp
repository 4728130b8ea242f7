#pragma once

#include "router/core/address_table.hpp"
#include "router/core/link_table.hpp"

#include <cstddef>
#include <cstdint>
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
    explicit Accounts(LinkTable& links) : links_{links} {}

    /// A delivery came in on `in`. One whose credit comes back on receipt claims nothing.
    static void open(Link& in, Delivery& delivery) {
        if (!in.connection.traits.credit_on_receipt || in.streams) {
            in.account.open(delivery.claims);
        }
    }
    /// It was passed on whole to all who get it.
    void delivered(Delivery& delivery) {
        if (delivery.claims.undelivered) {
            delivery.claims.undelivered = false;
            if (Link* in = links_.find(delivery.in)) {
                in->account.delivered();
                if (in->connection.traits.is_loop) {
                    offer(*in);
                }
            }
        }
    }
    /// Nobody its producer has to wait for needs it any more: the producer may send another one.
    void waive(Delivery& delivery);

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
        for (Link* loop : address.relays()) {
            offer(*loop);
        }
        offer_containers(address);
    }
    /// The same to those that send on demand: what any consumer can take has changed.
    /// Very many hear of it in slices.
    void offer_containers(Address& address) {
        if (address.containers().size() > kOfferedAtOnce) {
            offer_later(address);
            return;
        }
        for (Link* container : address.containers()) {
            offer(*container);
        }
    }
    /// Addresses of which all producers are to be offered: each is `followed`.
    std::vector<Address*>& offered_later() { return offered_later_; }
    /// Takes back all credit of clients for good: the router is about to stop.
    void quiesce();
    bool is_quiescing() const { return quiescing_; }

private:
    /// Containers of one address that hear at once of what consumers can take.
    static constexpr std::size_t kOfferedAtOnce = 16;

    static std::uint32_t room_for(const Link& in);
    void offer_later(Address& address);

    LinkTable& links_;
    std::vector<Address*> offered_later_;
    bool quiescing_ = false;
};

}  // namespace weft::router
