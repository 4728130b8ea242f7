#pragma once

#include "common/base/printable.hpp"

#include <nlohmann/json.hpp>

#include <string>

namespace weft::tools {

/// JSON that keeps the order in which the router gave the attributes.
using Json = nlohmann::ordered_json;

/// One entity of the management model: an object of attribute name → value.
using Entity = Json;

/// JSON text; bytes that are not UTF-8 become U+FFFD, and what a terminal would obey is escaped.
/// `indent` -1 is one line.
inline std::string json_text(const Json& json, int indent) {
    return printable(json.dump(indent, ' ', false, Json::error_handler_t::replace), Breaks::kept);
}

}  // namespace weft::tools
