#pragma once

#include "common/config/document.hpp"
#include "common/config/fault.hpp"
#include "common/config/keys.hpp"
#include "common/daemon/ssl_profile.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// The section "authServicePlugins", of every daemon: services that say who peers are.
namespace weft::daemon {

/// Where such a service is. All values: not shared, no thread.
struct AuthServiceConfig {
    std::string name{};
    std::string host{};
    std::uint16_t port = 0;
    std::string realm{};  // the host that it is asked as; empty: its own
    SslProfilePtr ssl_profile{};
    /// It is asked what peers may use, as this daemon sees to it.
    bool grants = false;
};

config::Section auth_service_section();

/// Reads the section; `profiles` are those that it may name.
std::vector<AuthServiceConfig> read_auth_services(const config::Document& document,
                                                  const SslProfiles& profiles,
                                                  config::Faults& faults);

/// Null: there is none of that name.
const AuthServiceConfig* find_service(const std::vector<AuthServiceConfig>& services,
                                      std::string_view name);

}  // namespace weft::daemon
