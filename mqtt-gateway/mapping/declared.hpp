#pragma once

#include "mqtt-gateway/mapping/address_space.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

/// Declared addresses and filters, level by level; for this room.
/// Threading: immutable after construction.
namespace weft::mqtt_mapping {

using Levels = std::vector<std::string_view>;

/// The levels of a topic or filter, as views of it.
[[nodiscard]] Levels levels_of(std::string_view topic);
[[nodiscard]] bool has_wildcard(const Levels& filter) noexcept;
/// Not meant by what begins with a wildcard, and only maps name such ones.
constexpr bool is_hidden(std::string_view topic) noexcept {
    return topic.starts_with('$');
}
/// True if there is a topic that both mean.
[[nodiscard]] bool overlap(const Levels& one, const Levels& other) noexcept;

/// What addresses and the filters of maps have in common: levels, and maybe '#' behind them.
struct Pattern {
    struct Level {
        std::string topic{};  // as devices write it
        std::string path{};   // as it was declared
        bool wild = false;
    };

    std::vector<Level> levels;
    bool open = false;  // '#' follows

    bool literal() const noexcept;
    /// As a key over topics; of one that is open, or if `below`, '#' at the end.
    std::string key(bool below) const;
};

/// Errors: what is wrong with it, to stand behind its name.
[[nodiscard]] Result<Pattern> read_pattern(std::string_view text, Separator separator);

/// True if `one` is chosen before `other` for a topic of `size` levels that both mean. See A1.
[[nodiscard]] bool goes_before(const Pattern& one, const Pattern& other, std::size_t size) noexcept;
/// True if each level of `one` says as much as that of `other`, and some, or its length, more.
[[nodiscard]] bool is_narrower(const Pattern& one, const Pattern& other) noexcept;

struct AddressSpace::Entry {
    std::string address;
    AddressType type{};
    Pattern pattern;
    bool mapped = false;  // A4
};

struct AddressSpace::Map {
    std::string topic;
    Pattern pattern;
    const Entry* target = nullptr;
};

}  // namespace weft::mqtt_mapping
