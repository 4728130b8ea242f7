#pragma once

#include "common/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

/// Keys with wildcards, and the subjects that they match. Threading: any thread (pure functions).
namespace weft::keys {

/// How keys and subjects are written. amqp: words between '.'; '*' is one word, '#' any number of
/// them, none too. mqtt: levels between '/'; '+' is one level, '#' at the end any number of them.
enum class MatchMethod : std::uint8_t { amqp, mqtt };
/// "amqp", "mqtt"
const char* name_of(MatchMethod method);

/// Of a key.
inline constexpr std::size_t kKeyBytesMax = 1024;
inline constexpr std::size_t kKeyWordsMax = 64;
/// A subject of more words is matched by "#" alone: what it costs to match one is bounded by this.
inline constexpr std::size_t kSubjectWordsMax = 128;

constexpr char separator(MatchMethod method) {
    return method == MatchMethod::amqp ? '.' : '/';
}
constexpr std::string_view any_word(MatchMethod method) {
    return method == MatchMethod::amqp ? "*" : "+";
}
inline constexpr std::string_view kManyWords = "#";

/// The key in the form in which those that mean the same are equal ("#.*.#" is "*.#"); an empty one
/// is "#". Errors: amqp:invalid-field, too long, or none by the rules of `method`.
[[nodiscard]] Result<std::string> normal_key(MatchMethod method, std::string_view key);

/// Takes the first word of what is left of a text, and its separator; `ended`: that was the last.
std::string_view take_word(std::string_view& rest, char separator, bool& ended);
/// Of no text there are none.
std::size_t count_words(std::string_view text, char separator);

}  // namespace weft::keys
