#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string_view>

/// The table of keys: what a daemon's configuration may say.
///
/// One table drives reading, `--check`, the JSON Schema, the reference in config/README.md, and
/// what management shows, takes and changes.
namespace weft::config {

enum class Type : std::uint8_t {
    text,
    boolean,
    integer,
    port,        // 0..65535, or "amqp", "amqps"
    size,        // bytes, or "64KiB"
    seconds,     // may have a fraction
    choice,      // one of `choices`
    map,         // any object
    properties,  // an object with names of plain ASCII
    texts,       // a list of texts
    maps,        // a list of objects
    secret,      // a text, "env:NAME" or "file:PATH"
    path,        // relative to the file it is written in
    pem,         // a path, "file:PATH", or "env:NAME", whose text it is
};

/// Whether a key or a section does something. Its default may always be given.
enum class Support : std::uint8_t {
    honoured,
    refused,    // anything but the default is an error
    conf_only,  // known in a qdrouterd.conf, where it gets a warning; refused in JSON
    no_effect,  // a warning
};

/// What becomes of a number beyond its bounds. All but the first is a warning.
enum class OutOfBounds : std::uint8_t {
    refused,
    clamped_in_conf,  // a qdrouterd.conf gets the bound, as from the original; JSON is refused
    means_max,        // also one below the least, so that 0 is "as many as there may be"
};

/// One value of a choice; `refused` says why it is not to be had, if it is not.
struct Choice {
    std::string_view name;
    std::string_view refused = {};
};

struct Key {
    std::string_view name;
    Type type = Type::text;
    /// As one would write it, without quotes; empty if there is none.
    std::string_view default_value = {};
    /// The original's default, which holds in a qdrouterd.conf, where it differs.
    std::optional<std::string_view> conf_default = std::nullopt;
    std::string_view unit = {};
    std::string_view meaning = {};
    /// The name that older versions of the original gave it; accepted in a qdrouterd.conf and by
    /// management.
    std::string_view old_name = {};
    /// Management also shows the value under the old name, because clients ask for either.
    bool old_name_shown = false;
    std::span<const Choice> choices = {};
    // Bounds of integers, sizes and seconds.
    std::int64_t min = 0;
    std::int64_t max = std::numeric_limits<std::int32_t>::max();
    bool required = false;
    /// Management may change it while the daemon runs.
    bool changeable = false;
    OutOfBounds out_of_bounds = OutOfBounds::refused;
    Support support = Support::honoured;
    std::string_view reason = {};  // why it is not honoured
};

struct Section {
    std::string_view name;    // in JSON: "listeners"
    std::string_view entity;  // in management: "listener"
    std::string_view meaning = {};
    bool singleton = false;  // an object; otherwise a list of objects
    std::span<const Key> keys = {};
    Support support = Support::honoured;
    std::string_view reason = {};

    const Key* find(std::string_view key) const;
};

/// All that one daemon's configuration may say. Threading: immutable after construction.
struct KeyTable {
    std::string_view program;  // "weft-router"
    std::span<const Section> sections;

    const Section* find(std::string_view section) const;
    /// By the name of its entities in management.
    const Section* find_entity(std::string_view entity) const;
};

/// `unit`, or the one that goes without saying.
std::string_view unit_of(const Key& key);

}  // namespace weft::config
