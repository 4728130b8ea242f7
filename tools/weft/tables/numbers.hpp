#pragma once

#include <cstdint>
#include <string>

namespace weft::tools {

/// The forms in which `weft stat` prints numbers; those of the original qdstat.
/// Threading: any thread (pure functions).

/// 1234567 → "1,234,567".
std::string with_commas(std::int64_t number);

/// Three significant digits and a binary unit: 107782144 → "103 MiB", 900 → "900 B".
std::string byte_size(std::int64_t bytes);

/// Days, hours, minutes, seconds: 93784 → "001:02:03:04".
std::string days_time(std::int64_t seconds);

/// Hours, minutes, seconds: 3723 → "01:02:03".
std::string hours_time(std::int64_t seconds);

}  // namespace weft::tools
