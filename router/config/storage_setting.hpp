#pragma once

#include "common/config/entity.hpp"
#include "common/wire/value.hpp"
#include "router/core/address_pattern.hpp"
#include "router/core/address_table.hpp"
#include "router/core/storage.hpp"

#include <nlohmann/json_fwd.hpp>

#include <array>
#include <string_view>

/// What brokers are told of an address that they keep. Threading: not shared (functions).
namespace weft::router_config {

/// The keys that say how messages are kept: of these a router passes on what it is told.
inline constexpr std::array<std::string_view, 15> kStorageKeys{
    "durability",   "ttlSeconds",      "maxDeliveries", "deadLetter",        "redelivery",
    "maxMessages",  "maxBytes",        "overflow",      "exclusiveConsumer", "messageGroups",
    "lastValueKey", "duplicateWindow", "fenced",        "maxKeys",           "forward"};

/// "queue", "topic"
bool is_stored(std::string_view type);

/// Fills in `entry` and `properties`: what was written, by the keys of the configuration.
void tell(router::Storage& storage,
          const config::Entity& entity,
          const router::AddressPattern& pattern,
          const router::Treatment& treatment);

/// Of the values that a configuration has.
nlohmann::json json_of(const wire::Value& value);

}  // namespace weft::router_config
