#include "broker/selector/filter_set.hpp"

#include "common/base/conditions.hpp"
#include "common/wire/descriptors.hpp"
#include "common/wire/reader.hpp"
#include "common/wire/writer.hpp"

#include <algorithm>
#include <string>

namespace weft::selector {
namespace {

enum class Known : std::uint8_t { selector, no_local, last_value, other };

Known kind_of(wire::Reader& filter) {
    if (wire::is_described_by_symbol(filter.rest())) {
        wire::Reader symbol{filter.rest().subspan(1)};
        const std::string_view name = symbol.symbol().value_or("");
        (void)filter.descriptor();
        return name == kSelectorFilterSymbol    ? Known::selector
               : name == kNoLocalFilterSymbol   ? Known::no_local
               : name == kLastValueFilterSymbol ? Known::last_value
                                                : Known::other;
    }
    if (filter.peek() != wire::Code::described) {
        return Known::other;
    }
    const auto number = filter.descriptor();
    return number == kSelectorFilter    ? Known::selector
           : number == kNoLocalFilter   ? Known::no_local
           : number == kLastValueFilter ? Known::last_value
                                        : Known::other;
}

/// Calls `use` with the kind, the key and the described value of each filter, and a reader of what
/// is described. Returns false if the set is malformed.
template <class Use>
bool each_filter(Bytes encoded, Use use) {
    std::uint32_t count = 0;
    wire::Reader set{encoded};
    wire::Reader entries = set.map(count);
    for (std::uint32_t i = 0; i + 1 < count && entries.ok(); i += 2) {
        const Bytes key = entries.raw();
        const Bytes value = entries.raw();
        wire::Reader filter{value};
        const Known kind = kind_of(filter);
        use(kind, key, value, filter);
    }
    return set.ok() && entries.ok() && entries.done() && count % 2 == 0;
}

bool is_blank(std::string_view text) {
    return text.find_first_not_of(" \t\r\n\f") == std::string_view::npos;
}

/// The values of a list of last values. Errors: what is wrong with it.
Result<std::vector<Bytes>> last_values_of(wire::Reader& filter) {
    std::uint32_t count = 0;
    wire::Reader list = filter.list(count);
    std::vector<Bytes> values;
    if (count > kLastValuesMax) {
        return fail(kResourceLimitExceeded, "the source's filter weft:last-value:list names " +
                                                std::to_string(count) + " values, and may name " +
                                                std::to_string(kLastValuesMax));
    }
    for (std::uint32_t i = 0; i < count; ++i) {
        values.push_back(list.raw());
    }
    const bool fits = filter.ok() && list.ok() && list.done() && !values.empty() &&
                      std::ranges::all_of(values, [](Bytes value) {
                          return !value.empty() && value.size() <= kLastValueBytesMax;
                      });
    if (!fits) {
        return fail(kInvalidField,
                    "the source's filter weft:last-value:list is no list of values of the queue's "
                    "lastValueKey, each of at most 256 bytes");
    }
    return values;
}

}  // namespace

Result<FilterSet> read_filter_set(Bytes encoded) {
    FilterSet set;
    if (encoded.empty()) {
        return set;
    }
    std::size_t filters = 0;
    std::size_t selectors = 0;
    bool is_text = true;
    Result<std::vector<Bytes>> last_values;
    const bool well_formed =
        each_filter(encoded, [&](Known kind, Bytes, Bytes, wire::Reader& filter) {
            ++filters;
            if (kind == Known::selector) {
                ++selectors;
                const auto text = filter.text();
                is_text = is_text && text.has_value();
                set.selector = text && !is_blank(*text) ? *text : std::string_view{};
            }
            set.no_local = set.no_local || kind == Known::no_local;
            if (kind == Known::last_value && last_values) {
                last_values = last_values->empty()
                                  ? last_values_of(filter)
                                  : fail(kInvalidField,
                                         "the source has several filters weft:last-value:list; "
                                         "join them into one");
            }
        });
    if (!well_formed || !is_text) {
        return fail(kInvalidField, is_text ? "the source's filter is no map of filters"
                                           : "the source's selector is no text");
    }
    if (selectors > 1) {
        return fail(kInvalidField, "the source has several selectors; join them into one with AND");
    }
    if (filters > kFiltersMax) {
        return fail(kResourceLimitExceeded,
                    "the source has more than " + std::to_string(kFiltersMax) + " filters");
    }
    WEFT_TRY(set.last_values, last_values);
    return set;
}

void write_honoured(Buffer& out, Bytes encoded, const FilterSet& honoured) {
    if (honoured.selector.empty() && !honoured.no_local && honoured.last_values.empty()) {
        return;
    }
    wire::Writer writer{out};
    const auto map = writer.begin_map();
    each_filter(encoded, [&](Known kind, Bytes key, Bytes value, const wire::Reader&) {
        const bool stated = (kind == Known::selector && !honoured.selector.empty()) ||
                            (kind == Known::no_local && honoured.no_local) ||
                            (kind == Known::last_value && !honoured.last_values.empty());
        if (stated) {
            writer.raw(key);
            writer.raw(value);
        }
    });
    writer.end(map);
}

}  // namespace weft::selector
