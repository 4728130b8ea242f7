#pragma once

#include "common/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

/// Names of topics, and filters that mean several of them. Threading: any thread (no state).
///
/// A filter with '/' is MQTT's: levels end at '/', '+' is one level, '#' at the end any number of
/// them. One with '.', and no '/', is AMQP's, and means names without '/': levels end at '.', '*'
/// is one level, '#' any number of them, anywhere. Of those with neither '#' means all names, '+'
/// those without '/', '*' those with neither '/' nor '.', and any other itself. Names that begin
/// with '$' are meant only by filters that begin with that level. Spec: MQTT 5 §4.7
namespace weft::topic {

/// Of a name, or a filter.
inline constexpr std::size_t kNameBytesMax = 1024;
/// What a message costs is a product of its levels and the filters that match so far.
inline constexpr std::size_t kLevelsMax = 32;

enum class Levels : std::uint8_t { one, slashes, dots };

/// Where the levels of a name end, or of a filter.
Levels levels_of(std::string_view name);

struct Filter {
    std::string text;  // those that mean the same are equal
    Levels levels = Levels::one;

    bool operator==(const Filter&) const = default;
};

/// What `read_filter` reads as that filter.
std::string written(const Filter& filter);
/// A '#' stands before other levels: how much of a name it means is not known when it is met.
bool floats(const Filter& filter);
/// Where it has its wildcards (keys::WildcardShapes); empty: on its last level alone, or it has
/// none.
std::string shape_of(const Filter& filter);
/// It means itself alone.
bool is_name(const Filter& filter);

/// Errors: amqp:invalid-field, with the remedy.
[[nodiscard]] Result<Filter> read_filter(std::string_view text);

/// What messages may be sent to: no wildcards, and no more levels than a filter may have. Errors:
/// amqp:invalid-field.
[[nodiscard]] Result<void> check_name(std::string_view name);

}  // namespace weft::topic
