#pragma once

#include "common/base/result.hpp"
#include "router/core/core.hpp"
#include "router/core/link.hpp"

#include <cstdint>
#include <string_view>

namespace weft::exchange {

struct Inlet;
struct Way;

/// A link of exchanges, in process: `out`, of an Inlet; `in`, of a Way.
/// Errors: as Core::attach; the text says it of the exchange.
[[nodiscard]] Result<router::Link*> attach_link(router::Core& core,
                                                router::Connection& connection,
                                                router::Direction direction,
                                                std::string_view address,
                                                std::uint8_t phase);

template <class Item>
void point(router::Link& link, Item& item) {
    link.port_link = reinterpret_cast<std::uintptr_t>(&item);
}

inline Inlet& inlet_behind(const router::Link& link) {
    return *reinterpret_cast<Inlet*>(link.port_link);
}

inline Way& way_behind(const router::Link& link) {
    return *reinterpret_cast<Way*>(link.port_link);
}

}  // namespace weft::exchange
