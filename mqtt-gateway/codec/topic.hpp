#pragma once

#include <cstddef>
#include <string_view>

/// Texts, topic names and topic filters as MQTT allows them. Threading: any thread (no state).
/// Spec: MQTT 5 §1.5.4, §4.7, §4.8.2
namespace weft::mqtt {

/// What is wrong with a text, and at which of its bytes; nothing if `what` is empty.
struct TextFault {
    std::string_view what{};
    std::size_t at = 0;

    explicit operator bool() const { return !what.empty(); }
};

/// Of any text: UTF-8 without U+0000. Controls and a byte order mark are the text's own.
[[nodiscard]] TextFault text_fault(std::string_view text) noexcept;
/// Of a name: a text that is not empty and has no wildcard.
[[nodiscard]] TextFault topic_name_fault(std::string_view name) noexcept;
/// Of a filter, shared or not: wildcards have a level of their own, '#' the last one.
[[nodiscard]] TextFault topic_filter_fault(std::string_view filter) noexcept;

/// A filter that has no fault, in its parts. `$share` is known in all versions.
struct TopicFilter {
    std::string_view share{};  // the group; empty: the subscription is not shared
    std::string_view filter{};

    bool shared() const { return !share.empty(); }
};
[[nodiscard]] TopicFilter split(std::string_view filter) noexcept;

}  // namespace weft::mqtt
