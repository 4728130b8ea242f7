#pragma once

#include <string>

namespace weft::tools {

/// The first line of the file of that name, or of standard input if it is empty: a terminal is
/// asked twice, and shows nothing. Throws Failure if there is none, or the two differ.
/// Threading: not shared.
std::string read_password(const std::string& file);

}  // namespace weft::tools
