#pragma once

#include <proton/source.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace weft::tools {

/// Filters of a receiver's source, each by the key under which it is put. Threading: any thread
/// (pure functions).

inline constexpr const char* kSelectorKey = "selector";
inline constexpr const char* kLastValuesKey = "last-values";

/// Keys that one filter of last values may name.
inline constexpr std::size_t kLastValuesMax = 16;

/// Spec: the selector filter of the AMQP filter registry, as a described string.
void add_selector(proton::source::filter_map& filters, const std::string& selector);

/// Of a queue's last values those of these keys, which are typed as `weft send --property` types
/// what it sends.
void add_last_values(proton::source::filter_map& filters, const std::vector<std::string>& keys);

}  // namespace weft::tools
