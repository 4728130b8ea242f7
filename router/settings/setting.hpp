#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace weft::settings {

// What a setting is refused beyond.
inline constexpr std::size_t kSettingKeyMax = 2048;    // bytes
inline constexpr std::size_t kSettingValueMax = 8192;  // bytes
inline constexpr std::size_t kSettingOriginMax = 255;  // bytes
/// 2^53: exact in JSON, whoever reads it.
inline constexpr std::int64_t kSettingVersionMax = std::int64_t{1} << 53;
/// The newest that stand are kept, and as many that are remembered as deleted.
inline constexpr std::size_t kSettingsMax = 10'000;

/// One thing that all Weft routers of a mesh know: the newest that any of them said of `key`.
///
/// What keys and values mean is their owner's affair. A setting that was deleted is remembered, or
/// a router that was away would bring it back. Threading: not shared (a value).
struct Setting {
    std::string key;           // UTF-8, 1 … kSettingKeyMax bytes
    std::string value;         // UTF-8, at most kSettingValueMax bytes; empty: deleted
    std::int64_t version = 0;  // 1 … kSettingVersionMax; greater than all its router knew of
    std::string origin;        // the router that said it
    bool from_file = false;    // the configuration file of `origin` says so

    bool deleted() const { return value.empty(); }
    bool operator==(const Setting&) const = default;
};

/// Which of two settings holds, of one key or of two that exclude each other: the same answer on
/// all routers, whatever came first. Clocks play no part in it.
inline bool is_newer(const Setting& a, const Setting& b) {
    if (a.version != b.version) {
        return a.version > b.version;
    }
    if (a.origin != b.origin) {
        return a.origin > b.origin;
    }
    return a.value != b.value ? a.value > b.value : a.from_file && !b.from_file;
}

/// What is wrong with a setting that came from outside; empty if nothing is.
[[nodiscard]] std::string fault_of(const Setting& setting);

/// Who said it, for people: "(edge-1, version 7)".
std::string said_by(const Setting& setting);

}  // namespace weft::settings
