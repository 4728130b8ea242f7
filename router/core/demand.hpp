#pragma once

#include "router/core/address_table.hpp"
#include "router/core/link.hpp"

#include <cstdint>

namespace weft::router {

/// Who wants to know where consumers are.
class Demand {
public:
    virtual ~Demand() = default;
    /// Consumers of `address` came, or are all gone. Of set_demand: those that other loops reach
    /// through this core, be it over other routers (told again when that changes); of
    /// set_local_demand: those of this router.
    virtual void demand_changed(const Address& address, bool wanted) = 0;
};

/// Who wants to know where producers are.
class Supply {
public:
    virtual ~Supply() = default;
    /// Producers of `address` came to this core, or are all gone: clients', not those of other
    /// loops, nor an uplink's.
    virtual void supply_changed(const Address& address, bool produced) = 0;
};

/// The connection whose consumer of `address` came first, of those here or of all; 0: there is none
/// but in process.
inline std::uint64_t asker_of(const Address& address, Scope scope) {
    for (const Link& consumer : address.consumers()) {
        const Traits& traits = consumer.connection.traits;
        const bool counts = !traits.in_process && (scope == Scope::all || !traits.is_loop);
        if (consumer.outlet.attached && counts) {
            return traits.is_loop ? consumer.asker : consumer.connection.id;
        }
    }
    return 0;
}

}  // namespace weft::router
