#pragma once

#include "common/config/keys.hpp"

#include <span>
#include <string_view>
#include <vector>

/// The sections "listeners" and "connectors": the keys of every daemon, with those of the daemon
/// itself after them.
namespace weft::daemon {

std::vector<config::Key> listener_keys(std::span<const config::Key> own = {});
std::vector<config::Key> connector_keys(std::span<const config::Key> own = {});

/// `keys` must live as long as the section.
config::Section listener_section(std::span<const config::Key> keys);
config::Section connector_section(std::span<const config::Key> keys);

/// A switch that may only be off.
constexpr config::Key refused_flag(std::string_view name,
                                   std::string_view meaning,
                                   std::string_view reason) {
    return {.name = name,
            .type = config::Type::boolean,
            .default_value = "false",
            .meaning = meaning,
            .support = config::Support::refused,
            .reason = reason};
}

// Why something is refused, where several keys share the reason.
inline constexpr std::string_view kOwnUsers =
    "users are those of the file that the section \"users\" names; 'weft user add' adds them";

}  // namespace weft::daemon
