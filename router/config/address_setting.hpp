#pragma once

#include "common/base/result.hpp"
#include "router/config/router_config.hpp"

#include <string>
#include <string_view>

/// Configured addresses as texts that travel between routers, and are kept.
/// Threading: not shared (functions).
namespace weft::router_config {

/// "address", "prefix", "pattern": the key of the configuration that gives the rule.
std::string_view name_of(router::AddressPattern::Grammar grammar);

/// "balanced", as management and configuration say it.
std::string_view name_of(router::Distribution distribution);

/// What the entry is about: "pattern news.#".
std::string setting_key(const router::AddressPattern& pattern);
/// The entry as it would stand in a file, as JSON in one line: always the same for the same entry.
std::string setting_value(const AddressConfig& address);

/// Reads such a value. Errors: amqp:invalid-field for what this version of Weft does not take from
/// a file either, and for a value that is about something else than `key`.
[[nodiscard]] Result<AddressConfig> read_address_setting(std::string_view key,
                                                         std::string_view value);

}  // namespace weft::router_config
