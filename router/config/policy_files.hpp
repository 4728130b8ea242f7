#pragma once

#include "common/config/document.hpp"
#include "common/config/fault.hpp"
#include "common/config/file_reader.hpp"
#include "router/config/load.hpp"

#include <string>

namespace weft::router_config {

/// Files of a policy's folder that are read.
inline constexpr std::size_t kPolicyFilesMax = 10'000;

/// The vhosts in all files of `folder` whose names end with ".json": as our JSON has them, or the
/// original's list. What else stands there is a warning. An empty `folder` has none.
/// Threading: not shared.
[[nodiscard]] config::Document read_policy_files(const std::string& folder,
                                                 const Host& host,
                                                 const config::FileReader& reader,
                                                 config::Faults& faults);

}  // namespace weft::router_config
