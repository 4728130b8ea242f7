#pragma once

#include "common/daemon/audit_section.hpp"
#include "common/daemon/connection_keys.hpp"
#include "common/daemon/log_section.hpp"
#include "common/daemon/ssl_profile_section.hpp"
#include "common/daemon/users_section.hpp"
#include "tests/unit/daemon/kettle.hpp"

#include <array>
#include <vector>

namespace weft::daemon::test {

/// A small daemon's key table: the common sections, and a key of its own for listeners.
inline const config::KeyTable& kettle_table() {
    static constexpr std::array kOwn{
        config::Key{.name = "material", .default_value = "copper", .meaning = "What it is of."}};
    static constexpr auto kChoices = module_choices(kModules);
    static const std::vector<config::Key> kListenerKeys = listener_keys(kOwn);
    static const std::vector<config::Key> kConnectorKeys = connector_keys();
    static const auto kLogKeys = log_keys(kChoices);
    static const std::array kSections{listener_section(kListenerKeys),
                                      connector_section(kConnectorKeys),
                                      ssl_profile_section(),
                                      users_section(),
                                      auth_service_section(),
                                      jwt_section(),
                                      rights_section(),
                                      audit_section(),
                                      log_section(kLogKeys)};
    static const config::KeyTable kTable{"kettle", kSections};
    return kTable;
}

}  // namespace weft::daemon::test
