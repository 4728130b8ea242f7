#pragma once

#include <string>
#include <string_view>

namespace weft::policy {

/// The first 128 bytes of a text, in quotes: for messages.
inline std::string quoted(std::string_view text) {
    return "\"" + std::string{text.substr(0, 128)} + "\"";
}

}  // namespace weft::policy
