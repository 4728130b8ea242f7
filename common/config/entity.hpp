#pragma once

#include "common/base/time.hpp"
#include "common/config/fault.hpp"
#include "common/config/keys.hpp"
#include "common/config/node.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace weft::config {

/// What a configuration was written in: their defaults and old names differ.
enum class Dialect : std::uint8_t { json, qdrouterd };

/// One checked entity: a listener, an address, the router itself.
///
/// The accessors give what was written or else the key's default; with neither, an empty text,
/// zero or false. They may be asked for the section's own keys only, in the key's type.
/// Threading: not shared (a value); refers to the key table.
class Entity {
public:
    Entity(const Section& section, Dialect dialect, Place place, std::string pointer)
        : section_{&section}, dialect_{dialect}, place_{place}, pointer_{std::move(pointer)} {}

    const Section& section() const noexcept { return *section_; }
    Dialect dialect() const noexcept { return dialect_; }
    Place place() const noexcept { return place_; }
    const std::string& pointer() const noexcept { return pointer_; }

    /// What was written, in the key's type; null if nothing was.
    const Node* given(std::string_view key) const;
    void give(std::string_view key, Node node);

    std::string text(std::string_view key) const;
    bool boolean(std::string_view key) const;
    /// Of integers, ports and sizes.
    std::int64_t integer(std::string_view key) const;
    Duration duration(std::string_view key) const;
    Object map(std::string_view key) const;

private:
    Node value(std::string_view key) const;

    const Section* section_;
    Dialect dialect_;
    Place place_;
    std::string pointer_;
    std::map<std::string, Node, std::less<>> given_;
};

/// The typed default of a key in that dialect; null if it has none.
Node default_of(const Key& key, Dialect dialect);

/// Reports a fault of one key of an entity, at the line where the key is.
void key_error(const Entity& entity, std::string_view key, std::string text, Faults& faults);
void key_warning(const Entity& entity, std::string_view key, std::string text, Faults& faults);

}  // namespace weft::config
