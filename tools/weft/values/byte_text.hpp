#pragma once

#include <string>
#include <string_view>

namespace weft::tools {

/// Bytes of unknown origin, for people. Threading: any thread (pure functions).

/// True if `bytes` is well-formed UTF-8 (no overlong forms, no surrogates). Spec: RFC 3629 §4
bool is_utf8(std::string_view bytes);

/// Lower-case hexadecimal, two digits a byte.
std::string hex(std::string_view bytes);

}  // namespace weft::tools
