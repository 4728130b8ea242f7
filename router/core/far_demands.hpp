#pragma once

#include "router/core/accounts.hpp"
#include "router/core/incoming.hpp"

namespace weft::router {

/// What containers here and consumers at other routers, or the other way round, mean for an
/// address: their FarDemand and the links of those that ask (Link::far) are kept up, and the
/// accounts follow. Made where it is needed: it owns nothing.
/// Threading: loop-confined.
class FarDemands {
public:
    explicit FarDemands(Accounts& accounts) : accounts_{accounts} {}

    /// A container was attached, or is gone.
    void containers_changed(Address& address);
    /// What consumers at a router want of the containers here, of which there are some.
    void told(Address& address, RouterIndex router, const FarDemand::Word& word);
    /// Who is listened to has changed.
    void changed(Address& address);
    /// Each second.
    void tick(Address& address);
    /// A router asks what consumers here want, by a new link: those that drain wait for it, too.
    void asked(Address& address);
    /// Its first consumers came just now, brokers keep its messages, and no router has asked yet
    /// what they want: one may still do so. `now`: tenths of a second, as Clock.
    bool awaits_askers(const Address& address, std::uint32_t now) const;

    /// Which way a message takes that came in: to another router, or not.
    void note_way(const Address& address, const Incoming& in, bool leaves);
    /// The same of one that waited, or was to go another way.
    static void note_leaving(const Address& address, const Delivery& delivery) {
        if (FarDemand* const far = counting(address, delivery.provenance.origin)) {
            far->sent();
        }
    }
    static void note_return(const Address& address, const Delivery& delivery) {
        if (FarDemand* const far = counting(address, delivery.provenance.origin)) {
            far->returned();
        }
    }

private:
    /// So long other routers with containers have time to hear of first consumers, and to ask.
    static constexpr std::uint32_t kAskedWithin = 10;  // tenths of a second

    /// What counts the messages of `origin` that leave here; null: nothing does.
    static FarDemand* counting(const Address& address, RouterIndex origin) {
        return address.loops == nullptr || origin != kThisRouter ? nullptr
                                                                 : address.loops->far.get();
    }
    bool goes_on(Address& address);

    Accounts& accounts_;
};

}  // namespace weft::router
