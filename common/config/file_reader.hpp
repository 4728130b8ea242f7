#pragma once

#include <tl/expected.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace weft::config {

/// Bytes of one configuration file.
inline constexpr std::size_t kFileBytesMax = 16U << 20U;

/// Gives the content of a file, or says why not. Tests put a table of texts in its place.
using FileReader = std::function<tl::expected<std::string, std::string>(const std::string& path)>;

/// Reads from disk, at most kFileBytesMax bytes. Threading: any thread.
[[nodiscard]] tl::expected<std::string, std::string> read_file(const std::string& path);

/// Gives the names of the files in a folder that end with `ending`, sorted, or says why not.
using FolderReader = std::function<tl::expected<std::vector<std::string>, std::string>(
    const std::string& path, std::string_view ending)>;

/// Reads from disk. Threading: any thread.
[[nodiscard]] tl::expected<std::vector<std::string>, std::string> read_folder(
    const std::string& path, std::string_view ending);

}  // namespace weft::config
