#include "mqtt-gateway/codec/topic.hpp"

#include "common/base/utf8.hpp"

namespace weft::mqtt {
namespace {

constexpr std::string_view kSharePrefix = "$share/";

constexpr bool is_wildcard(char c) noexcept {
    return c == '+' || c == '#';
}

template <bool kWildcards>
TextFault find_fault(std::string_view text) noexcept {
    for (std::size_t i = 0; i < text.size();) {
        const char c = text[i];
        if (static_cast<unsigned char>(c) < 0x80) {
            if (c == '\0') {
                return {.what = "has the character U+0000", .at = i};
            }
            if (!kWildcards && is_wildcard(c)) {
                return {.what = "has a wildcard; '+' and '#' stand in filters only", .at = i};
            }
            ++i;
            continue;
        }
        const std::size_t size = utf8_size(text.substr(i));
        if (size == 0) {
            return {.what = "is not UTF-8", .at = i};
        }
        i += size;
    }
    return {};
}

/// Of the filter behind a group, or of one that is not shared; `at`: where it begins.
TextFault level_fault(std::string_view filter, std::size_t at) noexcept {
    if (filter.empty()) {
        return {.what = "is empty", .at = at};
    }
    for (std::size_t i = 0; i < filter.size(); ++i) {
        if (!is_wildcard(filter[i])) {
            continue;
        }
        const bool begins = i == 0 || filter[i - 1] == '/';
        const bool ends = i + 1 == filter.size() || filter[i + 1] == '/';
        if (!begins || !ends) {
            return {.what = "has a wildcard that shares its level with other characters",
                    .at = at + i};
        }
        if (filter[i] == '#' && i + 1 != filter.size()) {
            return {.what = "goes on behind '#'", .at = at + i + 1};
        }
    }
    return {};
}

}  // namespace

TextFault text_fault(std::string_view text) noexcept {
    return find_fault<true>(text);
}

TextFault topic_name_fault(std::string_view name) noexcept {
    return name.empty() ? TextFault{.what = "is empty", .at = 0} : find_fault<false>(name);
}

TextFault topic_filter_fault(std::string_view filter) noexcept {
    if (const TextFault fault = find_fault<true>(filter)) {
        return fault;
    }
    if (!filter.starts_with(kSharePrefix)) {
        return level_fault(filter, 0);
    }
    const std::size_t from = kSharePrefix.size();
    const std::size_t end = filter.find_first_of("/+#", from);
    if (end == from && filter[end] == '/') {
        return {.what = "names no group: $share/GROUP/FILTER", .at = from};
    }
    if (end != std::string_view::npos && filter[end] != '/') {
        return {.what = "has a wildcard in the name of its group", .at = end};
    }
    if (end == std::string_view::npos) {
        return {.what = "ends with the group: $share/GROUP/FILTER", .at = filter.size()};
    }
    return level_fault(filter.substr(end + 1), end + 1);
}

TopicFilter split(std::string_view filter) noexcept {
    if (!filter.starts_with(kSharePrefix)) {
        return {.filter = filter};
    }
    const std::string_view rest = filter.substr(kSharePrefix.size());
    const std::size_t end = rest.find('/');
    return end == std::string_view::npos
               ? TopicFilter{.filter = filter}
               : TopicFilter{.share = rest.substr(0, end), .filter = rest.substr(end + 1)};
}

}  // namespace weft::mqtt
