#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace weft::tools {

/// The words of a mosquitto.conf that have a likeness in the gateway's section "mqtt", and those
/// that have none. Threading: any thread (constant tables).

inline constexpr std::int64_t kMosquittoForever = 4294967295;  // sessionExpiry…Seconds

/// A number that "mqtt" has too.
struct MosquittoNumber {
    std::string_view theirs;
    const char* ours;
    std::optional<std::int64_t> any = std::nullopt;  // what mosquitto's 0, "no limit", is here
    std::int64_t most = 2147483647;
};
const MosquittoNumber* mosquitto_number(std::string_view key);

/// Why a setting changes nothing that a device sees; nullopt: it is none of these.
std::optional<std::string_view> mosquitto_no_effect(std::string_view key);
/// Why a setting that means something is not carried over.
std::string_view mosquitto_lost(std::string_view key);

std::optional<std::int64_t> whole_number(std::string_view text);
/// "14d", "1w" in seconds, at most kMosquittoForever.
std::optional<std::int64_t> mosquitto_duration(std::string_view text);

}  // namespace weft::tools
