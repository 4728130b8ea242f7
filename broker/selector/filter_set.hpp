#pragma once

#include "common/base/bytes.hpp"
#include "common/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

/// The filter set of a source: what a receiver asks for, and what it is told that it has.
/// Threading: any thread (no state). Spec: AMQP 1.0 §3.5.3, §3.5.8
namespace weft::selector {

/// The filters that are told apart, by the numbers that describe them; each has a symbol, too.
inline constexpr std::uint64_t kSelectorFilter = 0x0000'468c'0000'0004;
inline constexpr std::uint64_t kNoLocalFilter = 0x0000'468c'0000'0003;
inline constexpr std::uint64_t kLastValueFilter = 0x0000'5765'0000'0002;
inline constexpr std::string_view kSelectorFilterSymbol = "apache.org:selector-filter:string";
inline constexpr std::string_view kNoLocalFilterSymbol = "apache.org:no-local-filter:list";
inline constexpr std::string_view kLastValueFilterSymbol = "weft:last-value:list";

/// Filters of one source that are looked at.
inline constexpr std::size_t kFiltersMax = 16;
/// Values that a filter of last values may name, and bytes of each, encoded.
inline constexpr std::size_t kLastValuesMax = 16;
inline constexpr std::size_t kLastValueBytesMax = 256;

/// Views point into the encoded set.
struct FilterSet {
    std::string_view selector{};  // empty: none, or one of blanks
    bool no_local = false;        // nothing that came over the same connection
    /// Of the queue's last values only these, each as it was encoded; empty: all messages.
    std::vector<Bytes> last_values{};
};

/// `encoded` is a source's filter field; empty: none. Filters of other kinds are left out.
/// Errors: amqp:invalid-field if it is none, amqp:resource-limit-exceeded.
[[nodiscard]] Result<FilterSet> read_filter_set(Bytes encoded);

/// Appends the filter set that an answer states: of those of `encoded`, which was read before, the
/// ones that `honoured` has. Nothing is appended if there are none.
void write_honoured(Buffer& out, Bytes encoded, const FilterSet& honoured);

}  // namespace weft::selector
