#pragma once

#include "common/config/file_reader.hpp"

#include <string>
#include <string_view>

namespace weft::config {

/// `path`, where relative ones start from the folder of `file`.
std::string resolve_path(std::string_view file, std::string_view path);

/// What a secret's reference stands for: the environment variable of "env:NAME", the first line
/// of the file of "file:PATH" (relative to the folder of `file`), what follows "literal:" or
/// "pass:", anything else itself.
///
/// Errors say what could not be read, never what was.
/// Threading: not while another thread changes the environment.
[[nodiscard]] tl::expected<std::string, std::string> resolve_secret(std::string_view reference,
                                                                    std::string_view file,
                                                                    const FileReader& reader);

/// A value of the type pem: "env:NAME" as it is, else a path, where relative ones start from the
/// folder of `file`.
std::string pem_source(std::string_view value, std::string_view file);

/// The text that a source stands for. Errors say which one could not be read, and why.
/// Threading: as resolve_secret.
[[nodiscard]] tl::expected<std::string, std::string> read_pem(const std::string& source,
                                                              const FileReader& reader);

}  // namespace weft::config
