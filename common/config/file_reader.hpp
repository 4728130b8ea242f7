#pragma once

#include <tl/expected.hpp>

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace weft::config {

/// Bytes of one configuration file.
inline constexpr std::size_t kFileBytesMax = std::size_t{16} << 20U;
/// Of one that a daemon reads while it runs, between what it does for its peers.
inline constexpr std::size_t kLateBytesMax = std::size_t{1} << 20U;

/// Gives the content of a file, or says why not. Tests put a table of texts in its place.
using FileReader = std::function<tl::expected<std::string, std::string>(const std::string& path)>;

/// Reads from disk, at most kFileBytesMax bytes. Threading: any thread.
[[nodiscard]] tl::expected<std::string, std::string> read_file(const std::string& path);
/// As that, for a daemon that runs: what is no regular file is refused, as a pipe or a terminal
/// would let a loop wait, and what has more than kLateBytesMax bytes.
[[nodiscard]] tl::expected<std::string, std::string> read_regular_file(const std::string& path);
/// As that, of at most kFileBytesMax bytes: for threads that nobody waits for.
[[nodiscard]] tl::expected<std::string, std::string> read_large_file(const std::string& path);

/// Gives the names of the files in a folder that end with `ending`, sorted, or says why not.
using FolderReader = std::function<tl::expected<std::vector<std::string>, std::string>(
    const std::string& path, std::string_view ending)>;

/// Reads from disk. Threading: any thread.
[[nodiscard]] tl::expected<std::vector<std::string>, std::string> read_folder(
    const std::string& path, std::string_view ending);

}  // namespace weft::config
