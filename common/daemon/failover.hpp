#pragma once

#include "common/daemon/connection_config.hpp"

#include <tl/expected.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace weft::daemon {

/// Entries of one failover list.
inline constexpr std::size_t kFailoverUrlsMax = 32;

/// Reads "amqp://a:5672, b, amqps://[::1]": scheme (may be left out), host, port (the scheme's,
/// or 5672, by default). The error says which entry is not such a URL.
[[nodiscard]] tl::expected<std::vector<FailoverUrl>, std::string> parse_failover_urls(
    std::string_view text);

}  // namespace weft::daemon
