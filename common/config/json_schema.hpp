#pragma once

#include "common/config/keys.hpp"

#include <string>

namespace weft::config {

/// The table as a JSON Schema (draft 2020-12), indented, with a newline at the end.
///
/// It describes what is honoured: a refused key may have its default only, if it has one.
std::string json_schema(const KeyTable& table);

}  // namespace weft::config
