#pragma once

#include <cstddef>
#include <string_view>

namespace weft {

/// Bytes of the UTF-8 character at the front of `text`, which is not empty; 0 if there is none.
/// Threading: any thread. Spec: RFC 3629 §3, §4
[[nodiscard]] std::size_t utf8_size(std::string_view text);
/// True if all of `text` is UTF-8.
[[nodiscard]] bool is_utf8(std::string_view text);

}  // namespace weft
