#pragma once

#include "common/base/keyed_hash.hpp"
#include "router/linkstate/messages.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace weft::linkstate {

/// How a router treats one of its addresses, and the last absolute update that had it.
struct KeyEntry {
    KeyEntry(Hint how) : hint{how} {}  // NOLINT(google-explicit-constructor)
    Hint hint;
    bool told = false;  // the output knows of it
    std::uint32_t round = 0;
};

/// Keys of addresses ("M0orders") of one router.
using Keys = boost::unordered_flat_map<std::string, KeyEntry, TextHash, std::equal_to<>>;

/// Longest key that is told to other routers, or taken from them, in bytes.
inline constexpr std::size_t kKeyBytesMax = 32 * 1024 + 2;

/// The first letter of a key says what kind of address it is. These are told to other routers; all
/// else is a router's own affair. Behind the letter stands a name; of M, the phase before it: a
/// digit, or the F of a fallback.
inline bool is_mobile(std::string_view key) {
    constexpr std::string_view kClasses = "MCDEFH";
    const bool has_phase = key.starts_with('M');
    return key.size() > (has_phase ? 2U : 1U) && key.size() <= kKeyBytesMax &&
           kClasses.find(key.front()) != std::string_view::npos &&
           (!has_phase || (key[1] >= '0' && key[1] <= '9') || key[1] == 'F');
}

/// Keys of Weft routers themselves, never of consumers.
inline constexpr std::string_view kWeftKeys = "M0_weft/";

/// What a Weft router announces of itself, so that others know it as one, wherever it is.
inline std::string weft_key(std::string_view router) {
    return std::string(kWeftKeys).append(router);
}
/// The same of one that tells what its consumers want of containers, and asks others.
inline std::string demand_key(std::string_view router) {
    return weft_key(router).append("/demand");
}

}  // namespace weft::linkstate
