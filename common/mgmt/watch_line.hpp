#pragma once

#include "common/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

/// What is said over /api/stream: lines of JSON, in both directions.
///
/// A client says one of
///
///   {"watch": 3, "path": "/api/queue?sort=-messages&count=100", "seconds": 5}
///                                what GET of that path answers, from now on; a number that is in
///                                use already begins anew. "seconds": at least so long between two
///                                answers, kWatchSecondsLeast unless it is said
///   {"unwatch": 3}               no more of it
///   {"login": "Bearer eyJ…"}     who asks, as the header Authorization says it: for browsers,
///   whose
///                                pages can't send one with a WebSocket
///
/// and hears what ToldAnswer makes of the answers; {} says that nothing is new for long.
/// Threading: any thread (pure functions).
namespace weft::mgmt {

inline constexpr std::size_t kWatchLineMax = 16 * 1024;  // bytes
inline constexpr std::size_t kWatchPathMax = 4 * 1024;   // bytes of a path
inline constexpr std::size_t kWatchesMax = 16;           // of one stream
inline constexpr std::int64_t kWatchSecondsLeast = 1;
inline constexpr std::int64_t kWatchSecondsMost = 3600;

struct WatchLine {
    std::int64_t number = 0;
    std::string path{};
    std::int64_t seconds = kWatchSecondsLeast;
};
struct UnwatchLine {
    std::int64_t number = 0;
};
struct LoginLine {
    std::string authorization{};
};
using StreamLine = std::variant<WatchLine, UnwatchLine, LoginLine>;

/// Errors: kInvalidField, with what would be right.
[[nodiscard]] Result<StreamLine> read_stream_line(std::string_view line);

}  // namespace weft::mgmt
