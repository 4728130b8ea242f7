#pragma once

#include "common/config/document.hpp"
#include "common/config/entity.hpp"
#include "common/config/fault.hpp"
#include "router/core/address_pattern.hpp"

#include <string_view>

/// `forward` of an address that brokers keep: where its messages go on to. Threading: not shared
/// (functions).
namespace weft::router_config {

inline constexpr std::string_view kForward = "forward";

/// What one entry says, of queues that `pattern` means. The bounds are those of brokers.
void check_forward(const config::Entity& entity,
                   const router::AddressPattern& pattern,
                   config::Faults& faults);

/// What entries say together: that a message goes in a circle.
void check_forward_circles(const config::Document& document, config::Faults& faults);

}  // namespace weft::router_config
