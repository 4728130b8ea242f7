#pragma once

#include <cstdint>
#include <string>
#include <string_view>

/// Topics as AMQP says them: addresses and subjects are *paths*, topics with escapes.
///
/// '%' is written %25, '*' %2A, a level without characters %00, and where levels end at '.' a '.'
/// within one %2E. Reading a path undoes this: any topic comes back as it was. What is no such
/// escape in the path of a foreign client stands for itself. Threading: any thread (no state).
namespace weft::mqtt_mapping {

/// Where the levels of paths end. Those of topics always end at '/'.
enum class Separator : std::uint8_t { slash, dot };

constexpr char character(Separator separator) noexcept {
    return separator == Separator::slash ? '/' : '.';
}

/// Levels of a topic that is taken, and of a filter. More would cost more than they are worth.
inline constexpr std::size_t kTopicLevelsMax = 128;
inline constexpr std::size_t kFilterLevelsMax = 64;
/// Bytes of a filter, its group included.
inline constexpr std::size_t kFilterBytesMax = 1024;

/// Levels of a topic or filter, of which there is at least one.
[[nodiscard]] std::size_t count_levels(std::string_view topic) noexcept;

/// True of a path that stands for many: with a word '+', '*' or '#'.
[[nodiscard]] bool is_pattern(std::string_view path, Separator separator) noexcept;

/// True if `path` is the one, or one of those, that `source` stands for, as routers read that.
[[nodiscard]] bool stands_for(std::string_view source,
                              std::string_view path,
                              Separator separator) noexcept;

/// Whether routers read an address that a topic made as that very one: it has no scheme
/// ("amqp:/x" is x), does not end as something that is dropped, and begins like none of their own
/// (`$management`, `_local/…`). Of these it may be one that a router made up for answers
/// (`_topo/0/r1/temp.…`), which nobody guesses.
[[nodiscard]] bool reads_as_itself(std::string_view address) noexcept;

/// Appends the path of a topic, or of levels of one that follow one another.
void append_path(std::string& out, std::string_view topic, Separator separator);

/// Appends the topic whose path it is. Nothing says that the result is one that MQTT allows.
void append_topic(std::string& out, std::string_view path, Separator separator);

}  // namespace weft::mqtt_mapping
