#pragma once

#include "router/core/address_table.hpp"

namespace weft::router {

/// Who wants to know where consumers are.
class Demand {
public:
    virtual ~Demand() = default;
    /// Consumers of `address` came, or are all gone. Of set_demand: those that other loops reach
    /// through this core, be it over other routers (told again when that changes); of
    /// set_local_demand: those of this router.
    virtual void on_demand(const Address& address, bool wanted) = 0;
};

}  // namespace weft::router
