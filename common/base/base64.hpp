#pragma once

#include "common/base/bytes.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace weft {

/// With padding, on one line. Threading: any thread. Spec: RFC 4648 §4
[[nodiscard]] std::string base64(Bytes bytes);
/// What `text` stands for; nothing if it is not what `base64` gives for some bytes.
[[nodiscard]] std::optional<Buffer> from_base64(std::string_view text);

}  // namespace weft
