#pragma once

#include "common/config/fault.hpp"
#include "common/config/file_reader.hpp"
#include "common/config/node.hpp"

#include <string>
#include <string_view>

namespace weft::config {

/// Files that one configuration may include, directly or not.
inline constexpr std::size_t kIncludesMax = 64;

/// Reads the object in `text`, which is the content of `path`, and the files it includes.
///
///     { "include": ["addresses.json"], "listeners": [ … ] }
///
/// Paths are relative to the including file. Lists of the same key are joined, the including
/// file's first; any other key given twice is a fault, and so is a file included twice (hence a
/// cycle). Always gives an object: what could be read, less "include".
/// Threading: not shared.
[[nodiscard]] Node load_json(const std::string& path,
                             std::string_view text,
                             const FileReader& reader,
                             Faults& faults);

}  // namespace weft::config
