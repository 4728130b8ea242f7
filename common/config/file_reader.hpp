#pragma once

#include <tl/expected.hpp>

#include <functional>
#include <string>

namespace weft::config {

/// Bytes of one configuration file.
inline constexpr std::size_t kFileBytesMax = 16U << 20U;

/// Gives the content of a file, or says why not. Tests put a table of texts in its place.
using FileReader = std::function<tl::expected<std::string, std::string>(const std::string& path)>;

/// Reads from disk, at most kFileBytesMax bytes. Threading: any thread.
[[nodiscard]] tl::expected<std::string, std::string> read_file(const std::string& path);
/// As that, but what is no regular file is refused: a pipe or a terminal would let a loop wait.
[[nodiscard]] tl::expected<std::string, std::string> read_regular_file(const std::string& path);

}  // namespace weft::config
