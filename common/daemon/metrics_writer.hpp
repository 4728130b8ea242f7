#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace weft::daemon {

/// Writes metrics as text, a family at a time. Threading: not shared (a value).
/// Spec: Prometheus text exposition format 0.0.4
class MetricsWriter {
public:
    using Label = std::pair<std::string_view, std::string_view>;

    /// Starts a family; its samples follow.
    void family(std::string_view name, std::string_view kind, std::string_view help);
    void sample(std::string_view name, std::initializer_list<Label> labels, std::uint64_t value);

    /// Families of one sample without labels.
    void gauge(std::string_view name, std::string_view help, std::uint64_t value);
    void counter(std::string_view name, std::string_view help, std::uint64_t value);

    std::string take() { return std::move(text_); }

private:
    std::string text_;
};

}  // namespace weft::daemon
