#pragma once

#include "common/config/fault.hpp"
#include "common/config/file_reader.hpp"
#include "router/config/router_config.hpp"

#include <optional>
#include <span>
#include <string>

namespace weft::router_config {

/// What defaults depend on.
struct Host {
    std::string name;  // "edge7"
    unsigned processors = 1;
    /// Those that may be named, of a router that runs; null: those of the configuration itself.
    const daemon::SslProfiles* ssl_profiles = nullptr;
    /// The same of its users.
    const daemon::UserFile* users = nullptr;
    config::FolderReader folders = config::read_folder;  // of the policyDir
    /// Whose defaults and warnings hold; nullopt: those of the file's own form.
    std::optional<config::Dialect> dialect = std::nullopt;
};

/// Reads a router's configuration: JSON, or a qdrouterd.conf in either of its forms, chosen by
/// content; then `settings` ("/json/pointer=value"); then all checks.
///
/// Nullopt if there was an error; warnings are reported in any case.
/// Threading: not shared.
[[nodiscard]] std::optional<RouterConfig> load_router_config(const std::string& path,
                                                             std::span<const std::string> settings,
                                                             const Host& host,
                                                             const config::FileReader& reader,
                                                             config::Faults& faults);

}  // namespace weft::router_config
