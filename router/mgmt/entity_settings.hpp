#pragma once

#include "common/base/result.hpp"
#include "common/mgmt/source.hpp"
#include "router/config/router_config.hpp"

#include <string_view>

namespace weft::router_mgmt {

/// What is there besides what a CREATE asks for.
struct Surroundings {
    wire::Map beside{};  // further sections, of what it refers to
    const daemon::SslProfiles* ssl_profiles = nullptr;
    const daemon::UserFile* users = nullptr;
    bool reads_files = false;  // it may name files; others can't
    config::Dialect dialect = config::Dialect::json;
};

/// What a CREATE asks for, as if it stood alone in a configuration file under `section`
/// ("listeners"): the same keys, checks and defaults hold, and what a file may not say is refused
/// here too, with what a router of `node`'s mode may not have. Null stands for not given.
/// Errors: amqp:invalid-field, one sentence a fault. Threading: not shared (a function).
[[nodiscard]] Result<router_config::RouterConfig> read_settings(
    const router_config::NodeConfig& node,
    std::string_view section,
    std::string_view name,
    const mgmt::Attributes& attributes,
    const Surroundings& surroundings = {});

/// The answer to who would delete alone what an entry of the address list needs.
/// Errors: amqp:not-allowed.
[[nodiscard]] Result<void> made_by_address(std::string_view name);

}  // namespace weft::router_mgmt
